/** Payment cards: a known issuer's range (ISO/IEC 7812) and a right check digit (Luhn). */
import type { Page } from "../page";
import { type Detector, type Span, digitsOf, matches } from "./detector";

/** 14 to 19 digits, in one or in the groups that are embossed. */
const written =
  /(?<!\d)(?:[2-6]\d{13,18}|[2-6]\d{3}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|3\d{3}([ -])\d{6}\2\d{4,5})(?!\d)/g;

const word =
  /\b(?:cards?|card (?:no|num|number)|pan|visa|master ?card|amex|american express|discover|diners|jcb|maestro|union ?pay|debit|credit|cc|ccn)\b/;

/** An issuer's numbers: they begin with a number from `from` to `to`, and have one of these lengths. */
interface Issuer {
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}

const issuer = (from: number, to: number, ...lengths: readonly number[]): Issuer => ({ from, to, lengths });

const issuers: readonly Issuer[] = [
  issuer(4, 4, 16, 19), // Visa; its 13 digits are long out of use, and are those of many a bar code
  issuer(51, 55, 16), // Mastercard
  issuer(2221, 2720, 16),
  issuer(34, 34, 15), // American Express
  issuer(37, 37, 15),
  issuer(6011, 6011, 16, 19), // Discover
  issuer(644, 659, 16, 19),
  issuer(300, 305, 14, 16, 19), // Diners Club
  issuer(3095, 3095, 14, 16, 19),
  issuer(36, 36, 14, 16, 19),
  issuer(38, 39, 14, 16, 19),
  issuer(3528, 3589, 16, 19), // JCB
  issuer(62, 62, 16, 17, 18, 19), // UnionPay
  issuer(5018, 5018, 16, 18, 19), // Maestro
  issuer(5020, 5020, 16, 18, 19),
  issuer(5038, 5038, 16, 18, 19),
  issuer(5893, 5893, 16, 18, 19),
  issuer(6304, 6304, 16, 18, 19),
  issuer(6759, 6763, 16, 18, 19),
];

/** The numbers that card networks and payment services publish for tests. */
const synthetic = new Set([
  "378282246310005",
  "371449635398431",
  "378734493671000",
  "36227206271667",
  "30569309025904",
  "38520000023237",
  "3056930009020004",
  "3530111333300000",
  "3566002020360505",
  "4000056655665556",
  "4012888888881881",
  "4111111111111111",
  "4242424242424242",
  "5105105105105100",
  "5200828282828210",
  "5454545454545454",
  "5555555555554444",
  "2223003122003222",
  "6011000990139424",
  "6011111111111117",
  "6200000000000005",
  "6555900000604105",
]);

/** Whether the last digit is the check digit of those before it. */
export function hasLuhnDigit(digits: string): boolean {
  const sum = Array.from(digits, Number)
    .reverse()
    .map((digit, place) => (place % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2))
    .reduce((total, digit) => total + digit, 0);
  return sum % 10 === 0;
}

/** Whether digits can be the number of a card that was given to somebody. */
export function isPaymentCard(digits: string): boolean {
  const issued = issuers.some(({ from, to, lengths }) => {
    const start = Number(digits.slice(0, String(from).length));
    return start >= from && start <= to && lengths.includes(digits.length);
  });
  // Published test numbers of some services are 4000 0000 0000 and any four digits.
  return issued && hasLuhnDigit(digits) && !synthetic.has(digits) && !isSynthetic(digits);
}

/** Zeros but for the ends, or three different digits at the most: nobody is given such a number. */
const isSynthetic = (digits: string): boolean => /0{7}/.test(digits) || new Set(digits).size < 4;

/** Sixteen digits in one are also those of times and records, so a label of another thing counts. */
function isMeant(page: Page, number: string, span: Span): boolean {
  if (/\D/.test(number) || page.isCalled(span, word)) return true;
  return (number.length === 15 || number.length === 16) && !page.isOfOtherThing(span.start);
}

/** @see isPaymentCard */
export const paymentCard: Detector = {
  rule: "payment-card",
  severity: "high",
  remedy: "Take the card number out of the commit; tests can use 4111 1111 1111 1111.",
  find: (page) =>
    matches(
      page.text,
      written,
      (number, span) => isPaymentCard(digitsOf(number)) && isMeant(page, number, span),
    ),
};
