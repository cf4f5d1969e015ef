/** A zip whose bytes depend on nothing but its files: the same on every machine (design D1). */
import fs from "node:fs";
import path from "node:path";
import { zipSync, type Zippable } from "fflate";
import { UserError } from "../../core/errors";

/** One file of a zip. */
export interface ZipFile {
  /** Path in the zip, with `/`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** MS-DOS times, which a zip holds, begin in 1980 (APPNOTE 4.4.6). */
const firstTime = Date.UTC(1980, 0, 1);

/**
 * The bytes of a zip: entries sorted by name, one time, fixed modes.
 *
 * @param time seconds since 1970, UTC; entries get it as their modification time
 */
export function zip(files: readonly ZipFile[], time: number): Uint8Array {
  const utc = Math.max(time * 1000, firstTime);
  // The zip format holds local time: undo the machine's offset, so that all machines write the same.
  const mtime = new Date(utc + new Date(utc).getTimezoneOffset() * 60_000);
  const entries: Zippable = {};
  for (const { name, bytes } of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    entries[name] = [bytes, { mtime, os: 3, attrs: 0o100644 << 16, level: 6 }];
  }
  return zipSync(entries);
}

/**
 * The files of a folder that the patterns name.
 *
 * @throws UserError when a pattern matches no file: a bundle that lacks what it names must not ship
 */
export function pickFiles(folder: string, patterns: readonly string[]): ZipFile[] {
  const names = patterns.flatMap((pattern) => {
    const matches = fs
      .globSync(pattern, { cwd: folder })
      .filter((name) => isInside(folder, name) && fs.lstatSync(path.join(folder, name)).isFile());
    if (matches.length === 0) {
      throw new UserError(
        `pipeline.yml: bundle: "${pattern}" matches no file of the commit. Correct or remove it.`,
      );
    }
    return matches;
  });
  return [...new Set(names)].map((name) => ({ name, bytes: fs.readFileSync(path.join(folder, name)) }));
}

/** Whether a path, its links followed, stays in the folder: a commit must not reach for the builder's own files. */
function isInside(folder: string, name: string): boolean {
  const root = fs.realpathSync(folder);
  return fs.realpathSync(path.join(root, name)).startsWith(root + path.sep);
}
