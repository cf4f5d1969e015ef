/** Prints the lines of a run's log: on a terminal with a line at the bottom for each transfer that shows how far it is. */
import { formatElapsed } from "../core/format";
import type { LogLine } from "../store/run-log";

/** Where lines go. */
export interface Printed {
  readonly isTTY?: boolean;
  /** How many characters fit in a line. @default 80 */
  readonly columns?: number;
  /** How many lines fit. @default 24 */
  readonly rows?: number;
  write(text: string): unknown;
}

const eraseLine = "\r\u001b[K";
const upAndErase = "\u001b[1A\u001b[K";

/**
 * What prints each line as it comes. Whoever reads a pipe or a file gets the few lines of progress that a log keeps; on a terminal
 * the live ones take their place, for as long as there are any: of a run on another machine there are none.
 */
export function logPrinter(stream: Printed): (line: LogLine) => void {
  const isTerminal = stream.isTTY === true;
  let live: readonly string[] = [];
  return (line) => {
    if (isTerminal ? line.kind === "progress" && live.length > 0 : line.kind === "live") {
      return;
    }
    const erase = live.length === 0 ? "" : eraseLine + upAndErase.repeat(live.length - 1);
    if (line.kind === "live") {
      live = line.text === "" ? [] : drawn(line, stream);
      stream.write(`${erase}${live.join("\n")}`);
    } else {
      stream.write(`${erase}${format(line)}\n${live.join("\n")}`);
    }
  };
}

/** The lines of all transfers, as many as fit: what has left the screen can't be drawn over. */
function drawn({ text, ...line }: LogLine, { columns = 80, rows = 24 }: Printed): string[] {
  const all = text.split("\n");
  const most = Math.max(1, rows - 2);
  const shown = all.length > most ? all.slice(0, most - 1) : all;
  const more = all.length > most ? [`and ${String(all.length - shown.length)} more`] : [];
  return [...shown, ...more].map((each) => fit(format({ ...line, text: each }), columns));
}

const format = ({ at, sign, text }: LogLine): string => `[${formatElapsed(at)}] ${sign} ${text}`;

/** As much of a text as stays on one line; its sign is twice as wide as it is long. */
function fit(text: string, columns: number): string {
  return text.length < columns - 1 ? text : `${text.slice(0, columns - 3)}…`;
}
