/** Brings files into an inbox so that nobody ever sees half of one, and goes on where a line was cut (design D7). */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { otherTemporaryName, temporaryName } from "../../core/drop-files";
import { Refused } from "../../core/errors";
import type { Inbox } from "../../probe/inbox";
import { type Closeness, hashOf } from "../../probe/partner";

/** One file on its way. */
export interface Parcel {
  /** What it is called when it is whole. */
  readonly name: string;
  /** Hex SHA-256. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Its content from a byte on, up to another one, which is left out. @default from the first, to the end */
  readonly body: (start?: number, end?: number) => Readable;
}

/** Below this size, in bytes, a file is sent anew rather than continued. */
const worthContinuing = 64 * 1024;

/** How files are brought. */
export interface Bringing extends Closeness {
  /** Is called when all have arrived and none has its name yet. */
  readonly whole?: () => void;
  /**
   * Temporary names that the line broke at when they were looked into or continued. It is filled here, and kept for the
   * next try, which leaves those alone. @default none is known
   */
  readonly doubtful?: Set<string>;
}

/** A file under the name that it has on its way. */
interface Underway extends Parcel {
  readonly temporary: string;
}

/**
 * Uploads files under temporary names, checks each, and only then gives them their names, in their order, over what was
 * there.
 *
 * @throws Unreachable, Refused
 */
export async function bring(inbox: Inbox, files: readonly Parcel[], bringing: Bringing): Promise<void> {
  const { whole, doubtful = new Set() } = bringing;
  const underway = files.map((file) => ({ ...file, temporary: freeName(file, doubtful) }));
  for (const file of underway) {
    await upload(inbox, file, { ...bringing, doubtful });
  }
  whole?.();
  for (const file of underway) {
    await renameOver(inbox, file);
  }
}

function freeName({ name, sha256 }: Parcel, doubtful: ReadonlySet<string>): string {
  const first = temporaryName(name, sha256);
  return doubtful.has(first) ? otherTemporaryName(name, sha256) : first;
}

/** Gives their names to files that have arrived and still wait for them: whoever brought them was killed. */
export async function giveNames(inbox: Inbox, files: readonly Parcel[]): Promise<void> {
  for (const file of files) {
    const temporary = temporaryName(file.name, file.sha256);
    if ((await inbox.stat(temporary)) !== undefined) {
      await renameOver(inbox, { ...file, temporary });
    }
  }
}

async function upload(
  inbox: Inbox,
  file: Underway,
  bringing: Bringing & { readonly doubtful: Set<string> },
): Promise<void> {
  const { temporary } = file;
  const there = (await inbox.stat(temporary))?.size;
  if (there !== undefined) {
    bringing.doubtful.add(temporary);
    if (await isContinued(inbox, file, there, bringing)) {
      return;
    }
    // A link of that name goes, and what it points at stays.
    await inbox.remove(temporary);
    bringing.doubtful.delete(temporary);
  }
  try {
    await send(inbox, file, 0);
  } catch (error) {
    if (error instanceof Refused) {
      await inbox.remove(temporary).catch(() => undefined); // the first no is the one to tell
    }
    throw error;
  }
  const fault = await faultOf(inbox, file, bringing);
  if (fault !== undefined) {
    await inbox.remove(temporary);
    throw new Refused(`what the server stored of ${file.name} is not what was sent: ${fault}.`);
  }
}

/** Goes on where an earlier upload was cut; false when what is there is no beginning of the file, or does not become it. */
async function isContinued(
  inbox: Inbox,
  file: Underway,
  there: number,
  closeness: Closeness,
): Promise<boolean> {
  if (file.size < worthContinuing || there === 0 || there > file.size) {
    return false;
  }
  try {
    const found = await hashOf(inbox, file.temporary, { size: there }, closeness);
    if (found !== (await hashOfBeginning(file, there))) {
      return false;
    }
    if (there < file.size) {
      await send(inbox, file, there);
      return (await faultOf(inbox, file, closeness)) === undefined;
    }
    return true;
  } catch (error) {
    if (error instanceof Refused) {
      return false; // a server that does not continue, or does not show what it has
    }
    throw error;
  }
}

async function send(inbox: Inbox, file: Underway, start: number): Promise<void> {
  const body = file.body(start);
  // Whoever reads it hears of its errors; nobody reads what the server refuses at once.
  body.on("error", () => undefined);
  try {
    await inbox.upload(body, file.temporary, start);
  } finally {
    body.destroy();
  }
}

async function hashOfBeginning(file: Parcel, length: number): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(file.body(0, length), hash);
  return hash.digest("hex");
}

async function faultOf(inbox: Inbox, file: Underway, closeness: Closeness): Promise<string | undefined> {
  const facts = await inbox.stat(file.temporary);
  if (facts?.size !== file.size) {
    return `${facts ? `${facts.size} bytes` : "no file"} instead of ${file.size} bytes`;
  }
  const found = await hashOf(inbox, file.temporary, facts, closeness);
  return found === undefined || found === file.sha256
    ? undefined
    : `SHA-256 ${found} instead of ${file.sha256}`;
}

/**
 * Some servers don't rename over a file. There, and only there, the name is free for a moment: what had it is put aside,
 * and back if the new one does not get it.
 */
async function renameOver(inbox: Inbox, { name: to, temporary: from, sha256 }: Underway): Promise<void> {
  try {
    await inbox.rename(from, to);
  } catch (error) {
    if (!(error instanceof Refused) || !(await inbox.stat(to))) {
      throw error;
    }
    const aside = temporaryName(to, sha256.slice(16));
    await inbox.rename(to, aside).catch(() => {
      throw error;
    });
    try {
      await inbox.rename(from, to);
    } catch {
      await inbox.rename(aside, to);
      throw error;
    }
    await inbox.remove(aside);
  }
}

/** Removes files of ours that earlier deliveries left. Where a server shows no list, they stay. */
export async function tidy(inbox: Inbox, isLeftover: (file: string) => boolean): Promise<void> {
  try {
    for (const file of (await inbox.list()).filter(isLeftover)) {
      await inbox.remove(file);
    }
  } catch (error) {
    if (!(error instanceof Refused)) {
      throw error;
    }
  }
}
