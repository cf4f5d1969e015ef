/** Which trail an audit is about, and by which keys it is judged. */
import fs from "node:fs";
import path from "node:path";
import { BadEntry, type Head } from "../../core/chain";
import type { Keyring } from "../../core/dsse";
import { UserError } from "../../core/errors";
import { readHead } from "../../store/head";
import { trustedFolder, trustedKeys } from "../../store/keys";
import { trailFolder } from "../../store/project";
import { entriesFolderOf, entryFiles } from "../../store/trail-files";

/** What all verbs of an audit take. */
export interface AuditOptions {
  /** The trail's folder. @default HMS_TRAIL, or `.hms/trail` in the project */
  readonly trail?: string;
  /** The folder of the trusted public keys. @default HMS_TRUSTED_KEYS, or `trusted` among the keys */
  readonly trusted?: string;
}

/** A trail that has entries, and keys to check them by. */
export interface AuditPlace {
  /** Absolute. */
  readonly trail: string;
  /** The names of the entries' files, in order. */
  readonly names: readonly string[];
  readonly keyring: Keyring;
}

/**
 * Finds the trail and the keys.
 *
 * @param known an entry that is known to have been there
 * @throws UserError when there is nothing to check, or nothing to check it by
 */
export function auditPlace(options: AuditOptions, known?: Head): AuditPlace {
  const trail = path.resolve(options.trail ?? trailFolder());
  if (!fs.existsSync(trail)) {
    throw new UserError(`There is no trail at ${trail}. Name another with --trail, or set HMS_TRAIL.`);
  }
  const names = entryFiles(trail);
  if (names.length === 0) {
    if (known !== undefined) {
      throw cutOff(0, known);
    }
    throw new UserError(`The trail ${trail} has no entries. Name another with --trail, or set HMS_TRAIL.`);
  }
  const trusted = path.resolve(options.trusted ?? trustedFolder());
  const keyring = trustedKeys(trusted);
  if (keyring.size === 0) {
    throw new UserError(
      `There is no trusted key in ${trusted}. Put the public keys there that you were given, or name their folder with --trusted.`,
    );
  }
  return { trail, names, keyring };
}

/** The text of an entry's file. */
export function readEntryFile(trail: string, name: string): string {
  return fs.readFileSync(path.join(entriesFolderOf(trail), name), "utf8");
}

/** The heads that a trail must hold: the one that was given, and the one that this machine has seen of it. */
export function knownHeads(options: AuditOptions, given?: Head): Head[] {
  const seen = readHead(path.resolve(options.trail ?? trailFolder()));
  return [given, seen].filter((head) => head !== undefined);
}

/** What is said of a trail that ends before an entry that is known. */
export function cutOff(last: number, known: Head): BadEntry {
  return new BadEntry(
    last + 1,
    `is missing, and entry ${String(known.number)} is known to have been there: the newest entries were cut off`,
  );
}
