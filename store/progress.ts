/** How far the transfers of a run are: a file each, written by who transfers and read by who shows it. */
import fs from "node:fs";
import path from "node:path";
import type { Progress } from "../core/transfer";
import { workFolder } from "./project";
import { writeWholeFile } from "./whole-file";

const progressFolder = path.join(workFolder, "progress");

const folderOf = (run: number): string => path.join(progressFolder, String(run));

/** Says how far the transfer to a target is. */
export function writeProgress(run: number, target: string, progress: Progress): void {
  fs.mkdirSync(folderOf(run), { recursive: true });
  writeWholeFile(path.join(folderOf(run), `${target}.json`), JSON.stringify(progress), { mode: 0o640 });
}

/** Says that nothing is transferred to a target any more. */
export function endProgress(run: number, target: string): void {
  fs.rmSync(path.join(folderOf(run), `${target}.json`), { force: true });
}

/** How far each transfer of a run is, by its target. */
export function readProgress(run: number): Map<string, Progress> {
  const found = new Map<string, Progress>();
  for (const name of namesIn(folderOf(run))) {
    try {
      const text = fs.readFileSync(path.join(folderOf(run), name), "utf8");
      found.set(name.replace(/\.json$/, ""), JSON.parse(text) as Progress);
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** Forgets the transfers of a run, also those that were killed. */
export function clearProgress(run: number): void {
  fs.rmSync(folderOf(run), { recursive: true, force: true });
}

/** Forgets those of a run and of all before it: one that was killed has left its own, and there is one run at a time. */
export function clearProgressUpTo(run: number): void {
  const numbers = fs.existsSync(progressFolder) ? fs.readdirSync(progressFolder).map(Number) : [];
  numbers.filter((number) => number <= run).forEach(clearProgress);
}

function namesIn(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch {
    return [];
  }
}
