/** Reads text: whole where it is short, else in overlapping parts, so that memory stays flat. */
import type { Stream } from "./stream";

/** A stretch of a text that is looked at in one go. */
export interface Part {
  readonly text: string;
  /** How many lines of the file stand before it. */
  readonly linesBefore: number;
  /** How many lines at its beginning are the file's first ones, repeated: the header of a table. */
  readonly repeated: number;
}

/** How much is looked at in one go, and how much of it again with the next part, in UTF-16 units. */
const partSize = 4 * 1024 * 1024;
const overlap = 8 * 1024;

/** A longer first line is no header. */
const longestHeader = 2000;

/** The parts of a text. */
export async function* partsOf(stream: Stream, encoding: string): AsyncGenerator<Part> {
  const decoder = new TextDecoder(encoding);
  let text = "";
  let header = "";
  let linesBefore = 0;
  let repeated = 0;
  for await (const piece of stream) {
    text += decoder.decode(piece, { stream: true });
    if (text.length < partSize) continue;
    const end = text.lastIndexOf("\n") + 1 || text.length;
    yield { text: text.slice(0, end), linesBefore, repeated };
    if (linesBefore === 0) header = text.slice(0, Math.min(longestHeader, text.indexOf("\n") + 1));
    const again = text.indexOf("\n", end - overlap) + 1;
    const from = again > 0 && again < end ? again : end;
    linesBefore += newlinesIn(text, from) - repeated;
    repeated = header.endsWith("\n") ? 1 : 0;
    text = (repeated === 1 ? header : "") + text.slice(from);
  }
  text += decoder.decode();
  yield { text, linesBefore, repeated };
}

function newlinesIn(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
