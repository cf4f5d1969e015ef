/** What a run has started, and what goes on after it was killed: engines, plugins, transfers. */
import fs from "node:fs";
import { type Holder, isDead } from "./holder";

/** The variables in the environment of what a run starts: the id of its lease in all of it, and a stack's own id in its engine's. */
const marks = { lease: "HMS_LEASE", engine: "HMS_ENGINE" } as const;

/** Makes all that this process starts from now on known by a lease. */
export function enterLease(id: string): void {
  process.env[marks.lease] = id;
}

/** What an engine's environment says, for all that the engine starts to be known by it. */
export function engineMark(id: string): Record<string, string> {
  return { [marks.engine]: id };
}

/**
 * Ends what runs that were killed have left at work: two engines on one stack would write over each other's state. On a system
 * without /proc nothing is found; there, what is left ends with the run that it talks to.
 *
 * @param leases the ids of their leases
 * @returns how many processes were ended
 */
export function endRemains(leases: readonly string[]): Promise<number> {
  return endMarked(leases.map((id) => `${marks.lease}=${id}`));
}

/** The same of an engine of this run that was killed: its plugins, and what those have started. */
export function endEngine(id: string): Promise<number> {
  return endMarked([`${marks.engine}=${id}`]);
}

async function endMarked(wanted: readonly string[]): Promise<number> {
  const ended = new Set<number>();
  const limit = Date.now() + 10_000;
  // Again and again, as one may have begun another.
  for (let left = marked(wanted); left.length > 0 && Date.now() < limit; left = marked(wanted)) {
    for (const pid of left) {
      ended.add(pid);
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended by itself.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return ended.size;
}

function marked(wanted: readonly string[]): number[] {
  if (wanted.length === 0 || !fs.existsSync("/proc/self/environ")) {
    return [];
  }
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => environmentOf(name).some((entry) => wanted.includes(entry)))
    .map(Number);
}

/** The environment that a process was started with; nothing when it is over, or another user's. */
function environmentOf(pid: string): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** Whether a process of this machine is over. Of another machine's nobody here can say that. */
export function isOver(process: Pick<Holder, "host" | "pid">): boolean {
  return isDead({ ...process, since: "" }, 0);
}
