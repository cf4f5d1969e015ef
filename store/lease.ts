/** One run at a time: a lease with a heartbeat, which ends by itself when its holder dies. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../core/errors";

/** A lease that is held. */
export interface Lease {
  /** Whether the holder before died with it: what it was doing may be half done. */
  readonly takenOver: boolean;
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
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
  let takenOver = false;
  let told = false;
  while (!create(file)) {
    if (isDead(file)) {
      takenOver = remove(file) || takenOver;
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
    takenOver,
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

function create(file: string): boolean {
  const holder: Holder = { pid: process.pid, host: os.hostname(), since: new Date().toISOString() };
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
    ? !isAlive(holder.pid)
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
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
