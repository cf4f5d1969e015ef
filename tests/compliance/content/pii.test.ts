import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasIbanCheckDigits } from "../../../compliance/content/detectors/iban";
import { hasLuhnDigit } from "../../../compliance/content/detectors/payment-card";
import { isSsn } from "../../../compliance/content/detectors/us-ssn";
import { findPii, findPiiInName, redact } from "../../../compliance/content/pii";
import { anySsn, card, iban, ibanOf, ssn, withLuhnDigit } from "../numbers";

const rules = (text: string): string[] => findPii(text, "file.txt").map(({ rule }) => rule);

describe("a finding", () => {
  test("says where, what and what to do, and never the value", () => {
    const found = findPii(`a,b\r\nx,${ssn()},y\n\n  card: ${card("-")}`, "data/people.csv");
    expect(found).toEqual([
      {
        file: "data/people.csv",
        line: 2,
        column: 3,
        rule: "us-ssn",
        category: "pii",
        severity: "high",
        sample: "***-**-****",
        remedy: "Take the social security number out of the commit; tests can use 000-00-0000.",
      },
      {
        file: "data/people.csv",
        line: 4,
        column: 9,
        rule: "payment-card",
        category: "pii",
        severity: "high",
        sample: "****-****-****-****",
        remedy: "Take the card number out of the commit; tests can use 4111 1111 1111 1111.",
      },
    ]);
  });

  test("in a file's name tells the name without it", () => {
    expect(findPiiInName(`scans/${ssn()}.pdf`)).toEqual([
      {
        file: "scans/***-**-****.pdf",
        line: 1,
        column: 1,
        rule: "us-ssn",
        category: "pii",
        severity: "high",
        sample: "***-**-****",
        remedy:
          "The file's name holds it: rename the file. " +
          "Take the social security number out of the commit; tests can use 000-00-0000.",
      },
    ]);
    expect(findPii(ssn(), `scans/${ssn()}.txt`)[0]?.file).toBe("scans/***-**-****.txt");
  });

  test("is on the right line of the right column, wherever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("\n", "x", " ", "ü", "\r\n", ",")), (parts) => {
        const before = `${parts.join("")} `;
        const lines = before.split("\n");
        expect(findPii(`${before}${ssn()}\n${ssn()}`, "f")).toMatchObject([
          { line: lines.length, column: (lines.at(-1) ?? "").length + 1 },
          { line: lines.length + 1, column: 1 },
        ]);
      }),
    );
  });
});

describe("social security numbers", () => {
  test("each that could be given out is found", () => {
    fc.assert(
      fc.property(anySsn, (number) => {
        expect(rules(`"ssn": "${number}"`)).toEqual(["us-ssn"]);
        expect(rules(`${number},Jane`)).toEqual(["us-ssn"]);
      }),
    );
  });

  test("none is found that was never given out", () => {
    const digits = (length: number): fc.Arbitrary<string> =>
      fc.integer({ min: 1, max: 10 ** length - 1 }).map((number) => String(number).padStart(length, "0"));
    const impossible = fc.oneof(
      fc.tuple(fc.constantFrom("000", "666"), digits(2), digits(4)),
      fc.tuple(fc.integer({ min: 900, max: 999 }).map(String), digits(2), digits(4)),
      fc.tuple(digits(3), fc.constant("00"), digits(4)),
      fc.tuple(digits(3), digits(2), fc.constant("0000")),
    );
    fc.assert(
      fc.property(impossible, (parts) => {
        expect(rules(`ssn: ${parts.join("-")}`)).not.toContain("us-ssn");
        expect(isSsn(parts.join(""))).toBe(false);
      }),
    );
  });

  test.each(["078-05-1120", "219-09-9999", "123-45-6789", "333-33-3333", "987-65-4320", "000-00-0000"])(
    "%s is an example",
    (number) => {
      expect(rules(`ssn: ${number}`)).toEqual([]);
    },
  );

  test.each([
    ["after its name", `SSN${ssn()}`],
    ["after its name and a hyphen", `ssn-${ssn()}.txt`],
    ["in a text's escape", `"a\\n${ssn()}\\n"`],
    ["with real dashes", ssn("\u2013")],
    ["with no-break hyphens", ssn("\u2011")],
    ["with the letter of an old Medicare number", `${ssn()}A`],
    ["at the end of a sentence", `It is ${ssn()}.`],
    ["with spaces, after the word", `Social Security Number: ${ssn(" ")}`],
    ["in one, after the word", `"ssn": ${ssn("")}`],
    ["in one, as XML", `<TaxpayerId>${ssn("")}</TaxpayerId>`],
  ])("found: %s", (_, text) => {
    expect(rules(text)).toEqual(["us-ssn"]);
  });

  test.each([
    ["nine digits of anything", `order ${ssn("")}`],
    ["the word on the line before", `ssn\n${ssn("")}`],
    ["a longer number", `1${ssn()} ${ssn()}1`],
    ["parts of one", `12-${ssn()} ${ssn()}-12`],
    ["an order number", `ORD-${ssn()}`],
    ["other separators", `536-22.8726 536/22/8726`],
    ["a version", `1.${ssn(".")}`],
    ["columns of numbers", ssn(" ")],
    ["an identifier", "536e22d8-7261-4a22-8726-536228726aaa"],
  ])("not found: %s", (_, text) => {
    expect(rules(text)).toEqual([]);
  });
});

