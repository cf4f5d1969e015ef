/** Passport numbers. They have no check digit, so they count only where a passport is spoken of. */
import { type Detector, digitsOf, isMadeUp, matches } from "./detector";

/** US: nine digits, or a letter and eight digits; other countries: up to two letters and six to nine digits, or ICAO's nine signs. */
const written = /(?:[A-Z]{0,2}\d{6,9}[A-Z]?|[A-Z]\d[A-Z0-9]{5,6}\d)/gi;

/** The label ends with the word, or with what people say between it and the number. */
const word =
  /\bpassports?(?: (?:no|num|number|nr|id|card|book|us|usa|document|holder|numbers?|is|was|of|issued|under|with|and|the|travel))*$|\b(?:travel document)(?: (?:no|num|number|id))?$/;

/** Passport numbers in context. */
export const usPassport: Detector = {
  rule: "us-passport",
  severity: "high",
  remedy: "Take the passport number out of the commit; tests can use 000000000.",
  find: (page) => {
    if (!page.lowered.includes("passport") && !page.lowered.includes("travel document")) return [];
    return matches(page.text, written, (number, span) => {
      const digits = digitsOf(number);
      return digits.length >= 6 && !isMadeUp(digits) && page.isCalled(span, word);
    });
  },
};
