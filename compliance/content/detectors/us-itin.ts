/** US individual taxpayer identification numbers, as the Internal Revenue Service gives them out (IRM 3.21.263). */
import { type Detector, digitsOf, matches } from "./detector";
import { beginsNumber, ssnWord } from "./us-ssn";

const grouped = /(?<!\d|\d[.-])9\d{2}([-\u2010-\u2014\u2212])\d{2}\1\d{4}(?!\d|[-.]\d)/g;
const loose = /(?<!\d)9\d{2}([ .\u00a0]?)\d{2}\1\d{4}(?!\d)/g;
const itinWord =
  /\b(?:itins?|individual tax ?payer|tax ?payer|tax (?:id|identification|number|no)|tin)\b|itin/;

/** The fourth and fifth digits that are given out. */
const groups = /^9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])/;

/** Numbers that the Social Security Administration keeps for advertisements. */
const kept = /^98765432\d$/;

/** Whether nine digits can be somebody's number. */
export const isItin = (digits: string): boolean =>
  digits.length === 9 &&
  groups.test(digits) &&
  !kept.test(digits) &&
  !/^(\d)\1*$/.test(digits) &&
  !digits.endsWith("0000");

/** @see isItin */
export const usItin: Detector = {
  rule: "us-itin",
  severity: "high",
  remedy: "Take the taxpayer number out of the commit; tests can use 900-00-0000.",
  find: (page) => {
    const { text } = page;
    const found = Array.from(text.matchAll(grouped))
      .filter(({ index, 0: written }) => {
        if (!isItin(digitsOf(written)) || !beginsNumber(text, index)) return false;
        return itinWord.test(page.labelOf(index)) || !page.isOfOtherThing(index);
      })
      .map(({ index, 0: written }) => ({ start: index, end: index + written.length }));
    const called = matches(text, loose, (written, span) => {
      if (!isItin(digitsOf(written))) return false;
      return page.isCalled(span, itinWord) || page.isCalled(span, ssnWord);
    });
    return [...found, ...called].sort((a, b) => a.start - b.start);
  },
};
