/** International bank account numbers (ISO 13616): a country's length, and check digits that are right. */
import { type Detector, type Span, isFreeBefore } from "./detector";

/** Lengths, and the countries that have numbers of this length, by the IBAN registry. */
const countries: readonly (readonly [number, string])[] = [
  [15, "NO"],
  [16, "BE"],
  [18, "DK FI FK FO GL NL SD"],
  [19, "MK SI"],
  [20, "AT BA EE KZ LT LU MN XK"],
  [21, "CH HR LI LV"],
  [22, "BG BH CR DE GB GE IE ME RS VA"],
  [23, "AE GI IL IQ OM SO TL"],
  [24, "AD CZ ES MD PK RO SA SE SK TN VG"],
  [25, "LY PT ST"],
  [26, "IS TR"],
  [27, "BI DJ FR GR IT MC MR SM"],
  [28, "AL AZ BY CY DO GT HN HU LB NI PL SV"],
  [29, "BR EG PS QA UA"],
  [30, "JO KW MU YE"],
  [31, "MT SC"],
  [32, "LC"],
  [33, "RU"],
];

const lengths = new Map(
  countries.flatMap(([length, codes]) => codes.split(" ").map((code) => [code, length])),
);

/** Whether the check digits of an IBAN without separators are right: it is 1 modulo 97, letters from A = 10. */
export function hasIbanCheckDigits(iban: string): boolean {
  const moved = iban.slice(4) + iban.slice(0, 4);
  const digits = Array.from(moved, (sign) => parseInt(sign, 36).toString()).join("");
  return Array.from(digits).reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}

/** Where one may begin; how far it goes is its country's length. */
const beginning = /(?<!\d)[A-Z]{2}\d{2}(?=[ \u00a0-]?[A-Z0-9]{4})/gi;
const separators = ["", " ", "-", "\u00a0"];

/** The IBAN that begins at a place of a text, in one or in groups of four. */
function ibanAt(text: string, start: number): Span | undefined {
  const length = lengths.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return undefined;
  if (!isFreeBefore(text, start)) return undefined;
  for (const separator of separators) {
    const end = start + length + Math.floor((length - 1) / 4) * separator.length;
    const written = text.slice(start, end);
    const iban = separator === "" ? written : written.replaceAll(separator, "");
    const grouped = (iban.match(/.{1,4}/gsu) ?? []).join(separator);
    const ends = !/^[\p{L}\p{N}]/u.test(text.slice(end, end + 2));
    if (/^[A-Z0-9]+$/i.test(iban) && grouped === written && ends && hasIbanCheckDigits(iban)) {
      return { start, end };
    }
  }
  return undefined;
}

/** International bank account numbers. */
export const iban: Detector = {
  rule: "iban",
  severity: "medium",
  remedy: "Take the bank account number out of the commit; tests can use one with wrong check digits.",
  find: ({ text }) => Array.from(text.matchAll(beginning)).flatMap(({ index }) => ibanAt(text, index) ?? []),
};
