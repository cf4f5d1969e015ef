import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isItin } from "../../../compliance/content/detectors/us-itin";
import { findPii } from "../../../compliance/content/pii";
import { randomOf } from "../corpus/random";
import { values } from "../corpus/values";
import { ssn } from "../numbers";

const rules = (text: string): string[] => findPii(text, "file.txt").map(({ rule }) => rule);

/** A value of a rule that could be somebody's, made at run time. */
function value(rule: string, format = ""): string {
  const make = values[rule]?.[format];
  if (make === undefined) throw new Error(`Nothing makes ${rule}:${format}.`);
  return make(randomOf(11));
}

describe("a number is what it is called", () => {
  const plain = ssn("");
  test.each([
    ["a key in camel case", `{"patientSsn": "${plain}"}`],
    ["a key in capitals", `PATIENT_SSN=${plain}`],
    ["an attribute's name", `<input name="ssn" value="${plain}">`],
    ["a column, also after quoted commas", `name,note,ssn\nx,"a, b",${plain}\n`],
    ["a column of lines that end as on Windows", `name,ssn\r\nx,${plain}\r\n`],
    ["a column of a markdown table", `| Case | SSN |\n|---|---|\n| 1 | ${plain} |\n`],
    ["a column that is aligned", `Case  SSN        Day\n17    ${plain}  Monday\n`],
    [
      "a column of an HTML table",
      `<table><tr><th>A</th><th>SSN</th></tr><tr><td>1</td><td>${plain}</td></tr></table>`,
    ],
    ["a row's own header", `<table><tr><th>SSN</th><td>${plain}</td></tr></table>`],
    ["a column of an INSERT", `INSERT INTO p (a, ssn) VALUES ('it''s, (so)', '${plain}')`],
    ["a column of a COPY", `COPY p (id, ssn) FROM stdin;\n1\t${plain}\n`],
    ["a term on the line before", `<dt>SSN</dt>\n<dd>${plain}</dd>`],
    ["a list's key", `ssn:\n  - ${plain}\n`],
    ["a list's key in JSON", `{\n"ssns": [\n  "000000000",\n  "${plain}"\n]}`],
    ["in brackets behind it", `${plain} (SSN)`],
    ["a term on the same line", `<dl><dt>SSN</dt><dd>${plain}</dd></dl>`],
    ["a word before the first of two", `SSN 000-00-0000 and ${plain}`],
  ])("found: %s", (_, text) => {
    expect(rules(text)).toEqual(["us-ssn"]);
  });

  test.each([
    ["another key on the line", `{"ssn": "000-00-0000", "orderId": ${plain}}`],
    ["another column", `ssn,order\n000-00-0000,${plain}\n`],
    ["another column of an INSERT", `INSERT INTO p (ssn, part) VALUES ('000-00-0000', '${plain}')`],
    ["a label that is taken", `SSN 000-00-0000, order ${plain}`],
    ["an order, even in that form", `Order #${ssn()}`],
    ["the second of two parts", `Parts 000-21-7710 and ${ssn()}`],
    ["a list of things that is no table", `SKU 12 3456789 X; Lot 24\nSSN 770; Ref ${plain}`],
    ["an entity's tag", `"etag":"W/\\"${ssn()}\\""`],
    ["after the table's end", `name,ssn\nx,000-00-0000\n\n${plain}\n`],
  ])("not found: %s", (_, text) => {
    expect(rules(text)).toEqual([]);
  });
});

describe("a phone-like number", () => {
  const phone = value("phone", "");
  test.each(["Customer no", "claim_number", "voterId", "RMA no.", "quote", "Case number"])(
    "that is called %s is none",
    (label) => {
      expect(rules(`${label},a\n${phone.replaceAll(/\D+/g, "-")},1\n`)).toEqual([]);
      expect(rules(`${label} ${phone.replaceAll(/\D+/g, "-")}`)).toEqual([]);
    },
  );

  test("is one under a header with letters beyond ASCII", () => {
    const plain = phone.replaceAll(/\D+/g, "");
    expect(rules(`Nombre,Teléfono,Phone\nx,y,${plain}\n`)).toEqual(["phone"]);
  });
});

