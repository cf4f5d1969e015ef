/**
 * Which processes are the lab's. Each of its daemons is started with a variable in its environment that names the
 * daemon, and hands it down to its children; nothing is ever looked up by a program's name.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The variable in a daemon's environment; its value is the daemon's pid file. */
export const markName = "HMS_LAB_DAEMON";

/** The unit of times in `/proc/PID/stat`; the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** What identifies a process: its number alone may have been given to another one. */
export interface Identity {
  readonly pid: number;
  /** When it started, in clock ticks since boot. */
  readonly started: number;
}

/** A line of `/proc/PID/stat`, as far as it is needed. */
export interface Stat extends Identity {
  /** Whether it is over: a zombie, none of whose threads still holds a file or a port. */
  readonly ended: boolean;
  readonly parent: number;
  readonly group: number;
}

/** Reads a line of `/proc/PID/stat`, whose second field, the program's name, may hold blanks and brackets. */
export function parseStat(line: string): Stat | undefined {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [pid, parent, group, threads, started] = [
    line.split(" ", 1)[0],
    ...[1, 2, 17, 19].map((place) => fields[place]),
  ].map(Number);
  if (!pid || parent === undefined || group === undefined || threads === undefined || !started)
    return undefined;
  return { pid, started, parent, group, ended: /[ZX]/.test(fields[0] ?? "") && threads <= 1 };
}

/** A file of `/proc`; "" when its process is gone. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Every process of this machine that is not over. */
export function processes(): Stat[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => parseStat(readProc(Number(name), "stat")))
    .filter((stat) => stat?.ended === false) as Stat[];
}

/** Whether exactly this process still runs. */
export function runs(identity: Identity): boolean {
  const stat = parseStat(readProc(identity.pid, "stat"));
  return stat?.started === identity.started && !stat.ended;
}

/** The given processes and all that descend from them. */
export function withDescendants(roots: readonly Stat[], all: readonly Stat[]): Stat[] {
  const found = new Map(roots.map((stat) => [stat.pid, stat]));
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const stat of all) if (found.has(stat.parent)) found.set(stat.pid, stat);
  }
  return [...found.values()];
}

/**
 * The processes that daemons of the lab have started: those with the mark, those in a control group of the lab
 * (containers), and the descendants of both.
 * @param select - which daemons, by pid file
 * @param controlGroup - such as `/hms-lab/cloud`
 */
export function processesOf(select: (pidFile: string) => boolean, controlGroup?: string): Stat[] {
  const all = processes();
  const mine = all.filter(({ pid }) => {
    if (pid === process.pid) return false;
    const mark = readProc(pid, "environ")
      .split("\0")
      .find((entry) => entry.startsWith(`${markName}=`));
    if (mark !== undefined) return select(mark.slice(markName.length + 1)) && isOfThisMachine(pid);
    return controlGroup !== undefined && isIn(controlGroup, readProc(pid, "cgroup"));
  });
  return withDescendants(mine, all);
}

/** Whether a process counts among this machine's, and not among those of a container that has a lab of its own. */
function isOfThisMachine(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync("/proc/self/ns/pid");
  } catch {
    return false;
  }
}

/** Whether a text of `/proc/PID/cgroup` names the control group, or one below it, in any hierarchy. */
export const isIn = (controlGroup: string, cgroupText: string): boolean =>
  cgroupText.split("\n").some((line) => `${line}/`.includes(`:${controlGroup}/`));

/** How long a process has been running, in seconds. */
export const ageSeconds = ({ started }: Identity): number =>
  Number(readFileSync("/proc/uptime", "utf8").split(" ", 1)[0]) - started / ticksPerSecond;

/** Sends a signal to a process unless it is gone or its number is another's by now. */
export function signal(identity: Identity, name: NodeJS.Signals): void {
  if (!runs(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Waits until none of them runs. Says whether that came true in time. */
export async function gone(identities: readonly Identity[], withinSeconds: number): Promise<boolean> {
  const limit = Date.now() + withinSeconds * 1000;
  while (identities.some(runs)) {
    if (Date.now() > limit) return false;
    await sleep(20);
  }
  return true;
}

/** Kills the processes of these numbers, which were looked up just now. */
export async function killAllIn(pids: readonly number[]): Promise<void> {
  const found = processes().filter(({ pid }) => pids.includes(pid));
  for (const each of found) signal(each, "SIGKILL");
  await gone(found, 5);
}
