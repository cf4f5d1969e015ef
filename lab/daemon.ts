/** Daemons of the lab: started detached, found again by a later command, stopped without leaving anything behind. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { namespaceOf } from "./layout";
import {
  ageSeconds,
  gone,
  type Identity,
  markName,
  parseStat,
  processes,
  processesOf,
  runs,
  signal,
} from "./processes";

/** Where a daemon's files lie: enough to find it again, and to stop it. */
export interface DaemonFiles {
  /** Its name in messages; its files are `NAME.pid` and `NAME.log`. */
  readonly name: string;
  /** The folder of its files; made when it is missing. */
  readonly folder: string;
  /**
   * The control group below which its containers run, if it has any, such as `/hms-lab/cloud`.
   * @default - none
   */
  readonly controlGroup?: string;
}

/** A program that runs in the background. */
export interface Daemon extends DaemonFiles {
  /** Program and arguments. It must stay in the foreground. Secrets don't belong here: everybody can read them. */
  readonly command: readonly [string, ...string[]];
  /**
   * Its environment, besides PATH and HOME.
   * @default - nothing more
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * What its settings files say. With the command, it decides whether a daemon that runs is the one that is wanted.
   * @default - none
   */
  readonly settings?: string;
  /**
   * The host of the lab in whose network it runs.
   * @default - this machine's own network
   */
  readonly host?: string;
  /**
   * Whether what it mounts is seen by itself alone, and goes when it goes.
   * @default false
   */
  readonly privateMounts?: boolean;
  /**
   * The address of this machine, as in `127.0.0.1:5000`, where it listens. Another program there is an error, where it
   * could be taken for this one otherwise.
   * @default - not checked
   */
  readonly address?: string;
  /** Whether it serves by now. An error counts as no. */
  readonly ready: () => boolean | Promise<boolean>;
  /**
   * How long it may take until it serves, in seconds.
   * @default 20
   */
  readonly readyWithinSeconds?: number;
}

/** The file that holds which process a daemon is. */
export const pidFile = ({ folder, name }: DaemonFiles): string => path.join(folder, `${name}.pid`);

/** The file that takes what a daemon prints. */
export const logFile = ({ folder, name }: DaemonFiles): string => path.join(folder, `${name}.log`);

/**
 * The program writes its own pid file before it becomes the daemon, so that no daemon is ever without one, whenever the
 * command that starts it is killed: its line of /proc, which has the start time, the boot that the time refers to, and
 * which daemon was wanted.
 */
const launcher =
  "read -r s </proc/$$/stat; read -r b </proc/sys/kernel/random/boot_id; " +
  'printf "%s\\n" "$s" "$b" "$1" >"$0" && shift && exec "$@"';

/** What a daemon is made of, as a digest: it changes when its command, its settings or its surroundings do. */
export const recipeOf = ({ command, env, host, privateMounts, settings }: Omit<Daemon, "ready">): string =>
  createHash("sha256")
    .update(JSON.stringify([command, env, host, privateMounts, settings]))
    .digest("hex");

/** The argv that starts a daemon. */
export function launchArgv(daemon: Omit<Daemon, "ready">): string[] {
  return [
    ...(daemon.host === undefined ? [] : ["nsenter", `--net=/run/netns/${namespaceOf(daemon.host)}`]),
    ...(daemon.privateMounts ? ["unshare", "--mount", "--propagation", "slave"] : []),
    ...["sh", "-c", launcher, pidFile(daemon), recipeOf(daemon), ...daemon.command],
  ];
}

/** Which process a pid file speaks of; none when it is missing, cut short, or from before the machine's last start. */
export function identityIn(pidFileText: string, bootId: string): Identity | undefined {
  const [stat, boot] = pidFileText.split("\n");
  return boot === bootId.trim() ? parseStat(stat ?? "") : undefined;
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

const identityOf = (daemon: DaemonFiles): Identity | undefined =>
  identityIn(readOrNothing(pidFile(daemon)), readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));

/** Whether the daemon's process runs. */
export function isAlive(daemon: DaemonFiles): boolean {
  const identity = identityOf(daemon);
  return identity !== undefined && runs(identity);
}

/** The last lines of a daemon's log. */
export const logTail = (daemon: DaemonFiles, lines = 15): string =>
  readOrNothing(logFile(daemon)).trimEnd().split("\n").slice(-lines).join("\n");

/**
 * Starts a daemon and waits until it serves. One that runs already is left alone; one that runs and does not serve, or
 * was started for other settings, is started again.
 * @returns whether it had to be started
 * @throws when it ends, or does not serve in time; the message has the end of its log. It is stopped then.
 */
