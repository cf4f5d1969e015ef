/** The files that a trail is made of, and what must be so before one of them is trusted. */
import fs from "node:fs";
import path from "node:path";
import type { Head } from "../core/chain";
import type { Keyring } from "../core/dsse";
import { UserError, messageOf } from "../core/errors";
import { headFile } from "./head";
import { howToMakeKeys, trustedFolder, trustedKeys } from "./keys";

/** The folder of a trail's entries. */
export const entriesFolderOf = (trailFolder: string): string => path.join(trailFolder, "entries");

/** The names of the files of a trail's entries, in order. */
export function entryFiles(trailFolder: string): string[] {
  const folder = entriesFolderOf(trailFolder);
  if (!fs.existsSync(folder)) {
    return [];
  }
  return fs
    .readdirSync(folder)
    .filter((name) => /^\d{8}\.json$/.test(name))
    .sort();
}

/** The keys for a trail; one without entries needs none. */
export function keysFor(names: readonly string[]): Keyring {
  const keys = trustedKeys();
  if (names.length > 0 && keys.size === 0) {
    throw new UserError(`There is no trusted key in ${trustedFolder()}. ${howToMakeKeys}`);
  }
  return keys;
}

/**
 * @param found the digest of the entry at the known head's place
 * @throws UserError when the trail does not hold its last known head
 */
export function requireKnownHead(folder: string, known: Head | undefined, found: string | undefined): void {
  if (known === undefined || known.digest === found) {
    return;
  }
  const what =
    found === undefined
      ? "its newest entries were cut off"
      : `entry ${String(known.number)} or one before it was altered`;
  throw new UserError(
    `The trail ${folder} does not hold entry ${String(known.number)} as it was known here: ${what}. ` +
      `Put the trail back from a copy; if it was begun anew on purpose, remove ${headFile(folder)}.`,
  );
}

/** Turns what the disk says into a sentence. */
export function guarded<T>(folder: string, action: () => T): T {
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
