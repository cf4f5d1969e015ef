/** What is found in files, whatever looks for it: personal data and secrets, and banned APIs. */
import fs from "node:fs/promises";
import path from "node:path";
import { messageOf, UsageError } from "../core/errors";
import type { Skipped } from "../core/report";
import { findBannedApis } from "./banned-apis";
import { type Scan, scanPaths } from "./content";
import { byPlace } from "./order";

export type { Scan } from "./content";

/** How a scan is done. */
export interface ScanOptions {
  /** Where results are kept, so that a file that did not change is not read again. @default nowhere */
  readonly cacheFolder?: string;
  /** Told how far it is. */
  readonly onProgress?: (done: { files: number; bytes: number }) => void;
}

/**
 * Everything that is found in some files and folders.
 *
 * @param paths as somebody wrote them: the findings' files begin with them
 * @throws UsageError when one is not there
 */
export async function scan(paths: readonly string[], options: ScanOptions = {}): Promise<Scan> {
  for (const place of paths) {
    await fs.access(place, fs.constants.R_OK).catch((error: unknown) => {
      const why = messageOf(error).replace(/,.*/s, "");
      throw new UsageError(`${place} can't be read (${why}). Name files or folders that are there.`);
    });
  }
  const scans: Scan[] = [];
  for (const place of paths) {
    const before = total(scans);
    const onProgress = (done: { files: number; bytes: number }): void =>
      options.onProgress?.({ files: before.files + done.files, bytes: before.bytes + done.bytes });
    scans.push(await scanOne(place, { ...options, onProgress }));
  }
  return total(scans);
}

async function scanOne(place: string, options: ScanOptions): Promise<Scan> {
  const [content, code, stat] = await Promise.all([
    scanPaths([place], options),
    findBannedApis(place, [], options.cacheFolder),
    fs.stat(place),
  ]);
  const folder = stat.isDirectory() ? place : path.dirname(place);
  const named = <T extends { readonly file: string }>(one: T): T => ({
    ...one,
    file: join(folder, one.file),
  });
  return {
    ...content,
    findings: [...content.findings, ...code.findings].map(named).sort(byPlace),
    skipped: [...content.skipped, ...code.skipped].map(named),
  };
}

/** A path that leads there from where we are; what stands behind an archive's `!` is left as it is. */
function join(folder: string, file: string): string {
  const [outer = "", ...inner] = file.split("!");
  return [path.join(folder, outer).replaceAll(path.sep, "/"), ...inner].join("!");
}

function total(scans: readonly Scan[]): Scan {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    findings: scans.flatMap(({ findings }) => findings),
    skipped: scans.flatMap(({ skipped }) => skipped),
    files: sum(scans.map(({ files }) => files)),
    bytes: sum(scans.map(({ bytes }) => bytes)),
  };
}

/** Without those that are told already. */
export function distinct(skipped: readonly Skipped[]): Skipped[] {
  return [...new Map(skipped.map((one) => [`${one.file}\0${one.why}`, one])).values()];
}
