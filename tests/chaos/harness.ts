/**
 * Whole runs and rollbacks that are broken at some moment: what was broken is mended as a machine does it, and one more run,
 * without any hand, must put all right. What is not so is said as a sentence.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { cloudEngine, siteEngine, socketOf } from "../../lab/docker";
import { down, up } from "../../lab/lab";
import { cloudDocker, inLab, partners, serviceRepository, sites } from "../../lab/layout";
import { environment } from "../../lab/main";
import { inboxOf } from "../../lab/partner-files";
import { changeFormula } from "../../lab/story";
import type { RollbackResult } from "../../pipeline/rollback";
import type { RunResult } from "../../pipeline/run";
import { desiredTag, rollbackTag } from "../../core/history";
import { projectFolder, workFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import * as world from "../lab/world";
import { type Load, startLoad } from "../lab/steady-load";
import { breakIt, type Broken, giveDisk, takeDisk } from "./faults";
import { cutsOff, type Moment, told } from "./plan";

/** The stacks of a world without Kubernetes. */
const stacks = ["cloud-docker", "onprem", "partners"] as const;
const targets = world.allTargets.filter((id) => !id.startsWith("cloud/"));

/** How many releases a target keeps, as the settings' default says. */
const keptReleases = 3;

/** How long a rollback takes, of what a run does: it neither checks nor builds anything. */
const shareOfRollback = 0.75;

/** How long a run may take, whatever happens to it: an unreachable site is given a minute. */
const runLimitSeconds = 240;

/** A version of the formula, and the release's tag. */
interface Shipped {
  readonly version: string;
  readonly tag: string;
}

type Result = Pick<RunResult, "exitCode" | "targets" | "refused"> & Partial<RollbackResult>;

/** A run or rollback that was started. */
interface Started {
  readonly pid: number;
  /** What it printed, once it has ended. */
  readonly ended: Promise<{ exitCode: number | undefined; stdout: string; stderr: string }>;
}

/** What became of one moment. */
export interface Outcome {
  readonly moment: Moment;
  /** What was hit. */
  readonly hit: string;
  /** Whether what was under way had ended before: then the moment was none. */
  readonly late: boolean;
  /** What is not as it must be, each in a sentence. */
  readonly wrong: readonly string[];
  readonly seconds: number;
}

/** The lab with a release everywhere, in which moments happen one after the other. */
export class World {
  /** What was committed, by its tag. */
  private readonly commits = new Map<string, Shipped>();
  /** What every target has. */
  private current: Shipped = { version: "", tag: "" };
  private versions = 0;
  private inboxes: Record<string, readonly string[]> = {};
  /** Seconds that a run takes when nobody disturbs it. */
  private usualSeconds = 0;

  /**
   * Brings the lab up, and ships two releases: the first takes longer than any other, since all of it is new everywhere.
   *
   * @param disks whether each site has a disk that can be filled
   */
  async open({ disks }: { readonly disks: boolean }): Promise<void> {
    await down();
    await up({ kubernetes: false });
    if (disks) for (const site of sites) await giveDisk(site);
    await this.shipQuietly();
    await this.shipQuietly();
    this.inboxes = inboxesNow();
  }

  async close(): Promise<void> {
    for (const site of sites) await takeDisk(site);
    await down();
  }

  /** Lets one moment happen. */
  async pass(moment: Moment): Promise<Outcome> {
    const began = Date.now();
    const rollback = moment.during === "rollback";
    if (rollback && this.before() === undefined) await this.shipQuietly();
    const old = this.current;
    const aim = (rollback ? this.before() : undefined) ?? (await this.newCommit());
    const argv = rollback ? ["rollback", "--reason", "chaos"] : ["run", "--commit", aim.tag];

    const loads = await startLoads();
    const wrong: string[] = [];
    const started = await start(argv);
    const broken = await this.hurt(moment, started);
    const { exitCode, stdout } = await started.ended;
    const { late } = broken;
    let wanted = aim;
    if (moment.then === "another run") {
      wanted = await this.newCommit();
      wrong.push(...(await this.converge(["run", "--commit", wanted.tag], wanted)));
    } else {
      // A rollback that has come to its end, though not everywhere, is not asked for once more: it would go further back. One that was
      // refused, as when its policy pack was killed, has not begun.
      const isBegun = exitCode !== undefined && parsed(stdout)?.refused === undefined;
      const again = rollback && isBegun ? ["sync"] : argv;
      wrong.push(...(await this.converge(again, aim)));
    }
    wrong.push(...(await this.answers(loads, moment, new Set([old.version, aim.version, wanted.version]))));
    wrong.push(...(await this.leftovers()));
    this.current = wanted;
    return { moment, hit: broken.what, late, wrong, seconds: (Date.now() - began) / 1000 };
  }

  /** The release that a rollback goes back to, before anything is broken. */
  private before(): Shipped | undefined {
    const entries = directoryTrail(inLab("trail")).entries();
    return this.commits.get(rollbackTag(entries, targets) ?? "");
  }