describe("a date of birth", () => {
  const date = value("date-of-birth");
  test.each([
    ["HL7's element", `<birthTime value="${date.replaceAll("-", "")}"/>`],
    ["German", `geboren am ${date}`],
    ["Spanish", `nacida el ${date}`],
    ["French", `née le ${date}`],
  ])("in other words: %s", (_, text) => {
    expect(rules(text)).toEqual(["date-of-birth"]);
  });
});

test("a street address may stand in a cell of its own, and a thousand is no house", () => {
  const street = value("street-address");
  expect(rules(`name,home address,zip\nx,${street},97702\n`)).toEqual(["street-address"]);
  expect(rules(`It cost $1,${street.replace(/^\d+/, "540")}`)).toEqual([]);
});

test("the address of a machine that somebody logs in to is no version", () => {
  const address = value("ip-address");
  expect(rules(`ssh deploy@${address} uptime`)).toEqual(["ip-address"]);
  expect(rules("npm install tool@12.3.4.5")).toEqual([]);
});

test("coordinates of a thing, or of a list of events, are nobody's, though a person is named on the line before", () => {
  const place = value("coordinates");
  const number = value("phone");
  expect(rules(`Call ${number}\nlocation: ${place}`)).toEqual(["phone", "coordinates"]);
  expect(rules(`Call ${number}\nGauge 02336000, location: ${place}`)).toEqual(["phone"]);
  expect(rules(`Call ${number}\nM2.1 ${place}`)).toEqual(["phone"]);
});

test("an office's mailbox and the identifier of an event are nobody's address", () => {
  for (const local of ["permits", "benefits", "docs", "web-team", "security-announce"]) {
    expect(rules(`To: ${local}@cityofelmwood.us`)).toEqual([]);
  }
  expect(rules("UID:20240312-4@cityofelmwood.us")).toEqual([]);
  expect(rules("To: pat.permits@cityofelmwood.us")).toEqual(["email"]);
});

describe("taxpayer and Medicare numbers", () => {
  test("a taxpayer number has a group that is given out", () => {
    const given = (group: number): boolean =>
      (group >= 50 && group <= 65) ||
      (group >= 70 && group <= 88) ||
      (group >= 90 && group <= 92) ||
      (group >= 94 && group <= 99);
    fc.assert(
      fc.property(
        fc.integer({ min: 900, max: 986 }),
        fc.nat(99),
        fc.integer({ min: 1, max: 9998 }),
        (area, group, serial) => {
          const digits = `${area}${String(group).padStart(2, "0")}${String(serial).padStart(4, "0")}`;
          expect(isItin(digits)).toBe(given(group) && !/^(\d)\1*$/.test(digits));
        },
      ),
    );
  });

  test("a Medicare number has a letter and a digit where CMS has them", () => {
    const mbi = value("us-mbi");
    expect(rules(`id ${mbi}`)).toEqual(["us-mbi"]);
    for (const place of [1, 4, 7, 8]) {
      for (const sign of ["S", "L", "O", "I", "B", "Z", "7"]) {
        expect(rules(`id ${mbi.slice(0, place)}${sign}${mbi.slice(place + 1)}`)).toEqual([]);
      }
    }
    expect(rules(`id 0${mbi.slice(1)}`)).toEqual([]);
    expect(rules("MBI 1EG4-TE5-MK73")).toEqual([]);
  });
});

