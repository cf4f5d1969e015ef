/**
 * Values that could be somebody's, in the formats that people write. Worked out from the standards, apart from the product's
 * code: what it does wrong must show. A placeholder in a document, `{{us-ssn:plain}}`, names the rule and the format.
 */
import { ibanOf, withLuhnDigit } from "../numbers";
import type { Random } from "./random";

type Maker = (random: Random) => string;

const pad = (number: number, length: number): string => String(number).padStart(length, "0");

function ssn(random: Random, separator: string): string {
  const area = random.pick([random.int(1, 665), random.int(667, 899)]);
  return [pad(area, 3), pad(random.int(1, 99), 2), pad(random.int(1, 9999), 4)].join(separator);
}

function itin(random: Random, separator: string): string {
  const group = random.pick([random.int(50, 65), random.int(70, 88), random.int(90, 92), random.int(94, 99)]);
  return [pad(random.int(900, 986), 3), pad(group, 2), pad(random.int(1, 9999), 4)].join(separator);
}

const letters = "ACDEFGHJKMNPQRTUVWXY";
const mbi = (random: Random): string => {
  const [letter, digit] = [() => random.signs(1, letters), () => random.signs(1, "0123456789")];
  const either = (): string => random.signs(1, `${letters}0123456789`);
  const first = random.signs(1, "123456789");
  return [
    first,
    letter(),
    either(),
    digit(),
    letter(),
    either(),
    digit(),
    letter(),
    letter(),
    digit(),
    digit(),
  ].join("");
};
const withDashes = (number: string): string =>
  `${number.slice(0, 4)}-${number.slice(4, 7)}-${number.slice(7)}`;

/** A card of an issuer; never with the run of zeros that test numbers have. */
const card = (random: Random): string => {
  const start = random.pick(["4", "51", "53", "55", "2345", "6011", "3540", "37", "34"]);
  const length = start.startsWith("34") || start.startsWith("37") ? 15 : 16;
  const body = Array.from({ length: length - 1 - start.length }, () => random.int(1, 9)).join("");
  return withLuhnDigit(start + body);
};
const grouped = (number: string, separator: string): string =>
  number.length === 15
    ? [number.slice(0, 4), number.slice(4, 10), number.slice(10)].join(separator)
    : (number.match(/.{4}/g) ?? []).join(separator);

