/** The trail: numbered files, each made once and holding the digest of the one before it (design D3). */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Body, type Entry, digestOfFile, encode, noPrevious } from "../core/entry";
import { UserError, messageOf } from "../core/errors";

/** An append-only log. */
export interface Trail {
  /** Every entry, oldest first. */
  entries(): Entry[];
  /** Adds an entry, and returns it once it is on the disk. */
  append(body: Body): Entry;
}

/** Entries are written by nobody but their writer, and are read by its group. */
const fileMode = 0o640;

const nameOf = (number: number): string => `${String(number).padStart(8, "0")}.json`;

/**
 * The trail that lies in a folder, which is made when it is missing.
 *
 * @throws UserError when the folder can't be read or written, or an entry is not what was written
 */
export function directoryTrail(folder: string): Trail {
  const entriesFolder = path.join(folder, "entries");

  function files(): string[] {
    if (!fs.existsSync(entriesFolder)) {
      return [];
    }
    return fs
      .readdirSync(entriesFolder)
      .filter((name) => /^\d{8}\.json$/.test(name))
      .sort();
  }

  function read(name: string): { entry: Entry; digest: string } {
    const text = fs.readFileSync(path.join(entriesFolder, name), "utf8");
    try {
      return { entry: JSON.parse(text) as Entry, digest: digestOfFile(text) };
    } catch {
      throw new UserError(
        `The trail's entry ${path.join(entriesFolder, name)} is not JSON. Put it back from a copy of the trail.`,
      );
    }
  }

  function tryAppend(body: Body): Entry | undefined {
    const last = files().at(-1);
    const before = last === undefined ? undefined : read(last);
    const entry: Entry = {
      number: (before?.entry.number ?? 0) + 1,
      previous: before?.digest ?? noPrevious,
      time: new Date().toISOString(),
      by: `${os.userInfo().username}@${os.hostname()}`,
      body,
    };
    return createOnce(entriesFolder, nameOf(entry.number), encode(entry)) ? entry : undefined;
  }

  return {
    entries: () => guarded(folder, () => files().map((name) => read(name).entry)),
    append: (body) =>
      guarded(folder, () => {
        fs.mkdirSync(entriesFolder, { recursive: true, mode: 0o750 });
        for (;;) {
          // Another writer may take the number first: then ours is the next one.
          const entry = tryAppend(body);
          if (entry !== undefined) {
            return entry;
          }
        }
      }),
  };
}

/** Writes a whole file under a name that nobody has yet. False when somebody has it. */
function createOnce(folder: string, name: string, text: string): boolean {
  const draft = path.join(folder, `.${name}.${String(process.pid)}`);
  const descriptor = fs.openSync(draft, "w", fileMode);
  try {
    fs.writeSync(descriptor, text);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  try {
    // A link is there whole or not at all, and never replaces a file.
    fs.linkSync(draft, path.join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      return false;
    }
    throw error;
  } finally {
    fs.unlinkSync(draft);
  }
  const directory = fs.openSync(folder, "r");
  fs.fsyncSync(directory);
  fs.closeSync(directory);
  return true;
}

/** Turns what the disk says into a sentence. */
function guarded<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof UserError) {
      throw error;
    }
    throw new UserError(
      `The trail ${folder} can't be used (${messageOf(error)}). Nothing ships without its entry: mend the disk or set HMS_TRAIL.`,
    );
  }
}
