/** What a run says, with the time since it began: to its log, and to whoever listens. */
import { maskSecrets } from "../core/mask";
import { appendLine, type LogLine, runLogFile, type TransferProgress } from "../store/run-log";
import { trailFolder } from "../store/project";
import type { Trail } from "../store/trail";

/** The voice of one run. */
export interface RunLog {
  say(sign: string, text: string): void;
  /** Says how far a transfer is: a line that stays. */
  progress(text: string, progress: TransferProgress): void;
  /** Shows how far all transfers are at this moment, a line each; empty when there are none. It is not kept. */
  live(text: string): void;
  /** The last line; `watch` ends with it. */
  end(sign: string, text: string, exitCode: number): void;
  /** Seconds since the run began. */
  seconds(): number;
}

/** The sign of what is on its way to a site. */
export const transferSign = "🚚";

/** Opens the log of a run. */
export function openLog(run: number, onLine: (line: LogLine) => void): RunLog {
  const file = runLogFile(trailFolder(), run);
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const write = (line: Omit<LogLine, "at">): void => {
    // Here, where every line passes: a server may have repeated what it was given.
    const timed = { at: seconds(), ...line, text: maskSecrets(line.text) };
    appendLine(file, timed);
    onLine(timed);
  };
  return {
    seconds,
    say: (sign, text) => {
      write({ sign, text });
    },
    progress: (text, progress) => {
      write({ sign: transferSign, text, kind: "progress", progress });
    },
    live: (text) => {
      onLine({ at: seconds(), sign: transferSign, text, kind: "live" });
    },
    end: (sign, text, exitCode) => {
      write({ sign, text, exitCode });
    },
  };
}

/** Writes into the trail that a run broke off. What broke it may be the trail: then the log alone says so. */
export function noteBreak(trail: Trail, run: number, why: string): void {
  try {
    trail.append({ type: "run-broke-off", run, why });
  } catch {
    // The caller tells what broke the run; that this failed, too, is no better reason.
  }
}