describe("what nobody has", () => {
  test.each([
    "phone (202) 555-0143",
    "phone 123-456-7890, fax 000-000-0000, help line 1-800-772-1213",
    "mail jane@example.com, pat@agency.example, info@cityofelmwood.us, noreply@cityofelmwood.us, git@github.com:a/b",
    "Copyright (c) 2021 Some One <some.one@cityofelmwood.us>",
    "client ip 192.0.2.1, 198.51.100.7, 203.0.113.9, 10.1.2.3, 127.0.0.1, 2001:db8::1, 8.8.8.8",
    "calls per phone: 2147483647, OrCallOrNew = -2147450880, phone: 4294967295",
    "version 10.12.44.190, Chrome/96.120.46.45, v52.60.70.80, network 52.94.76.0/22",
    "dob 1900-01-01, born 01/01/1970, date of birth 2026-02-30, birthday 2999-01-01",
    "lives at 123 Main Street, Anytown, CA 12345",
    "patient: Jane Doe; applicant: John Q. Doe",
    "gauge of the river at 41.878113, -87.629799",
    "passport.js 0.4.1 of 20240101, license number 12345678",
  ])("%s", (text) => {
    expect(rules(text)).toEqual([]);
  });
});

describe("a name", () => {
  const name = value("person-name");
  test("counts next to a finding, and not next to a made-up value", () => {
    expect(rules(`${name}, ${ssn()}`)).toEqual(["person-name", "us-ssn"]);
    expect(rules(`${name.toUpperCase()} ${ssn()}`)).toEqual(["person-name", "us-ssn"]);
    expect(rules(`${name}, 000-00-0000`)).toEqual([]);
    expect(rules(`{"name": "${name}"},\n{"ssn": "${ssn()}"}`)).toEqual(["us-ssn"]);
  });

  test("counts beside somebody's own number, however rare it is", () => {
    for (const text of [
      `Xiomara Quill, SSN ${ssn()}`,
      `Xiomara Quill (born 04/05/1971)`,
      `${ssn()} Xiomara Quill`,
    ]) {
      expect(rules(text)).toContain("person-name");
    }
    expect(rules(`Xiomara Quill wrote the guide.\nSSN ${ssn()}`)).toEqual(["us-ssn"]);
    expect(rules(`Quarterly Review, see page 4 and SSN ${ssn()}`)).toEqual(["us-ssn"]);
  });

  test.each([
    ["with letters beyond ASCII", `J\u00fcrgen Gro\u00dfmann, SSN: ${ssn()}`],
    ["in a directory", `cn: Yolanda Quill\nmail: y.quill@cityofelmwood.us`],
    [
      "in an invitation",
      `ATTENDEE;CN=Xiomara Quill:mailto:x.quill@cityofelmwood.us`.replace("Xiomara", "Winifred"),
    ],
    ["on a card (RFC 6350)", `FN:Xiomara Quill\nTEL:${value("phone")}`],
    ["in capitals, in parts", `SSN: ${ssn()}\nSurname: QUILL`],
    ["of another country", `Priyanka Quill was called; SSN: ${ssn()}`],
  ])("counts %s", (_, text) => {
    expect(rules(text)).toContain("person-name");
  });

  test.each([
    ["a city and its state", `Savannah, Georgia (SSN ${ssn()})`],
    ["a header's words in capitals", `EmpID,LName,FName,SSN,MBI\n1,x,y,${ssn()},z\n`],
    ["words of SQL", `(ssn = '${ssn()}') WHEN MATCHED THEN UPDATE`],
    ["a name that stands for nobody", `Jane Roe <jroe@example.org>, p.quill@cityofelmwood.us`],
    ["a part of a name that is quoted", `INSERT INTO p (last_name, ssn) VALUES ('O''M', '${ssn()}')`],
  ])("does not count: %s", (_, text) => {
    expect(rules(text)).not.toContain("person-name");
  });

  test("counts under a label that only persons have", () => {
    expect(rules(`patient: ${name}`)).toEqual(["person-name"]);
    expect(rules(`project: ${name}`)).toEqual([]);
  });
});

test.each([
  ["letters", "AaBbCcDd"],
  ["digits", "1"],
  ["numbers", `"ssn":${ssn("")},`],
  ["at signs", "@"],
  ["brackets", "<td>1"],
  ["names", "Maria"],
  ["spaces", " "],
])(
  "a line of a megabyte of %s is no trouble",
  (_, pattern) => {
    const start = performance.now();
    findPii(pattern.repeat(Math.floor(1_000_000 / pattern.length)), "a.txt");
    expect(performance.now() - start).toBeLessThan(10_000);
  },
  20_000,
);
