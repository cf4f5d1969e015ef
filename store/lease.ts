/**
 * One run at a time: a lease with a heartbeat, which ends by itself when its holder dies. Beside the file `lease` of a folder lie
 *
 *     lease.first.ID   somebody whom all others let go first: a rollback
 *     lease.dead.ID    for a moment, while somebody takes the lease of a dead holder
 *     lease.mended        after a holder died: the parts of its work that were put in order since
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../core/errors";
import { deadAfterMilliseconds, describeHolder, type Holder, isDead, ownHolder } from "./holder";
import { createWholeFile, writeWholeFile } from "./whole-file";

/** A lease that is held. */
export interface Lease {
  /** What it is known by: no two are known by the same. */
  readonly id: string;
  /** Whether the holder before died with it: what it was doing may be half done. */
  readonly takenOver: boolean;
  /** The ids of the leases of holders that died, where they had one: of this host alone, since others may still be at work. */
  readonly died: readonly string[];
  /** Which of these parts of the work a dead holder may have left half done, and nobody has put in order since. */
  toMend(parts: readonly string[]): readonly string[];
  /** Says that parts of the work are in order again. */
  mended(parts: readonly string[]): void;
  release(): void;
}

/** How a lease is waited for. */
export interface LeaseOptions {
  /** Told once, when there is somebody to wait for. */
  readonly onWait?: (holder: string) => void;
  /** How long to wait. @default 3600 */
  readonly limitSeconds?: number;
  /** Whether all who don't say so wait until this one had its turn. @default false */
  readonly first?: boolean;
}

const heartbeatMilliseconds = 5_000;
const pollMilliseconds = 250;
const fileMode = 0o640;

/**
 * Takes the lease of a folder, waiting for who holds it.
 *
 * @throws UserError when the holder outlasts the limit
 */
export async function takeLease(folder: string, options: LeaseOptions = {}): Promise<Lease> {
  const { onWait, limitSeconds = 3600, first = false } = options;
  fs.mkdirSync(folder, { recursive: true });
  const place = first ? queueFirst(folder) : undefined;
  const taker: Taker = { isFirst: first, takenOver: false, died: [] };
  const deadline = Date.now() + limitSeconds * 1000;
  try {
    for (let told = false; ; told = true) {
      const lease = attempt(folder, taker);
      if (typeof lease !== "string") {
        return lease;
      }
      if (Date.now() > deadline) {
        throw new UserError(
          `Another run (${lease}) has held the lease for ${String(limitSeconds)} s. Try again later.`,
        );
      }
      if (!told) {
        onWait?.(lease);
      }
      await sleep(pollMilliseconds);
      place?.beat();
    }
  } finally {
    place?.leave();
  }
}

/** Takes the lease of a folder, unless somebody has it, or waits for it first: then it says who. */
export function tryLease(folder: string): Lease | string {
  fs.mkdirSync(folder, { recursive: true });
  return attempt(folder, { isFirst: false, takenOver: false, died: [] });
}

/** What a taker has done until now. */
interface Taker {
  readonly isFirst: boolean;
  takenOver: boolean;
  readonly died: string[];
}

function attempt(folder: string, taker: Taker): Lease | string {
  const ahead = taker.isFirst ? undefined : whoIsFirst(folder);
  if (ahead !== undefined) {
    return describeHolder(ahead);
  }
  const file = leaseFile(folder);
  const own = ownHolder();
  for (;;) {
    if (createWholeFile(file, JSON.stringify(own), { mode: fileMode })) {
      return held(folder, { id: own.id, takenOver: taker.takenOver, died: taker.died });
    }
    const found = look(file);
    if (found === undefined) {
      continue;
    }
    if (!isDead(found.holder, found.quietMilliseconds) || !remove(folder, found)) {
      return describeHolder(found.holder);
    }
    taker.takenOver = true;
    if (found.holder?.id !== undefined && found.holder.host === os.hostname()) {
      taker.died.push(found.holder.id);
    }
  }
}