export async function start(daemon: Daemon): Promise<boolean> {
  const limitSeconds = daemon.readyWithinSeconds ?? 20;
  const running = identityOf(daemon);
  const isWanted = readOrNothing(pidFile(daemon)).split("\n")[2] === recipeOf(daemon);
  if (running && runs(running) && isWanted && isInNetwork(running, daemon.host)) {
    // It may be starting up still; one that is older than that has had its time.
    const patience = Math.max(2, limitSeconds - ageSeconds(running));
    if (await serves(daemon, () => !runs(running), patience)) return false;
  }
  await stop(daemon, 2);
  if (daemon.address !== undefined && (await accepts(daemon.address))) {
    throw new Error(
      `${daemon.address} is taken by another program, and ${daemon.name} needs it. Stop that program first.`,
    );
  }
  const life = { ended: false };
  void launch(daemon).then(() => (life.ended = true));
  if (await serves(daemon, () => life.ended, limitSeconds)) return true;
  const what = life.ended ? "ended before it served" : `did not serve within ${limitSeconds} s`;
  await stop(daemon, 2);
  throw new Error(`${daemon.name} ${what}. The end of ${logFile(daemon)}:\n${logTail(daemon)}`);
}

/** Whether a process is in the network that a host has now, and not in one that has been replaced. */
function isInNetwork({ pid }: Identity, host: string | undefined): boolean {
  if (host === undefined) return true;
  try {
    return statSync(`/proc/${pid}/ns/net`).ino === statSync(`/run/netns/${namespaceOf(host)}`).ino;
  } catch {
    return false;
  }
}

/** Whether somebody listens at an address. */
function accepts(address: string): Promise<boolean> {
  const { hostname: host, port } = new URL(`tcp://${address}`);
  return new Promise((answer) => {
    const socket = connect({ host, port: Number(port) });
    socket.once("connect", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => {
      answer(false);
    });
  });
}

/** Runs the daemon's process; resolves when it ends. Neither this process's end nor its signals touch it. */
async function launch(daemon: Daemon): Promise<void> {
  mkdirSync(daemon.folder, { recursive: true });
  const log = openSync(logFile(daemon), "a", 0o600);
  const [program = "", ...args] = launchArgv(daemon);
  const { PATH = "", HOME = "/" } = process.env;
  // Node's own spawn: execa has no way to let go of a process.
  const child = spawn(program, args, {
    env: { PATH, HOME, ...daemon.env, [markName]: pidFile(daemon) },
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  await new Promise<void>((ended) => {
    child.once("error", (error) => {
      appendFileSync(logFile(daemon), `${error.message}\n`);
      ended();
    });
    child.once("exit", () => {
      ended();
    });
  });
}

async function serves(daemon: Daemon, ended: () => boolean, withinSeconds: number): Promise<boolean> {
  const limit = Date.now() + withinSeconds * 1000;
  while (!ended() && Date.now() < limit) {
    // A pid file first: readiness alone could be another program's answer at the same address.
    if (isAlive(daemon) && (await isReady(daemon))) return true;
    await sleep(30);
  }
  return false;
}

async function isReady(daemon: Daemon): Promise<boolean> {
  try {
    return await Promise.race([daemon.ready(), sleep(2000, false, { ref: false })]);
  } catch {
    return false;
  }
}

/**
 * Stops a daemon with all that it started, and removes its pid file. Nothing happens when it does not run. A process
 * that was given the daemon's old number is never touched.
 * @param graceSeconds - how long it may take to end by itself before it is killed
 */
export async function stop(daemon: DaemonFiles, graceSeconds = 10): Promise<void> {
  const file = pidFile(daemon);
  const identity = identityOf(daemon);
  if (identity && runs(identity)) {
    const group = processes().filter(({ group }) => group === identity.pid);
    signal(identity, "SIGTERM");
    if (!(await gone([identity], graceSeconds))) {
      signal(identity, "SIGKILL");
      await gone([identity], 5);
    }
    for (const member of group) signal(member, "SIGKILL");
  }
  await killAll((mark) => mark === file, daemon.controlGroup);
  rmSync(file, { force: true });
}

/**
 * Kills what daemons of the lab have left: children, containers. Again and again, as one may have begun another.
 * @param select - by pid file
 * @throws when a process outlives SIGKILL
 */
export async function killAll(select: (pidFile: string) => boolean, controlGroup?: string): Promise<void> {
  const limit = Date.now() + 10_000;
  for (;;) {
    const left = processesOf(select, controlGroup);
    if (left.length === 0) return;
    for (const each of left) signal(each, "SIGKILL");
    if (!(await gone(left, 5)) && Date.now() > limit) {
      throw new Error(`These processes of the lab can't be ended: ${left.map(({ pid }) => pid).join(", ")}.`);
    }
  }
}
