/** Reads a trail as it grows: each entry once, checked as everywhere, and nothing is written. */
import type { KeyObject } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Chain, digestOfFile, fileNameOf, type Head } from "../core/chain";
import type { Entry } from "../core/entry";
import { UserError } from "../core/errors";
import { readHead } from "./head";
import { entriesFolderOf, entryFiles, guarded, keysFor, requireKnownHead } from "./trail-files";

/** Follows one trail. */
export interface Follower {
  /**
   * The entries that came since the last call, oldest first; none when there are none.
   *
   * @param limit how many at most; so a long trail can be read with pauses. @default 200
   * @throws UserError when the trail can't be read, or is not what was written: what was read before counts no more, begin anew
   */
  next(limit?: number): Entry[];
  /** Where what was read so far ends; number 0 before the first entry. */
  readonly head: Head;
}

/**
 * Follows the trail in a folder from its first entry. Once at its end, a call without news costs two looks at the disk, however
 * long the trail is.
 *
 * Signatures are checked from the last known head on, as {@link directoryTrail} does.
 */
export function followTrail(folder: string): Follower {
  const entriesFolder = entriesFolderOf(folder);
  const keys = new Map<string, KeyObject>();
  const chain = new Chain(keys);
  const known = readHead(folder);
  let reachedEnd = false;
  let lastFile = "";

  const fileOf = (number: number): string => path.join(entriesFolder, fileNameOf(number));

  function read(limit: number): Entry[] {
    requireLast();
    const found: Entry[] = [];
    for (let text; found.length < limit && (text = textOf(chain.head.number + 1)) !== undefined;) {
      if (found.length === 0) {
        takeKeys();
      }
      found.push(readOne(text));
    }
    if (found.length < limit && !reachedEnd) {
      requireEnd();
      reachedEnd = true;
    }
    lastFile = identityOf(chain.head.number);
    return found;
  }

  function readOne(text: string): Entry {
    const link = chain.read(fileNameOf(chain.head.number + 1), text);
    const { number } = link.entry;
    if (number === known?.number) {
      requireKnownHead(folder, known, link.digest);
    }
    if (number > (known?.number ?? 0)) {
      chain.checkSignature(link);
    }
    return link.entry;
  }

  /** A key that took over is trusted from then on. */
  function takeKeys(): void {
    keys.clear();
    for (const [id, key] of keysFor([fileNameOf(1)])) {
      keys.set(id, key);
    }
  }

  /** What was read last must lie there still: a trail that is cut off, or put back from an older copy, says nothing of today. */
  function requireLast(): void {
    const { number } = chain.head;
    if (number === 0) {
      fs.accessSync(entriesFolder, fs.constants.R_OK | fs.constants.X_OK);
    } else if (identityOf(number) !== lastFile) {
      const text = textOf(number);
      requireKnownHead(folder, chain.head, text === undefined ? undefined : digestOfFile(text));
      lastFile = identityOf(number);
    }
  }

  /** At the end of the files that follow each other, there must be none left. */
  function requireEnd(): void {
    const { number } = chain.head;
    if (known !== undefined && known.number > number) {
      requireKnownHead(folder, known, undefined);
    }
    const last = Number((entryFiles(folder).at(-1) ?? "0").slice(0, 8));
    if (last > number && textOf(number + 1) === undefined) {
      throw new UserError(
        `Entry ${String(number + 1)} of the trail ${folder} is missing. Put it back from a copy of the trail.`,
      );
    }
  }

  /** What tells a file from another one, without reading it. */
  function identityOf(number: number): string {
    const stat = number === 0 ? undefined : fs.statSync(fileOf(number), { throwIfNoEntry: false });
    return stat === undefined ? "" : [stat.dev, stat.ino, stat.size, stat.mtimeMs].join(" ");
  }

  function textOf(number: number): string | undefined {
    try {
      return fs.readFileSync(fileOf(number), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  return {
    next: (limit = 200) => guarded(folder, () => read(limit)),
    get head() {
      return chain.head;
    },
  };
}
