/** What of a command's words, or of a stranger's, is told: without personal data, and not too much. */
import { redact } from "../content";

/** How much of a failing command's output is told: lines, and characters of each. */
const toldLines = 40;
const toldColumns = 300;

/** The last lines of an output. Redacted before it is cut: half a number would not be found. */
export function lastLines(output: string, count = toldLines): string {
  const lines = redact(output)
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines
    .slice(-count)
    .map((line) => (line.length > toldColumns ? `${line.slice(0, toldColumns)}…` : line))
    .join("\n");
}

/** A text as part of a sentence: one line. */
export function oneLine(text: string): string {
  const line = redact(text)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  return line.length > toldColumns ? `${line.slice(0, toldColumns)}…` : line;
}