  /** Starts a fault in its moment, and waits until what was under way has ended. */
  private async hurt(moment: Moment, started: Started): Promise<Broken & { readonly late: boolean }> {
    const state = { ended: false };
    const over = started.ended.finally(() => (state.ended = true));
    const share = moment.at * (moment.during === "run" ? 1 : shareOfRollback);
    await Promise.race([sleep(share * this.usualSeconds * 1000), over]);
    const late = state.ended;
    const broken = await breakIt(moment.fault, started.pid);
    if (moment.forSeconds !== undefined) {
      await Promise.race([sleep(moment.forSeconds * 1000), over]);
      await broken.mend();
    }
    await over;
    if (moment.forSeconds === undefined) await broken.mend();
    return { ...broken, late };
  }

  /** One more run: all targets must be current on the wanted release, and the trail whole. */
  private async converge(argv: readonly string[], wanted: Shipped): Promise<string[]> {
    const { exitCode, stdout, stderr } = await (await start(argv)).ended;
    const result = parsed(stdout);
    const wrong: string[] = [];
    if (exitCode !== 0) {
      wrong.push(`hms pipeline ${argv.join(" ")} ended with ${String(exitCode)}: ${stderr.trimEnd()}`);
    }
    for (const [id, { state, tag }] of Object.entries(result?.targets ?? {})) {
      if (state !== "current" || tag !== wanted.tag) {
        wrong.push(`${id} is ${state} on ${tag}, and not current on ${wanted.tag}`);
      }
    }
    // A sync speaks of those that it had to put right, and all others have what they should.
    for (const id of argv[0] === "sync" ? [] : targets) {
      if (result?.targets[id] === undefined) wrong.push(`it does not speak of ${id}`);
    }
    for (const [where, formula] of Object.entries(await world.formulas())) {
      if (formula !== wanted.version) wrong.push(`${where} answers ${formula}, and not ${wanted.version}`);
    }
    if (new Set(Object.values(world.bundles())).size !== 1) wrong.push("the partners' bundles differ");
    const entries = directoryTrail(inLab("trail")).entries();
    for (const id of targets) {
      const desired = desiredTag(entries, id);
      if (desired !== wanted.tag) wrong.push(`the trail wants ${String(desired)} on ${id}`);
    }
    const audit = await world.hms("audit", "verify");
    if (audit.exitCode !== 0) wrong.push(`the trail does not verify: ${audit.stdout} ${audit.stderr}`);
    return wrong;
  }

  /** What the loads saw: the old release or a new one, always, where nothing was cut off. */
  private async answers(
    loads: ReadonlyMap<string, Load>,
    moment: Moment,
    versions: ReadonlySet<string>,
  ): Promise<string[]> {
    const wrong: string[] = [];
    for (const [where, load] of loads) {
      const { failures, bodies, requests } = await load.stop();
      if (cutsOff(moment.fault) !== where && failures.length > 0) {
        wrong.push(
          `${where} left ${String(failures.length)} of ${String(requests)} requests unanswered: ` +
            `${failures[0] ?? ""} … ${failures.at(-1) ?? ""}`,
        );
      }
      for (const body of bodies.keys()) {
        const { formula } = JSON.parse(body) as { formula: string };
        if (!versions.has(formula)) wrong.push(`${where} answered ${formula}`);
      }
      if (bodies.size === 0) wrong.push(`${where} answered nothing at all`);
    }
    return wrong;
  }

  /** What must not be there once all is put right. */
  private async leftovers(): Promise<string[]> {
    const wrong: string[] = [];
    for (const [name, files] of Object.entries(inboxesNow())) {
      const known = this.inboxes[name] ?? [];
      const more = files.filter((file) => !known.includes(file));
      const gone = known.filter((file) => !files.includes(file));
      if (more.length + gone.length > 0) {
        wrong.push(
          `the inbox of ${name} has ${more.join(", ") || "no more"}, and lacks ${gone.join(", ") || "nothing"}`,
        );
      }
    }
    for (const engine of [cloudEngine, ...sites.map(siteEngine)]) {
      const apps = await appsOn(socketOf(engine));
      const running = apps.filter((line) => line.endsWith(" running"));
      if (running.length !== 1) wrong.push(`${engine.name} runs ${running.join(", ") || "nothing"}`);
      const kept = engine === cloudEngine ? 2 : keptReleases;
      if (apps.length > kept)
        wrong.push(`${engine.name} has ${String(apps.length)} containers: ${apps.join(", ")}`);
    }
    for (const stack of ["build", ...stacks]) {
      const state = path.join(inLab("state"), ".pulumi", "stacks", "hms", `${stack}.json`);
      const { checkpoint } = JSON.parse(fs.readFileSync(state, "utf8")) as {
        checkpoint: { latest?: { pending_operations?: { resource: { urn: string }; type: string }[] } };
      };
      for (const { resource, type } of checkpoint.latest?.pending_operations ?? []) {
        wrong.push(`the state of ${stack} has a pending operation: ${type} ${resource.urn}`);
      }
    }
    const places = [
      [path.join(inLab("state"), ".pulumi", "locks"), /\.json$/],
      // What was put in order after a killed run is kept: `lease.mended`.
      [inLab("trail"), /^lease(?!\.mended$)/],
      [path.join(inLab("trail"), "entries"), /^\./],
      [inLab("heads"), /^\./],
      [path.join(workFolder, "progress"), /./],
    ] as const;
    for (const [folder, left] of places) {
      const found = filesIn(folder).filter((file) => left.test(path.basename(file)));
      if (found.length > 0) wrong.push(`there is still ${found.join(", ")}`);
    }
    const alive = left();
    if (alive.length > 0) wrong.push(`still at work: ${alive.join(", ")}`);
    return wrong;
  }

