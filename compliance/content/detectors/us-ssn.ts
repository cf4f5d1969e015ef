/** US social security numbers, as the Social Security Administration gives them out (POMS RM 10201.035). */
import { type Detector, digitsOf, isMadeUp, matches } from "./detector";

/** Nine digits in groups of 3, 2 and 4. A letter may follow, as in old Medicare numbers. */
const grouped =
  /(?<!\d|\d[.-])\d{3}([\p{Dash_Punctuation}\u2212])\d{2}\1\d{4}(?!\d|[-.\u2010-\u2014\u2212]\d)/gu;

/** The same with spaces, dots or nothing between: as common in other numbers, so it takes a word before it. */
const loose = /(?<![\d])\d{3}([ .\u00a0]?)\d{2}\1\d{4}(?!\d)/g;

/** What the number's column, key or sentence calls it. */
export const ssnWord =
  /\b(?:u?s?ssns?|soc(?:ial)? sec(?:urity)?|social security|ss (?:no|num|number|nr)|soc|social|tax ?payer (?:id|identification|number)|tax id|tin)\b|ssn/;

/** Numbers that were printed in advertisements. */
const printed = new Set(["078051120", "219099999", "457555462", "721074426"]);

/** Whether nine digits can be somebody's number. */
export function isSsn(digits: string): boolean {
  return (
    /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) && !printed.has(digits) && !isMadeUp(digits)
  );
}

/** Not inside a longer name such as `ORD-…`, but after the word itself and after an escape, as in "\n…". */
export function beginsNumber(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 6), start);
  return (
    !/[\p{L}\p{N}][\p{Dash_Punctuation}\u2212.]?$/u.test(before) ||
    /\\[nrt]$|(?:ssn|itin|tin)\W?$/iu.test(before)
  );
}

/** @see isSsn */
export const usSsn: Detector = {
  rule: "us-ssn",
  severity: "high",
  remedy: "Take the social security number out of the commit; tests can use 000-00-0000.",
  find: (page) => {
    const { text } = page;
    const found = Array.from(text.matchAll(grouped))
      .filter(({ index, 0: written }) => {
        if (!isSsn(digitsOf(written)) || !beginsNumber(text, index)) return false;
        return ssnWord.test(page.labelOf(index)) || !page.isOfOtherThing(index);
      })
      .map(({ index, 0: written }) => ({ start: index, end: index + written.length }));
    const called = matches(
      text,
      loose,
      (written, span) =>
        isSsn(digitsOf(written)) && page.isCalled(span, ssnWord) && !page.isOfOtherThing(span.start),
    );
    return [...found, ...called].sort((a, b) => a.start - b.start);
  },
};
