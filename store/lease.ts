/** One run at a time: a lease with a heartbeat, which ends by itself when its holder dies. */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../core/errors";

/** A lease that is held. */
export interface Lease {
  /** What it is known by: no two are known by the same. */
  readonly id: string;
  /** Whether the holder before died with it: what it was doing may be half done. */
  readonly takenOver: boolean;
  /** The ids of the leases of holders that died, where they had one: of this host alone, since others may still be at work. */
  readonly died: readonly string[];
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  /** See {@link Lease.id}. @default that of an older version: none */
  readonly id?: string;
  /** When its process started, as the kernel counts. @default not known on this system */
  readonly started?: string;
}

const heartbeatMilliseconds = 5_000;
/** A holder on another host is dead after so long without a heartbeat. */
const deadAfterMilliseconds = 30_000;

/**
 * Takes the lease of a folder, waiting for who holds it.
 *
 * @param onWait told once, when there is somebody to wait for
 * @param limitSeconds how long to wait; default an hour
 * @throws UserError when the holder outlasts the limit
 */
export async function takeLease(
  folder: string,
  onWait: (holder: string) => void = () => undefined,
  limitSeconds = 3600,
): Promise<Lease> {
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "lease");
  const deadline = Date.now() + limitSeconds * 1000;
  const id = randomUUID();
  const died: string[] = [];
  let takenOver = false;
  let told = false;
  while (!create(file, id)) {
    if (isDead(file)) {
      const dead = readHolder(file);
      if (remove(file)) {
        takenOver = true;
        if (dead?.id !== undefined && dead.host === os.hostname()) died.push(dead.id);
      }
      continue;
    }
    const holder = describeHolder(file);
    if (Date.now() > deadline) {
      throw new UserError(
        `Another run (${holder}) has held the lease for ${String(limitSeconds)} s. Try again later.`,
      );
    }
    if (!told) {
      onWait(holder);
      told = true;
    }
    await sleep(500);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    fs.utimes(file, now, now, () => undefined);
  }, heartbeatMilliseconds);
  heartbeat.unref();
  return {
    id,
    takenOver,
    died,
    release: () => {
      clearInterval(heartbeat);
      fs.rmSync(file, { force: true });
    },
  };
}

/** Whether somebody holds the lease of a folder, and lives. */
export function isHeld(folder: string): boolean {
  const file = path.join(folder, "lease");
  return fs.existsSync(file) && !isDead(file);
}

function create(file: string, id: string): boolean {
  const holder: Holder = {
    pid: process.pid,
    host: os.hostname(),
    since: new Date().toISOString(),
    id,
    started: startOf(process.pid),
  };
  try {
    fs.writeFileSync(file, JSON.stringify(holder), { flag: "wx", mode: 0o640 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

function isDead(file: string): boolean {
  const holder = readHolder(file);
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) {
    return false;
  }
  return holder?.host === os.hostname()
    ? !isAlive(holder)
    : Date.now() - stat.mtimeMs > deadAfterMilliseconds;
}

/** Of several that find a dead holder, one removes its lease. */
function remove(file: string): boolean {
  const aside = `${file}.dead.${String(process.pid)}`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return false;
  }
  fs.rmSync(aside);
  return true;
}

/** Whether exactly this process lives: its number may have been given to another one since, as after a start of the machine. */
function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return started === undefined || started === startOf(pid);
}

/** When a process started: of this start of the machine, and in the kernel's ticks; undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // The second field, the program's name, may hold blanks and brackets.
    return `${boot} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""}`;
  } catch {
    return undefined;
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function describeHolder(file: string): string {
  const holder = readHolder(file);
  return holder === undefined
    ? "just starting"
    : `pid ${String(holder.pid)} on ${holder.host} since ${holder.since}`;
}
