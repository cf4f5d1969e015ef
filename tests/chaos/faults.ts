/** Breaks one thing of a run or of the lab, and mends what a machine mends by itself. */
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { siteEngine, stopDocker } from "../../lab/docker";
import { folderOf, type LabHost, sites } from "../../lab/layout";
import { link } from "../../lab/network";
import { upPartners } from "../../lab/partners";
import { gone, processes, signal, type Stat, withDescendants } from "../../lab/processes";
import { siteHome, upSite } from "../../lab/site";
import type { Fault } from "./plan";

/** A fault that has happened. */
export interface Broken {
  /** What was hit, for whoever reads the test's output. */
  readonly what: string;
  /** Does what a machine does by itself: its supervisor starts a daemon again, a line comes back, space is freed. */
  readonly mend: () => Promise<void>;
}

const nothing = async (): Promise<void> => {
  // Nobody starts a run again but the next run.
};

/**
 * Breaks something.
 *
 * @param run the process of the run or rollback that is under way
 */
export async function breakIt(fault: Fault, run: number): Promise<Broken> {
  switch (fault.kind) {
    case "pipeline":
      return { what: await kill(processes().filter(({ pid }) => pid === run)), mend: nothing };
    case "machine":
      return { what: await kill(below(run)), mend: nothing };
    case "engine": {
      const [engine] = below(run).filter((stat) => nameOf(stat) === "pulumi");
      return { what: await kill(engine === undefined ? [] : below(engine.pid)), mend: nothing };
    }
    case "plugin": {
      const all = below(run);
      const engines = all.filter((stat) => nameOf(stat) === "pulumi").map(({ pid }) => pid);
      const plugins = all.filter(
        (stat) => engines.includes(stat.parent) || (stat.parent === run && isPlugin(stat)),
      );
      // One of them; which one, its number decides.
      const plugin = plugins.at(Math.floor(plugins.length / 2));
      return { what: await kill(plugin === undefined ? [] : below(plugin.pid)), mend: nothing };
    }
    case "sshd":
      return {
        what: await kill(daemon(fault.at, "sshd.pid").filter((stat) => nameOf(stat) === "sshd")),
        mend: () => mendSite(fault.at),
      };
    case "partner":
      return { what: await kill(daemon(fault.at, `${fault.at}.pid`)), mend: upPartners };
    case "docker":
    case "containerd": {
      const files = fault.kind === "docker" ? [] : [path.join("run", "containerd", "containerd.pid")];
      const pids = ["dockerd.pid", ...files].map((file) => pidIn(fault.at, file));
      return {
        what: await kill(processes().filter(({ pid }) => pids.includes(pid))),
        mend: () => mendSite(fault.at),
      };
    }
    case "line":
      await link(fault.at, "down");
      return { what: `the line of ${fault.at}`, mend: () => link(fault.at, "up") };
    case "disk": {
      const filler = fillDisk(fault.at, fault.leftKilobytes);
      return {
        what: `the disk of ${fault.at}`,
        mend: async () => {
          await fs.promises.rm(filler, { force: true });
        },
      };
    }
  }
}

/** A process and all that it has started. */
export function below(pid: number): Stat[] {
  const all = processes();
  return withDescendants(
    all.filter((stat) => stat.pid === pid),
    all,
  );
}

/** Kills processes that were looked up just now, and says which. */
async function kill(found: readonly Stat[]): Promise<string> {
  const names = found.map((stat) => `${nameOf(stat)} ${String(stat.pid)}`);
  for (const each of found) signal(each, "SIGKILL");
  await gone(found, 5);
  return names.length === 0 ? "nothing that ran" : names.join(", ");
}

/** Whether it is a plugin that the run has started for its engines. */
function isPlugin({ pid }: Stat): boolean {
  try {
    return fs.readFileSync(`/proc/${String(pid)}/cmdline`, "utf8").includes("pipeline/plugins/");
  } catch {
    return false;
  }
}

function nameOf({ pid }: Stat): string {
  try {
    return fs.readFileSync(`/proc/${String(pid)}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

const pidIn = (host: string, file: string): number => {
  try {
    return Number(
      fs
        .readFileSync(path.join(folderOf(host), file), "utf8")
        .trim()
        .split(" ")[0],
    );
  } catch {
    return 0;
  }
};

const daemon = (host: string, file: string): Stat[] => below(pidIn(host, file));

const siteOf = (name: string): LabHost => {
  const found = sites.find((site) => site.name === name);
  if (found === undefined) throw new Error(`the lab has no site ${name}`);
  return found;
};

async function mendSite(name: string): Promise<void> {
  await upSite(siteOf(name));
}

/** What a site keeps lies here, on a disk of its own that can be filled. */
const diskOf = (name: string): string => path.join(folderOf(name), "disk");
const diskMegabytes = 1500;

/** Gives a site a small disk, for its engine's files and for ours, before it has any. */
export async function giveDisk(site: LabHost): Promise<void> {
  await stopDocker(siteEngine(site), 3);
  await kill(daemon(site.name, "sshd.pid"));
  const disk = diskOf(site.name);
  fs.mkdirSync(disk);
  await execa("mount", ["-t", "tmpfs", "-o", `size=${String(diskMegabytes)}m`, "tmpfs", disk]);
  for (const folder of [path.join(folderOf(site.name), "docker"), siteHome(site.name)]) {
    const within = path.join(disk, path.basename(folder));
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder);
    fs.mkdirSync(within);
    await execa("mount", ["--bind", within, folder]);
  }
  await upSite(site);
}

/** Takes a site's disk away again, if it has one, with what was on it. */
export async function takeDisk(site: LabHost): Promise<void> {
  if (!fs.existsSync(diskOf(site.name))) return;
  await stopDocker(siteEngine(site), 3);
  await kill(daemon(site.name, "sshd.pid"));
  for (const folder of [path.join(folderOf(site.name), "docker"), siteHome(site.name), diskOf(site.name)]) {
    await execa("umount", ["--lazy", folder], { reject: false });
  }
}

function fillDisk(name: string, leftKilobytes: number): string {
  const filler = path.join(diskOf(name), "filler");
  const { bavail, bsize } = fs.statfsSync(diskOf(name));
  const handle = fs.openSync(filler, "w");
  const chunk = Buffer.alloc(1024 * 1024);
  try {
    for (let left = bavail * bsize - leftKilobytes * 1024; left > 0;) {
      left -= fs.writeSync(handle, chunk, 0, Math.min(left, chunk.length));
    }
  } catch (error) {
    // Somebody else took the last of it.
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    fs.closeSync(handle);
  }
  return filler;
}
