/** Follows the log of a run, from any terminal. */
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../core/errors";
import { nextRun } from "../core/history";
import { trailFolder } from "../store/project";
import { isHeld } from "../store/lease";
import { readProgress } from "../store/progress";
import { type LogLine, readLines, runLogFile } from "../store/run-log";
import { directoryTrail } from "../store/trail";
import { transferSign } from "./log";
import { liveText } from "./progress";

/** What to follow. */
export interface WatchOptions {
  /** The run's number. @default the newest */
  readonly run?: number;
  /** Told each line, as it comes. */
  readonly onLine: (line: LogLine) => void;
}

const pollMilliseconds = 200;

/**
 * Tells the lines of a run, those that are there and those that come, until it ends.
 *
 * @returns the run's exit code
 * @throws UserError when there is no such run
 */
export async function watch({ run, onLine }: WatchOptions): Promise<number> {
  const newest = nextRun(directoryTrail(trailFolder()).entries()) - 1;
  const number = run ?? newest;
  if (number < 1 || number > newest) {
    throw new UserError(
      newest === 0
        ? "No run yet. Push a commit."
        : `There is no run #${String(number)}. The newest is #${String(newest)}.`,
    );
  }
  const file = runLogFile(trailFolder(), number);
  let live = "";
  for (let told = 0; ;) {
    const lines = readLines(file);
    for (const line of lines.slice(told)) {
      onLine(line);
    }
    told = lines.length;
    const end = lines.at(-1)?.exitCode;
    if (end !== undefined) {
      return end;
    }
    if (!isHeld(trailFolder()) && readLines(file).length === told) {
      throw new UserError(
        `Run #${String(number)} broke off: its process is gone. The next run mends what it left.`,
      );
    }
    const next = liveText(readProgress(number));
    if (next !== live) {
      live = next;
      onLine({ at: lines.at(-1)?.at ?? 0, sign: transferSign, text: next, kind: "live" });
    }
    await sleep(pollMilliseconds);
  }
}