describe("payment cards", () => {
  const visa = fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: 14, maxLength: 14 })
    .map((digits) => withLuhnDigit(`4${digits.join("")}`))
    .filter((number) => !number.includes("0000000"));

  test("a right check digit is right, and any other is not", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{1,18}$/), fc.integer({ min: 1, max: 9 }), (digits, other) => {
        const right = withLuhnDigit(digits);
        expect(hasLuhnDigit(right)).toBe(true);
        expect(hasLuhnDigit(digits + String((Number(right.at(-1)) + other) % 10))).toBe(false);
      }),
    );
  });

  test("one mistyped digit is always seen", () => {
    fc.assert(
      fc.property(visa, fc.nat(15), fc.integer({ min: 1, max: 9 }), (number, place, other) => {
        const wrong = String((Number(number[place]) + other) % 10);
        expect(hasLuhnDigit(number.slice(0, place) + wrong + number.slice(place + 1))).toBe(false);
      }),
    );
  });

  test("each that could be given out is found, however it is grouped", () => {
    fc.assert(
      fc.property(visa, fc.constantFrom("", " ", "-"), (number, separator) => {
        const text = (number.match(/.{4}/g) ?? []).join(separator);
        expect(rules(`pan=${text};`)).toEqual(["payment-card"]);
      }),
    );
  });

  test.each([
    ["Mastercard", "523600123456781"],
    ["Mastercard, 2 series", "222300487654321"],
    ["American Express", "37144963539812"],
    ["Discover", "601198765432123"],
    ["JCB", "352912345678901"],
    ["UnionPay", "621234567890123"],
    ["Diners Club", "3012345678901"],
    ["Maestro, 19 digits", "676212345678901234"],
  ])("%s", (_, start) => {
    expect(rules(`card ${withLuhnDigit(start)}`)).toEqual(["payment-card"]);
  });

  test("an American Express card in its own groups", () => {
    const [, one, two, three] = /(.{4})(.{6})(.{5})/.exec(withLuhnDigit("37144963539812")) ?? [];
    expect(rules(`${one ?? ""} ${two ?? ""} ${three ?? ""}`)).toEqual(["payment-card"]);
  });

  test.each([
    ["an example", "4111 1111 1111 1111"],
    ["an example", "4242424242424242"],
    ["an example", "5555-5555-5555-4444"],
    ["an example", "378282246310005"],
    ["a wrong check digit", card().slice(0, -1) + String((Number(card().at(-1)) + 1) % 10)],
    ["no issuer's range", withLuhnDigit("153201511283036")],
    ["a time in nanoseconds", withLuhnDigit("176389234512345678")],
    ["a part of a longer number", `${card("")}00000000`],
    ["a fraction", `0.${card("")}`],
    ["a hash", `${card("")}ab`],
    ["groups of another kind", card("").replace(/(.{3})(.{5})/, "$1 $2 ")],
    ["mixed separators", card().replace(" ", "-")],
  ])("not found: %s, %s", (_, text) => {
    expect(rules(`value ${text}`)).toEqual([]);
  });
});

describe("bank accounts", () => {
  test.each([
    ["in one", iban()],
    ["in groups", iban(" ")],
    ["in groups, words after it", `${iban(" ")} AND MORE TEXT`],
    ["with hyphens", iban("-")],
    ["British", ibanOf("GB", "NWBK60161331926820")],
    ["Norwegian, the shortest", ibanOf("NO", "86011117948")],
    ["Maltese, long and with letters", ibanOf("MT", "MALT011000012345MTLCAST001T")],
  ])("found: %s", (_, text) => {
    expect(rules(`pay to ${text}`)).toEqual(["iban"]);
  });

  test.each([
    ["wrong check digits", iban().replace(/^DE../, iban().startsWith("DE11") ? "DE12" : "DE11")],
    ["too short", iban().slice(0, -1)],
    ["too long", `${iban()}0`],
    ["no country's", ibanOf("US", "500105175407324931")],
    ["a part of a name", `x${iban()}`],
    ["groups of another kind", iban().replace(/(.{8})/, "$1 ")],
  ])("not found: %s", (_, text) => {
    expect(rules(`pay to ${text}`)).toEqual([]);
  });

  test("found: one that holds what looks like a card, once", () => {
    const held = ibanOf("DE", `${card("")}12`);
    expect(rules((held.match(/.{1,4}/g) ?? []).join(" "))).toEqual(["iban"]);
  });

  test("check digits that are off by any number are wrong", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z0-9]{11,30}$/), fc.integer({ min: 1, max: 96 }), (account, off) => {
        const right = ibanOf("XX", account);
        const wrong = String((Number(right.slice(2, 4)) + off) % 97).padStart(2, "0");
        expect(hasIbanCheckDigits(right)).toBe(true);
        expect(hasIbanCheckDigits(`XX${wrong}${account}`)).toBe(false);
      }),
    );
  });
});

describe("redaction", () => {
  test("nothing is left to be found, and nothing else is changed", () => {
    const number = fc.oneof(anySsn, fc.constantFrom(card(), card(""), iban(), iban(" ")));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), number)), (parts) => {
        const text = parts.map(([words, value]) => `${words}\n${value}\n`).join("");
        const clean = redact(text);
        expect(findPii(clean, "f")).toEqual([]);
        for (const [, value] of parts) expect(clean).not.toContain(value);
        expect(clean.replace(/[*\p{L}\p{N}]/gu, "")).toBe(text.replace(/[*\p{L}\p{N}]/gu, ""));
      }),
    );
  });

  test("a text without personal data stays as it is", () => {
    expect(redact("12 tests, 0 findings, 2026-11-23T02:28:00Z")).toBe(
      "12 tests, 0 findings, 2026-11-23T02:28:00Z",
    );
  });
});
