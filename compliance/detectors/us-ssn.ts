/** US social security numbers, as the Social Security Administration gives them out (POMS RM 10201.035). */
import { type Detector, digitsOf, matches } from "./detector";

/** Nine digits in groups of 3, 2 and 4. A letter may follow, as in old Medicare numbers. */
const hyphens = "\\p{Dash_Punctuation}\\u2212";
const grouped = new RegExp(
  [
    // Not inside a longer number or name; but after an escape, as in "\n…", and after the word itself.
    `(?:(?<![\\p{L}\\p{N}][${hyphens}.]?)|(?<=\\\\[nrt])|(?<=ssn[${hyphens}.]?))`,
    `\\d{3}([${hyphens}])\\d{2}\\1\\d{4}`,
    `(?!\\p{N}|[${hyphens}.]\\p{N})`,
  ].join(""),
  "giu",
);

/** The same with spaces, dots or nothing between: as common in other numbers, so it takes a word before it. */
const loose = /(?<![\p{L}\p{N}][-.]?)\d{3}([ .\u00a0]?)\d{2}\1\d{4}(?![\p{L}\p{N}]|[-.]\p{N})/giu;
const word = /ssn|social[\s_-]*security|soc\.?\s*sec|tax(?:payer)?[\s_-]*id/i;
const wordReach = 60;

/** Numbers that were printed in advertisements, and those that everybody makes up. */
const synthetic = new Set(["078051120", "219099999", "457555462", "123456789"]);

/** Whether nine digits can be somebody's number. */
export function isSsn(digits: string): boolean {
  return (
    /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) &&
    !synthetic.has(digits) &&
    !/^(\d)\1*$/.test(digits)
  );
}

function follows(match: RegExpMatchArray): boolean {
  const start = match.index ?? 0;
  const before = match.input?.slice(Math.max(0, start - wordReach), start) ?? "";
  return word.test(before.slice(before.lastIndexOf("\n") + 1));
}

/** @see isSsn */
export const usSsn: Detector = {
  rule: "us-ssn",
  severity: "high",
  remedy: "Take the social security number out of the commit; tests can use 000-00-0000.",
  find: (text) =>
    [
      ...matches(text, grouped, ([written]) => isSsn(digitsOf(written))),
      ...matches(text, loose, (match) => isSsn(digitsOf(match[0])) && follows(match)),
    ].sort((a, b) => a.start - b.start),
};
