/** Reads text: whole where it is short, else in overlapping parts, so that memory stays flat. */
import type { Stream } from "./stream";

/** A stretch of a text that is looked at in one go. */
export interface Part {
  readonly text: string;
  /** How many lines of the file stand before it. */
  readonly linesBefore: number;
  /** How many characters of its first own line stand before it: a line may be longer than a part. @default 0 */
  readonly columnsBefore?: number;
  /** Whether its last line goes on in the next part. @default false */
  readonly goesOn?: boolean;
  /** How many lines at its beginning are the file's first ones, repeated: the header of a table. */
  readonly repeated: number;
}

/** How much is looked at in one go, and how much of it again with the next part, in UTF-16 units. */
const partSize = 4 * 1024 * 1024;
const overlap = 8 * 1024;

/** Where a line is cut, so many characters are left to the part that has them whole. */
export const margin = 1024;

/** A longer first line is no header. */
const longestHeader = 2000;

/** The parts of a text. */
export async function* partsOf(stream: Stream, encoding: string): AsyncGenerator<Part> {
  const decoder = new TextDecoder(encoding);
  let text = "";
  let header: string | undefined;
  let linesBefore = 0;
  let columnsBefore = 0;
  let repeated = 0;
  for await (const piece of stream) {
    text += decoder.decode(piece, { stream: true });
    if (text.length < partSize) continue;
    const own = repeated === 1 ? (header ?? "").length : 0;
    const lineEnd = text.lastIndexOf("\n") + 1;
    const goesOn = lineEnd <= own;
    const end = goesOn ? text.length : lineEnd;
    yield { text: text.slice(0, end), linesBefore, columnsBefore, goesOn, repeated };
    header ??= text.slice(0, Math.min(longestHeader, text.indexOf("\n") + 1));
    const from = goesOn ? end - overlap : lineStartBefore(text, own, end);
    columnsBefore = goesOn ? columnsBefore + from - own : 0;
    linesBefore += newlinesIn(text, from) - repeated;
    repeated = header.endsWith("\n") ? 1 : 0;
    text = (repeated === 1 ? header : "") + text.slice(from);
  }
  text += decoder.decode();
  yield { text, linesBefore, columnsBefore, repeated };
}

/** The first line that begins in the last stretch before a place; the place itself, if none does. */
function lineStartBefore(text: string, own: number, end: number): number {
  const start = text.indexOf("\n", Math.max(own, end - overlap)) + 1;
  return start > own && start < end ? start : end;
}

function newlinesIn(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
