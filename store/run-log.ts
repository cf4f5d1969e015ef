/** The log of each run: one line of JSON an event, which `watch` follows while it is written. */
import fs from "node:fs";
import path from "node:path";

/** One line of a run's log. */
export interface LogLine {
  /** Seconds since the run began. */
  readonly at: number;
  /** The seed's sign: ✅ 📦 🚀 🚚 📤 … */
  readonly sign: string;
  readonly text: string;
  /**
   * `progress`: one of the few lines that say how far a transfer is. `live`: the same at this moment, for a terminal to draw over
   * the last one; empty when there is nothing to say. Live lines are told, and not kept. @default neither
   */
  readonly kind?: "progress" | "live";
  /** Set on the run's last line. */
  readonly exitCode?: number;
}

/** Where the log of a run lies. */
export function runLogFile(trailFolder: string, run: number): string {
  return path.join(trailFolder, "runs", `${String(run)}.jsonl`);
}

/** Adds a line. */
export function appendLine(file: string, line: LogLine): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o640 });
}

/** The lines that are whole. */
export function readLines(file: string): LogLine[] {
  if (!fs.existsSync(file)) {
    return [];
  }
  const text = fs.readFileSync(file, "utf8");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LogLine);
}
