/** The log of each run: one line of JSON an event, which `watch` follows while it is written. */
import fs from "node:fs";
import path from "node:path";
import type { Progress } from "../core/transfer";

/** How far a transfer is, for programs. */
export interface TransferProgress extends Progress {
  /** The target's name. */
  readonly target: string;
  /** @default nobody can tell: it waits, or has only begun */
  readonly secondsLeft?: number;
}

/** One line of a run's log. */
export interface LogLine {
  /** Seconds since the run began. */
  readonly at: number;
  /** The seed's sign: ✅ 📦 🚀 🚚 📤 … */
  readonly sign: string;
  readonly text: string;
  /**
   * `progress`: one of the few lines that say how far a transfer is. `live`: the same of all transfers at this moment, a line each, for a
   * terminal to draw over the last ones; empty when there is nothing to say. `watch`: what `watch` says itself. Live lines and those of
   * `watch` are told, and not kept. @default none of them
   */
  readonly kind?: "progress" | "live" | "watch";
  /** Of `progress`: the same in numbers. */
  readonly progress?: TransferProgress;
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
