/** Driving licence numbers of the US states. They count only where a licence is spoken of. */
import { type Detector, digitsOf, isMadeUp, matches } from "./detector";

/** What the states' numbers look like, without separators. */
const formats = [
  /^\d{7,10}$/, // AK AL AR CT DC DE GA IA LA ME MS MT NC NM NY OK OR PA RI SC SD TN TX UT VT WV WY
  /^\d{12}$/, // WA since 2018 has letters; PA and NC have had twelve digits
  /^\d{14}$/, // NJ and NY of old, without the letter
  /^[A-Z]\d{6,9}$/, // AZ CA HI IN KS KY MA MO NE OK VA WV
  /^[A-Z]\d{11,14}$/, // FL IL MD MI MN NJ WI
  /^[A-Z]{2}\d{6}[A-Z]?$/, // ID, RI, WV
  /^[A-Z]{3}\d{6}$/, // ND
  /^\d{2}[A-Z]{3}\d{5}$/, // NH
  /^[A-Z]{2}\d{3}[A-Z]\d{5}$/, // WA since 2018: WDL…
  /^WDL[A-Z0-9]{9}$/, // WA
  /^[A-Z*]{5,7}[A-Z0-9*]{5}$/, // WA of old
  /^[A-Z]\d{3}[A-Z]\d{2}[A-Z]\d{4}$/, // IA, KS of old
  /^\d{3}[A-Z]{2}\d{4}$/, // IA
  /^[A-Z]\d{8,9}[A-Z]?$/, // MO
  /^\d{9}[A-Z]$/, // MO
  /^\d{2}-?\d{3}-?\d{4}$/, // CO
];

/** A run of letters and digits, in groups as the states print them. */
const written = /(?=[A-Z*]{0,7}\d)[A-Z0-9*]+(?:[- ]\d[A-Z0-9]*){0,4}/gi;

const word = new RegExp(
  [
    "\\b(?:driv(?:er|ers|er s|ing) ?licen[cs]e?|drivers? lic|driver licen[cs]e|operator s? ?licen[cs]e|dmv|c?dln?|oln)",
    "(?: (?:no|num|number|numbers|nr|id|card|is|was|of|issued|by|with|in|the|state|us))*",
    "(?: [a-z]{2})?$",
  ].join(""),
);
const hint = /driv|\bc?dln?\b|dl[_#-]|_dl\b|dmv|\boln\b|operator\W{0,3}s?.licen/;

/** Driving licence numbers in context. */
export const usDrivingLicence: Detector = {
  rule: "us-driving-licence",
  severity: "high",
  remedy: "Take the driving licence number out of the commit; tests can use a number of zeros.",
  find: (page) => {
    if (!hint.test(page.lowered)) return [];
    return matches(page.text, written, (number, span) => {
      const plain = number.replace(/[- ]/g, "").toUpperCase();
      const digits = digitsOf(plain);
      if (digits.length < 5 || isMadeUp(digits) || !page.isCalled(span, word)) return false;
      return formats.some((format) => format.test(plain));
    });
  },
};
