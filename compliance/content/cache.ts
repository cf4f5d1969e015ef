/**
 * Results of earlier scans, by the digest of what was scanned. They hold no value that was found, and no file's name. A new
 * version of a rule begins anew, since the rules' digest is the file's name.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { writeWholeFile } from "../../store/whole-file";
import type { FileScan } from "./file";
import { rulesDigest } from "./rules-digest";
import type { Entry } from "./walk";

/** What is known of earlier scans. */
export interface Cache {
  /** Digests whose results are known. */
  readonly keys: ReadonlySet<string>;
  /** The result of a file that was not touched since: it need not be read. */
  ofUnchanged(entry: Entry): FileScan | undefined;
  /** Keeps a file's result; without one, it is the known one of the digest. */
  add(entry: Entry, key: string, scan: FileScan | undefined): FileScan;
  save(): void;
}

/** What a file looked like when it was read: size, times and inode, and the digest that it had. */
type Seen = readonly [size: number, changed: number, modified: number, inode: number, key: string];

interface Kept {
  readonly seen: Readonly<Record<string, Seen>>;
  readonly results: Readonly<Record<string, FileScan>>;
}

/** A file that changed this shortly before it was read may have changed again within the clock's step. Milliseconds. */
const clockStep = 2000;

/** Files and results that are kept at most; of others' scans only as many as there is room for. */
const most = 200_000;

const empty: FileScan = { findings: [], skipped: [] };

/** Opens the results in a folder; without a folder nothing is known, and nothing kept. */
export function openCache(folder: string | undefined): Cache {
  const file = folder === undefined ? undefined : path.join(folder, `${rulesDigest()}.json`);
  const before = file === undefined ? { seen: {}, results: {} } : load(file);
  const known = new Map(Object.entries(before.results));
  const seenBefore = new Map(Object.entries(before.seen));
  const seen = new Map<string, Seen>();
  const results = new Map<string, FileScan>();
  const now = Date.now();
  let changed = false;

  const note = (entry: Entry, key: string, scan: FileScan): FileScan => {
    results.set(key, scan);
    if (entry.stat.ctimeMs < now - clockStep) seen.set(nameOf(entry), [...looksOf(entry), key]);
    return scan;
  };
  return {
    keys: new Set(known.keys()),
    ofUnchanged(entry) {
      const [size, ctime, mtime, inode, key] = seenBefore.get(nameOf(entry)) ?? [];
      const looks = looksOf(entry);
      if (key === undefined || ![size, ctime, mtime, inode].every((value, place) => value === looks[place]))
        return undefined;
      const scan = known.get(key);
      return scan === undefined ? undefined : note(entry, key, scan);
    },
    add(entry, key, scan) {
      changed = true;
      return note(entry, key, scan ?? known.get(key) ?? empty);
    },
    save() {
      if (file === undefined || !changed) return;
      save(file, { seen: merged(seen, seenBefore), results: merged(results, known) });
    },
  };
}

const looksOf = ({ stat }: Entry): [number, number, number, number] => [
  stat.size,
  stat.ctimeMs,
  stat.mtimeMs,
  stat.ino,
];

/** A path may hold personal data, too. */
const nameOf = (entry: Entry): string =>
  createHash("sha256")
    .update(`${path.resolve(entry.path)}\0${entry.file}`)
    .digest("base64url")
    .slice(0, 24);

function merged<T>(now: ReadonlyMap<string, T>, before: ReadonlyMap<string, T>): Record<string, T> {
  const others = [...before].filter(([key]) => !now.has(key)).slice(0, Math.max(0, most - now.size));
  return Object.fromEntries([...now, ...others]);
}

/** What can't be read, or is not what was written, is as good as nothing. */
function load(file: string): Kept {
  try {
    const [digest, text] = splitAt(fs.readFileSync(file, "utf8"), 64);
    if (digestOf(text) !== digest) return { seen: {}, results: {} };
    return JSON.parse(text) as Kept;
  } catch {
    return { seen: {}, results: {} };
  }
}

/** A cache that can't be written is no reason not to have scanned. */
function save(file: string, kept: Kept): void {
  const folder = path.dirname(file);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const text = JSON.stringify(kept);
    writeWholeFile(file, digestOf(text) + text, { mode: 0o600 });
    for (const old of fs.readdirSync(folder)) {
      if (/^[0-9a-f]{64}\.json$/.test(old) && old !== path.basename(file)) fs.rmSync(path.join(folder, old));
    }
  } catch {
    // What can't be kept is read again.
  }
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const splitAt = (text: string, at: number): [string, string] => [text.slice(0, at), text.slice(at)];