  /** Ships another release, undisturbed. */
  private async shipQuietly(): Promise<void> {
    const next = await this.newCommit();
    this.usualSeconds = await this.quiet(["run", "--commit", next.tag]);
    this.current = next;
  }

  /** Seconds that it takes. */
  private async quiet(argv: readonly string[]): Promise<number> {
    const began = Date.now();
    const { exitCode, stderr } = await (await start(argv)).ended;
    if (exitCode !== 0) throw new Error(`hms pipeline ${argv.join(" ")}, undisturbed: ${stderr}`);
    return (Date.now() - began) / 1000;
  }

  /** Puts another formula into the service's repository. */
  private async newCommit(): Promise<Shipped> {
    const version = `c${String((this.versions += 1))}`;
    const hash = await world.commit((folder) => changeFormula(folder, version));
    const copy = inLab("test-copy");
    await execa("git", ["-C", serviceRepository, "fetch", "--quiet", copy, "+HEAD:refs/heads/main"]);
    const made = { version, tag: hash.slice(0, 7) };
    this.commits.set(made.tag, made);
    return made;
  }
}

/** What all that a run of ours has started is known by. */
const mark = "HMS_CHAOS";

/** Starts a verb of the pipeline. */
async function start(argv: readonly string[]): Promise<Started> {
  const child = spawn("node", ["cli/hms.js", "pipeline", ...argv, "--json"], {
    cwd: projectFolder,
    env: { ...process.env, ...(await environment()), HMS_STACKS: stacks.join(","), [mark]: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: runLimitSeconds * 1000,
    killSignal: "SIGKILL",
  });
  if (child.pid === undefined) throw new Error("hms can't be started");
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text.stderr += chunk.toString()));
  // Its own end counts: what a killed run has started keeps its pipes open.
  const ended = new Promise<number | undefined>((resolve) => {
    child.once("exit", (code) => {
      resolve(code ?? undefined);
    });
  });
  return {
    pid: child.pid,
    ended: ended.then(async (exitCode) => {
      // What it printed last.
      await sleep(100);
      return { exitCode, ...text };
    }),
  };
}

function parsed(stdout: string): Result | undefined {
  try {
    return JSON.parse(stdout) as Result;
  } catch {
    return undefined;
  }
}

/** Processes that runs of ours have started, and that are still there. */
function left(): string[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const isOurs = fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${mark}=1`);
        return isOurs
          ? [`${pid} ${fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`]
          : [];
      } catch {
        return [];
      }
    });
}

/** A load on the cloud and on each site, which leaves the machine time for the run. */
async function startLoads(): Promise<ReadonlyMap<string, Load>> {
  const urls: (readonly [string, string])[] = [
    ["cloud", `${cloudDocker.service}${world.question}`],
    ...sites.map(({ name, address }) => [name, `http://${address}:8080${world.question}`] as const),
  ];
  const loads = new Map(urls.map(([where, url]) => [where, startLoad(url, undefined, 200)]));
  await sleep(300);
  return loads;
}

/** The service's containers on an engine, each with its state. */
async function appsOn(socket: string): Promise<string[]> {
  const argv = ["ps", "-a", "--filter", "label=hms.role=app", "--format", "{{.Names}} {{.State}}"];
  const { stdout } = await execa("docker", argv, { env: { DOCKER_HOST: `unix://${socket}` } });
  return stdout.split("\n").filter((line) => line !== "");
}

const inboxesNow = (): Record<string, readonly string[]> =>
  Object.fromEntries(Object.keys(partners).map((name) => [name, filesIn(inboxOf(name)).sort()]));

/** The files below a folder, by their paths in it. */
const filesIn = (folder: string): string[] =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    : [];

/** What became of a moment, as it is told. */
export const summary = ({ moment, hit, late, wrong, seconds }: Outcome): string =>
  `${wrong.length === 0 ? "✓" : "✗"} ${told(moment)} [${hit}]${late ? " after its end" : ""} ${seconds.toFixed(0)} s` +
  wrong.map((each) => `\n    ${each}`).join("");
