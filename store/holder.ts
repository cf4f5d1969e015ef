/** Who holds something, and whether that process still lives. */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";

/** A process that holds something. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** What the process number counts in: a boot of a machine, and a container on it. */
  readonly space?: string;
  /** When the process started, in ticks since the boot: another process with its number did so at another time. */
  readonly started?: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** No other holder has it. @default that of an older version: none */
  readonly id?: string;
}

/** A holder that can't be asked is dead after so long without a heartbeat. */
export const deadAfterMilliseconds = 30_000;

/** This process, as a new holder. */
export function ownHolder(): Required<Pick<Holder, "id">> & Holder {
  return {
    pid: process.pid,
    host: os.hostname(),
    ...processSpace(),
    ...startOf(process.pid),
    since: new Date().toISOString(),
    id: randomUUID(),
  };
}

/**
 * Whether a holder is dead. One that runs beside this process is looked for; of any other, as in another container of the same name, the
 * heartbeat decides.
 *
 * @param quietMilliseconds how long ago its last heartbeat was
 */
export function isDead(holder: Holder | undefined, quietMilliseconds: number): boolean {
  const isNear =
    holder?.host === os.hostname() && (holder.space ?? processSpace().space) === processSpace().space;
  return isNear ? !isRunning(holder) : quietMilliseconds > deadAfterMilliseconds;
}

/** A holder, for who waits for it. */
export function describeHolder(holder: Holder | undefined): string {
  return holder === undefined
    ? "just starting"
    : `pid ${String(holder.pid)} on ${holder.host} since ${holder.since}`;
}

function isRunning({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") {
      return false;
    }
  }
  return started === undefined || startOf(pid).started === started;
}

/** The machine's boot and the process namespace; where there is no /proc, the host's name stands for both. */
function processSpace(): { readonly space: string } {
  try {
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return { space: `${boot} ${fs.readlinkSync("/proc/self/ns/pid")}` };
  } catch {
    return { space: os.hostname() };
  }
}

function startOf(pid: number): { readonly started?: string } {
  try {
    // The name, in parentheses, may hold anything; the 20th field after it is the start.
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return started === undefined ? {} : { started };
  } catch {
    return {};
  }
}
