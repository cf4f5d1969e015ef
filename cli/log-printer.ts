/** Prints the lines of a run's log: on a terminal with one line at the bottom that shows how far transfers are. */
import { formatElapsed } from "../core/format";
import type { LogLine } from "../store/run-log";

/** Where lines go. */
export interface Printed {
  readonly isTTY?: boolean;
  /** How many characters fit in a line. @default 80 */
  readonly columns?: number;
  write(text: string): unknown;
}

const eraseLine = "\r\u001b[K";

/**
 * What prints each line as it comes. Whoever reads a pipe or a file gets the few lines of progress that a log keeps; on a terminal
 * the live one takes their place.
 */
export function logPrinter(stream: Printed): (line: LogLine) => void {
  const isTerminal = stream.isTTY === true;
  let live = "";
  return (line) => {
    if (isTerminal ? line.kind === "progress" : line.kind === "live") {
      return;
    }
    const erase = live === "" ? "" : eraseLine;
    if (line.kind === "live") {
      live = line.text === "" ? "" : fit(format(line), stream.columns ?? 80);
      stream.write(`${erase}${live}`);
    } else {
      stream.write(`${erase}${format(line)}\n${live}`);
    }
  };
}

const format = ({ at, sign, text }: LogLine): string => `[${formatElapsed(at)}] ${sign} ${text}`;

/** As much of a text as stays on one line; its sign is twice as wide as it is long. */
function fit(text: string, columns: number): string {
  return text.length < columns - 1 ? text : `${text.slice(0, columns - 3)}…`;
}
