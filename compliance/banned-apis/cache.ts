/**
 * What earlier scans found in code, by the digest of the code: what did not change is not parsed again. A finding's sample is
 * redacted before it is kept; no file's name is. Other rules, or another version of this code, begin anew.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Finding } from "../../core/report";
import { writeWholeFile } from "../../store/whole-file";

/** A finding, wherever the code lies. */
export type Place = Omit<Finding, "file">;

/** What is known. */
export interface CodeCache {
  /** What was found in this code; undefined when it was never read. */
  get(key: string): readonly Place[] | undefined;
  set(key: string, places: readonly Place[]): void;
  /** Keeps what was asked for or set. That it can't be written is no fault of the scan. */
  save(): void;
}

/** The digest of code, as it is read. */
export const keyOf = (ending: string, code: string): string =>
  createHash("sha256").update(`${ending}\0`).update(code).digest("hex");

/** Opens the results in a folder; without a folder nothing is known, and nothing kept. */
export function openCodeCache(folder: string | undefined, rules: string): CodeCache {
  const file = folder === undefined ? undefined : path.join(folder, `code-${digestOf(rules)}.json`);
  const before = new Map(file === undefined ? [] : load(file));
  const after = new Map<string, readonly Place[]>();
  return {
    get(key) {
      const places = after.get(key) ?? before.get(key);
      if (places !== undefined) after.set(key, places);
      return places;
    },
    set: (key, places) => after.set(key, places),
    save() {
      if (file !== undefined && after.size > 0) store(file, new Map([...before, ...after]));
    },
  };
}

/** Of all that decides what is found: the rules, the sources here, and ast-grep. */
function digestOf(rules: string): string {
  const hash = createHash("sha256").update(rules);
  for (const name of fs.readdirSync(__dirname).filter((name) => name.endsWith(".ts"))) {
    hash.update(fs.readFileSync(path.join(__dirname, name)));
  }
  return hash.update(fs.readFileSync(require.resolve("@ast-grep/cli/package.json"))).digest("hex");
}

/** How many results are kept: the newest. */
const most = 100_000;

/** A file that can't be read, or is not what we wrote, is as good as none. */
function load(file: string): [string, Place[]][] {
  try {
    const kept = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, Place[]>;
    return Object.entries(kept).filter(([, places]) => Array.isArray(places) && places.every(isPlace));
  } catch {
    return [];
  }
}

const isPlace = (place: Partial<Place> | null): boolean =>
  typeof place?.line === "number" && typeof place.column === "number" && typeof place.rule === "string";

function store(file: string, results: ReadonlyMap<string, readonly Place[]>): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const newest = Object.fromEntries([...results].slice(-most));
    writeWholeFile(file, JSON.stringify(newest), { mode: 0o600 });
  } catch {
    // What can't be kept is read again.
  }
}
