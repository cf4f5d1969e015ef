/** What the lab leaves on the machine, and a lab that is killed while it comes up. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { execa } from "execa";
import { labControlGroup } from "../../lab/control-groups";
import { down, status, up } from "../../lab/lab";
import { labRoot } from "../../lab/layout";
import { processesOf } from "../../lab/processes";

const project = path.join(__dirname, "..", "..");

/** The lines that a program prints, but for comments. */
export const run = async (program: string, ...args: string[]): Promise<string[]> =>
  (await execa(program, args)).stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

/** The rules and chains that somebody made: an empty table with its built-in chains is as good as none. */
const rulesIn = (saved: readonly string[]): string[] =>
  saved.filter((line) => /^-|^:\S+ (?!ACCEPT)/.test(line)).map((line) => line.replace(/\[\d+:\d+\]/, ""));

/** Everything that the lab could leave behind. */
export async function machine(): Promise<Record<string, unknown>> {
  const links = (await run("ip", "-brief", "link")).map((line) => line.split(/\s+/)[0] ?? "");
  return {
    processes: processesOf((mark) => mark.startsWith(`${labRoot}/`), labControlGroup),
    // The network-only mounts of other sessions come and go; their places don't.
    mounts: readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[4])
      .sort(),
    namespaces: await run("ip", "netns"),
    links: links.sort(),
    routes: await run("ip", "route", "show", "table", "all"),
    rules: await run("ip", "rule"),
    iptables: rulesIn(await run("iptables-save")),
    ip6tables: rulesIn(await run("ip6tables-save")),
    settings: (await run("sysctl", "-a")).filter((line) =>
      /forwarding|ip_forward|redirects|bridge-nf/.test(line),
    ),
    folders: ["/run", "/run/containerd", "/run/docker", "/etc/docker", "/var/lib", "/var/lib/containers"].map(
      (folder) => [folder, existsSync(folder) && readdirSync(folder)],
    ),
    controlGroups: (await run("find", "/sys/fs/cgroup", "-maxdepth", "2", "-name", "hms-lab")).filter(
      // One that other parts of the lab are in.
      (folder) => readdirSync(folder, { withFileTypes: true }).every((entry) => !entry.isDirectory()),
    ),
  };
}

/** `up` as a process of its own, which can be killed. */
export function upApart() {
  const script = 'require("./register"); void require("./lab/lab").up({ kubernetes: false })';
  return execa("node", ["-e", script], { cwd: project, reject: false });
}

/** A lab whose `up` is killed so many milliseconds after its beginning: `down` removes all of it. */
export async function leavesNothing(milliseconds: number): Promise<void> {
  const before = await machine();
  await killedAfter(milliseconds);
  await down();
  expect(await machine()).toEqual(before);
  expect(existsSync(labRoot)).toBe(false);
}

/** The same, and another `up` after it: the lab is up. */
export async function isFinishedByTheNext(milliseconds: number): Promise<void> {
  await killedAfter(milliseconds);
  await up({ kubernetes: false });
  expect(await status()).toMatchObject({ up: true });
  await down();
}

async function killedAfter(milliseconds: number): Promise<void> {
  const child = upApart();
  await sleep(milliseconds);
  child.kill("SIGKILL");
  await child;
}
