/** Stands in for `compliance/content` until that is there: personal data alone, by today's detectors. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Finding, Skipped } from "../core/report";
import { scanFolder } from "./scan";

/** What a scan says. */
export interface Scan {
  readonly findings: Finding[];
  readonly skipped: Skipped[];
  readonly files: number;
  readonly bytes: number;
}

/** What is found in folders and files. */
export async function scanPaths(
  roots: readonly string[],
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the scan that comes takes them
  _options?: { cacheFolder?: string; onProgress?: (done: { files: number; bytes: number }) => void },
): Promise<Scan> {
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "hms-scan-"));
  try {
    const scans = await Promise.all(
      roots.map(async (root) => {
        if ((await fs.stat(root)).isDirectory()) return scanFolder(root);
        await fs.copyFile(root, path.join(scratch, path.basename(root)));
        return scanFolder(scratch);
      }),
    );
    return {
      findings: scans.flatMap(({ findings }) => [...findings]),
      skipped: scans.flatMap(({ skipped }) => [...skipped]),
      files: scans.reduce((sum, { files }) => sum + files, 0),
      bytes: 0,
    };
  } finally {
    await fs.rm(scratch, { recursive: true });
  }
}
