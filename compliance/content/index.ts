/** Looks for personal data and secrets in files, and in the files that are in them. */
import type { Finding } from "../../core/report";
import { type Cache, openCache } from "./cache";
import type { FileScan } from "./file";
import { findPiiInName, redactName } from "./pii";
import { startPool } from "./pool";
import { type Entry, entriesOf, whyNotRead } from "./walk";

export { findPii, findPiiInName, redact } from "./pii";
export { scanImage, type ImageOptions } from "./image";

/** What a scan says. */
export interface Scan {
  readonly findings: Finding[];
  /** What could not be read, and why. */
  readonly skipped: { readonly file: string; readonly why: string }[];
  /** How many files were read; what is in an archive is not counted. */
  readonly files: number;
  /** How large they are together. */
  readonly bytes: number;
}

/** How a scan is run. */
export interface ScanOptions {
  /** Where results are kept, so that files that did not change are not read again. @default they are not kept */
  readonly cacheFolder?: string;
  /** Told after each file of what was done so far. @default nobody */
  readonly onProgress?: (done: { files: number; bytes: number }) => void;
  /** Whether a comment in a file that asks to ignore a rule's findings counts. @default it never does */
  readonly honourComments?: (file: string, rule: string) => boolean;
  /** How many files are looked at side by side. @default a processor each, four at the most */
  readonly workers?: number;
}

/**
 * Looks for personal data and secrets in files and folders, and in the files' names.
 *
 * @param roots files or folders; the names in findings are relative to them
 * @throws UserError when one is not there
 */
export async function scanPaths(roots: readonly string[], options: ScanOptions = {}): Promise<Scan> {
  const entries = entriesOf(roots);
  const cache = openCache(options.cacheFolder);
  const results = await scanEntries(entries, cache, options);
  const scan: Scan = { findings: [], skipped: [], files: 0, bytes: 0 };
  let [files, bytes] = [0, 0];
  for (const [place, entry] of entries.entries()) {
    const result = results[place] ?? { why: "not read" };
    if (addTo(scan, entry, result, options)) {
      files += 1;
      bytes += entry.stat.size;
    }
  }
  cache.save();
  return { ...scan, files, bytes };
}

/** What a file holds, or why that is not known. */
type Result = FileScan | { readonly why: string };

async function scanEntries(entries: readonly Entry[], cache: Cache, options: ScanOptions): Promise<Result[]> {
  const results: Result[] = [];
  const work: { place: number; entry: Entry }[] = [];
  for (const [place, entry] of entries.entries()) {
    const why = whyNotRead(entry);
    const known = why === undefined ? cache.ofUnchanged(entry) : undefined;
    if (why !== undefined) results[place] = { why };
    else if (known !== undefined) results[place] = known;
    else work.push({ place, entry });
  }
  const bytes = work.reduce((sum, { entry }) => sum + entry.stat.size, 0);
  const pool = startPool(work.length, bytes, cache.keys, options.workers);
  const done = { files: 0, bytes: 0 };
  try {
    await pool.each(work, async ({ place, entry }, scan) => {
      const answer = await scan(entry);
      results[place] = "why" in answer ? answer : cache.add(entry, answer.key, answer.scan);
      done.files += 1;
      done.bytes += entry.stat.size;
      options.onProgress?.({ ...done });
    });
  } finally {
    await pool.stop();
  }
  return results;
}

/** Adds a file's findings under its name. Returns whether anything of the file was read. */
function addTo(scan: Scan, entry: Entry, result: Result, { honourComments }: ScanOptions): boolean {
  const name = redactName(entry.file);
  scan.findings.push(...findPiiInName(entry.file));
  if ("why" in result) {
    scan.skipped.push({ file: name, why: result.why });
    return false;
  }
  const inFile = (member: string): string => (member === "" ? name : `${name}!${member}`);
  for (const { member, ignored, ...finding } of result.findings) {
    const file = inFile(member);
    if (ignored !== true || honourComments?.(file, finding.rule) !== true)
      scan.findings.push({ file, ...finding });
  }
  for (const { member, why } of result.skipped) scan.skipped.push({ file: inFile(member), why });
  return !result.skipped.some(({ member }) => member === "");
}
