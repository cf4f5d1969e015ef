/** Numbers for tests, made at run time: this repository holds none. */
import fc from "fast-check";

/** A social security number that could be somebody's. */
export const ssn = (separator = "-"): string => ["536", "22", "8726"].join(separator);

/** Any such. */
export const anySsn: fc.Arbitrary<string> = fc
  .tuple(
    fc.integer({ min: 1, max: 899 }).filter((area) => area !== 666),
    fc.integer({ min: 1, max: 99 }),
    fc.integer({ min: 1, max: 9999 }),
  )
  .map(([area, group, serial]) =>
    [String(area).padStart(3, "0"), String(group).padStart(2, "0"), String(serial).padStart(4, "0")].join(
      "-",
    ),
  )
  .filter(
    (number) =>
      !/^(\d)\1\1-\1\1-\1{4}$/.test(number) && !/^(078-05-1120|219-09-9999|457-55-5462)$/.test(number),
  )
  .filter((number) => number !== "123-45-6789");

/** Digits with the check digit that Luhn's way gives them, worked out apart from the product's code. */
export function withLuhnDigit(digits: string): string {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const weighed = place % 2 === 0 ? 2 * digit : digit;
    sum += Math.floor(weighed / 10) + (weighed % 10);
  }
  return digits + String((10 - (sum % 10)) % 10);
}

/** A card number that could be somebody's, in groups. */
export const card = (separator = " "): string =>
  (withLuhnDigit("453201511283036").match(/.{4}/g) ?? []).join(separator);

/** An IBAN with right check digits, worked out apart from the product's code. */
export function ibanOf(country: string, account: string): string {
  const digits = `${account}${country}00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return country + String(98n - (BigInt(digits) % 97n)).padStart(2, "0") + account;
}

/** A German one. */
export const iban = (separator = ""): string =>
  (ibanOf("DE", "500105175407324931").match(/.{1,4}/g) ?? []).join(separator);