const iban = (random: Random): string =>
  random.pick([
    () => ibanOf("DE", random.digits(18)),
    () =>
      ibanOf(
        "FR",
        random.digits(10) + random.signs(11, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") + random.digits(2),
      ),
    () => ibanOf("GB", random.signs(4, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") + random.digits(14)),
    () => ibanOf("NO", random.digits(11)),
    () => ibanOf("ES", random.digits(20)),
  ])();

/** Area codes that are given out. */
const areas = [
  "202",
  "212",
  "215",
  "303",
  "312",
  "404",
  "415",
  "503",
  "512",
  "602",
  "617",
  "702",
  "713",
  "801",
  "916",
  "919",
];
function phone(random: Random): [string, string, string] {
  return [
    random.pick(areas),
    random.pick(["226", "341", "468", "573", "692", "724", "836", "947"]),
    pad(random.int(200, 9999), 4),
  ];
}

const firstNames =
  "Maria James Linda Robert Patricia Michael Barbara William Elizabeth David Jennifer Carlos Priya Wei Fatima Kevin Brian Ana Luis Sofia Hannah Omar Nancy Gary Denise Rosa Marcus Ellen Victor Grace".split(
    " ",
  );
const lastNames =
  "Alvarez Whitaker Okafor Nguyen Petersen Ramirez Kowalski Hughes Patel Lindqvist Castillo Bennett Ferraro O'Connor Yamamoto Sanders Delgado Fitzgerald Haddad Morrison Vasquez Thornton Bauer Chowdhury Espinoza".split(
    " ",
  );
const full = (random: Random): string => `${random.pick(firstNames)} ${random.pick(lastNames)}`;

const local = (random: Random): string => {
  const [first, last] = full(random).toLowerCase().replace("'", "").split(" ");
  return random.pick([
    `${first}.${last}`,
    `${first}_${last}${random.int(1, 99)}`,
    `${first?.[0]}${last}`,
    `${first}.${last}+bills`,
  ]);
};
const domains = [
  "gmail.com",
  "outlook.com",
  "yahoo.co.uk",
  "proton.me",
  "cityofelmwood.us",
  "ci.springdale.or.us",
  "comcast.net",
  "web.de",
];

const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const day = (random: Random): [number, number, number] => [
  random.int(1931, 2012),
  random.int(1, 12),
  random.int(1, 28),
];

const streets =
  "Cedar Juniper Lakeview Hawthorne Magnolia Birchwood Sycamore Prospect Jefferson Wilson Chestnut Ridgeway".split(
    " ",
  );
const cities = [
  ["Springfield", "IL", "627"],
  ["Boise", "ID", "837"],
  ["Dayton", "OH", "454"],
  ["Salem", "OR", "973"],
  ["Tulsa", "OK", "741"],
] as const;
const street = (random: Random, suffixes: readonly string[]): string =>
  `${random.int(102, 9899)} ${random.pick(["", "", "N ", "SW "])}${random.pick(streets)} ${random.pick(suffixes)}`;

/** An address that no registry keeps for special use. */
const ip = (random: Random): string =>
  `${random.pick([23, 52, 67, 73, 81, 98, 108, 174])}.${random.int(40, 250)}.${random.int(1, 250)}.${random.int(1, 250)}`;

const coordinate = (random: Random, from: number, to: number, decimals: number): string =>
  `${random.pick(["", "-"])}${random.int(from, to)}.${random.digits(decimals)}`;

/** By rule and format. */
export const values: Readonly<Record<string, Readonly<Record<string, Maker>>>> = {
  "us-ssn": {
    "": (random) => ssn(random, "-"),
    plain: (random) => ssn(random, ""),
    spaces: (random) => ssn(random, " "),
  },
  "us-itin": { "": (random) => itin(random, "-"), plain: (random) => itin(random, "") },
  "us-mbi": {
    "": mbi,
    dashes: (random) => withDashes(mbi(random)),
    small: (random) => mbi(random).toLowerCase(),
  },
  "us-passport": {
    "": (random) => random.pick([random.digits(9), random.signs(1, "ACXZ") + random.digits(8)]),
  },
  "us-driving-licence": {
    "": (random) =>
      random.pick([
        random.signs(1, "ABDEFHNPSTY") + random.digits(7),
        random.digits(8),
        `${random.signs(1, "BDFHMRSW")}${random.digits(3)}-${random.digits(4)}-${random.digits(4)}`,
        random.signs(3, "ABCDEFGH") + random.digits(6),
        random.signs(1, "BDFHMRSW") + random.digits(12),
      ]),
  },
  "payment-card": {
    "": (random) => grouped(card(random), " "),
    plain: card,
    dashes: (random) => grouped(card(random), "-"),
  },
  iban: {
    "": iban,
    groups: (random) => (iban(random).match(/.{1,4}/g) ?? []).join(" "),
    small: (random) => iban(random).toLowerCase(),
  },
  phone: {
    "": (random) =>
      random.pick([
        ([a, b, c]: [string, string, string]) => `(${a}) ${b}-${c}`,
        ([a, b, c]: [string, string, string]) => `${a}-${b}-${c}`,
        ([a, b, c]: [string, string, string]) => `+1 ${a}-${b}-${c}`,
      ])(phone(random)),
    plain: (random) => phone(random).join(""),
    dots: (random) => phone(random).join("."),
    abroad: (random) =>
      random.pick([
        `+44 20 ${random.int(7000, 7899)} ${pad(random.int(1000, 9999), 4)}`,
        `+49 30 ${random.int(2000000, 8999999)}`,
        `+33 1 42 ${random.int(10, 99)} ${random.int(10, 99)} ${random.int(10, 99)}`,
      ]),
    e164: (random) => `+1${phone(random).join("")}`,
  },
  email: { "": (random) => `${local(random)}@${random.pick(domains)}` },
  "date-of-birth": {
    "": (random) => (([y, m, d]) => `${y}-${pad(m, 2)}-${pad(d, 2)}`)(day(random)),
    us: (random) => (([y, m, d]) => `${pad(m, 2)}/${pad(d, 2)}/${y}`)(day(random)),
    short: (random) => (([y, m, d]) => `${m}/${d}/${String(y).slice(2)}`)(day(random)),
    words: (random) => (([y, m, d]) => `${monthNames[m - 1] ?? ""} ${d}, ${y}`)(day(random)),
    european: (random) => (([y, m, d]) => `${d} ${monthNames[m - 1]?.slice(0, 3) ?? ""} ${y}`)(day(random)),
    plain: (random) => (([y, m, d]) => `${y}${pad(m, 2)}${pad(d, 2)}`)(day(random)),
  },
  "street-address": {
    "": (random) => street(random, ["Street", "Avenue", "Road", "Lane", "Blvd", "Ave"]),
    weak: (random) => street(random, ["Dr", "St", "Court", "Way", "Place", "Circle"]),
  },
  "person-name": {
    "": full,
    first: (random) => random.pick(firstNames),
    last: (random) => random.pick(lastNames),
    reversed: (random) => `${random.pick(lastNames)}, ${random.pick(firstNames)}`,
    middle: (random) =>
      `${random.pick(firstNames)} ${random.signs(1, "ABCDEFGHJKLMNPRST")}. ${random.pick(lastNames)}`,
  },
  "ip-address": {
    "": ip,
    six: (random) =>
      `2600:1700:${random.signs(4, "123456789abcdef")}:${random.signs(4, "123456789abcdef")}::${random.signs(3, "123456789abcdef")}`,
  },
  coordinates: {
    "": (random) => `${coordinate(random, 25, 48, 5)}, -${random.int(68, 122)}.${random.digits(6)}`,
  },
};

/** What is no finding, though it stands beside one: a city with its state and ZIP code. */
export const city = (random: Random): string => {
  const [name, state, zip] = random.pick(cities);
  return `${name}, ${state} ${zip}${pad(random.int(1, 99), 2)}`;
};