/** Whether somebody holds the lease of a folder, and lives. */
export function isHeld(folder: string): boolean {
  const found = look(leaseFile(folder));
  return found !== undefined && !isDead(found.holder, found.quietMilliseconds);
}

const leaseFile = (folder: string): string => path.join(folder, "lease");
const mendedFile = (folder: string): string => path.join(folder, "lease.mended");

function held(folder: string, own: Pick<Lease, "id" | "takenOver" | "died">): Lease {
  const file = leaseFile(folder);
  const isOwn = (): boolean => look(file)?.holder?.id === own.id;
  const heartbeat = setInterval(() => {
    if (isOwn()) {
      touch(file);
    }
  }, heartbeatMilliseconds);
  heartbeat.unref();
  return {
    ...own,
    toMend: (parts) => {
      const mended = readMended(folder);
      return mended === undefined ? [] : parts.filter((part) => !mended.includes(part));
    },
    mended: (parts) => {
      writeMended(folder, [...new Set([...(readMended(folder) ?? []), ...parts])]);
    },
    release: () => {
      clearInterval(heartbeat);
      if (isOwn()) {
        fs.rmSync(file, { force: true });
      }
    },
  };
}

/**
 * Takes a dead holder's lease away. Of several that find it dead one does so, and never another's lease that has come in its place: a
 * id comes once, and only who made its marker may remove it.
 */
function remove(folder: string, { holder }: Found): boolean {
  const file = leaseFile(folder);
  const marker = path.join(folder, `lease.dead.${holder?.id ?? "unknown"}`);
  if (!createWholeFile(marker, "", { mode: fileMode })) {
    if ((look(marker)?.quietMilliseconds ?? 0) > deadAfterMilliseconds) {
      fs.rmSync(marker, { force: true });
    }
    return false;
  }
  try {
    const now = look(file);
    if (now === undefined || now.holder?.id !== holder?.id) {
      return false;
    }
    // Before the lease goes: whoever is killed here leaves a dead lease, and not work that looks whole.
    writeMended(folder, []);
    fs.rmSync(file, { force: true });
    return true;
  } finally {
    fs.rmSync(marker, { force: true });
  }
}

function readMended(folder: string): readonly string[] | undefined {
  try {
    return JSON.parse(fs.readFileSync(mendedFile(folder), "utf8")) as string[];
  } catch {
    return undefined;
  }
}

function writeMended(folder: string, parts: readonly string[]): void {
  writeWholeFile(mendedFile(folder), JSON.stringify(parts), { mode: fileMode, durable: true });
}

/** Gets in line before all who did not. */
function queueFirst(folder: string): { beat(): void; leave(): void } {
  const own = ownHolder();
  const file = path.join(folder, `lease.first.${own.id}`);
  createWholeFile(file, JSON.stringify(own), { mode: fileMode });
  return {
    beat: () => {
      touch(file);
    },
    leave: () => {
      fs.rmSync(file, { force: true });
    },
  };
}

/** Somebody who goes first and lives. */
function whoIsFirst(folder: string): Holder | undefined {
  for (const name of fs.readdirSync(folder).filter((each) => each.startsWith("lease.first."))) {
    const file = path.join(folder, name);
    const found = look(file);
    if (found?.holder !== undefined && !isDead(found.holder, found.quietMilliseconds)) {
      return found.holder;
    }
    fs.rmSync(file, { force: true });
  }
  return undefined;
}

interface Found {
  /** @default its file can't be read */
  readonly holder: Holder | undefined;
  readonly quietMilliseconds: number;
}

function look(file: string): Found | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) {
    return undefined;
  }
  return { holder: readHolder(file), quietMilliseconds: Date.now() - stat.mtimeMs };
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function touch(file: string): void {
  const now = new Date();
  fs.utimes(file, now, now, () => undefined);
}
