/** What looks like personal data and is none; `{{~uuid}}` in a document. */
import { withLuhnDigit } from "../numbers";
import type { Random } from "./random";
import { city } from "./values";

const hex = "0123456789abcdef";
const pad = (number: number, length: number): string => String(number).padStart(length, "0");

/** One digit more than is right. */
const spoilt = (number: string): string => number.slice(0, -1) + String((Number(number.at(-1)) + 1) % 10);

export const lookalikes: Readonly<Record<string, (random: Random) => string>> = {
  city,
  uuid: (random) => [8, 4, 4, 4, 12].map((length) => random.signs(length, hex)).join("-"),
  sha1: (random) => random.signs(40, hex),
  sha256: (random) => random.signs(64, hex),
  short: (random) => random.signs(7, hex),
  timestamp: (random) =>
    `2026-${pad(random.int(1, 12), 2)}-${pad(random.int(1, 28), 2)}T${pad(random.int(0, 23), 2)}:${pad(random.int(0, 59), 2)}:${pad(random.int(0, 59), 2)}.${random.digits(3)}Z`,
  epoch: (random) => `17${random.digits(8)}`,
  millis: (random) => `17${random.digits(11)}`,
  nanos: (random) => `17${random.digits(17)}`,
  date: (random) => `2025-${pad(random.int(1, 12), 2)}-${pad(random.int(1, 28), 2)}`,
  version: (random) => `${random.int(1, 20)}.${random.int(0, 30)}.${random.int(0, 99)}`,
  version4: (random) =>
    `${random.int(1, 20)}.${random.int(0, 30)}.${random.int(0, 99)}.${random.int(0, 255)}`,
  order: (random) => `ORD-${random.digits(4)}-${random.digits(6)}`,
  nine: (random) => random.digits(9),
  ten: (random) => `${random.int(2, 9)}${random.digits(9)}`,
  sixteen: (random) => spoilt(withLuhnDigit(`4${random.digits(14)}`)),
  tracking: (random) => `1Z${random.signs(16, "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ")}`,
  part: (random) => `${random.digits(3)}-${random.digits(2)}-${random.digits(4)}`,
  phonelike: (random) =>
    `${random.int(2, 9)}${random.digits(2)}-${random.int(2, 9)}${random.digits(2)}-${random.digits(4)}`,
  badssn: (random) =>
    random.pick([
      "000-00-0000",
      `666-${random.digits(2)}-${random.digits(4)}`,
      `000-${random.digits(2)}-${random.digits(4)}`,
      `${random.digits(3)}-00-${random.digits(4)}`,
    ]),
  card: (random) =>
    random.pick(["4111 1111 1111 1111", "4242424242424242", "5555-5555-5555-4444", "378282246310005"]),
  phone: (random) => `(${random.pick(["202", "415", "617"])}) 555-01${pad(random.int(0, 99), 2)}`,
  email: (random) =>
    random.pick([
      "jane.doe@example.com",
      "user1@example.org",
      "pat@agency.example",
      "noreply@cityofelmwood.us",
      "qa@mail.test",
      "support@ci.springdale.or.us",
    ]),
  ip: (random) =>
    random.pick([
      "127.0.0.1",
      `10.${random.int(0, 255)}.${random.int(0, 255)}.7`,
      `192.168.1.${random.int(1, 254)}`,
      `192.0.2.${random.int(1, 254)}`,
      `198.51.100.${random.int(1, 254)}`,
      `203.0.113.${random.int(1, 254)}`,
      "2001:db8::1",
    ]),
  iban: (random) => `DE00${random.digits(18)}`,
  decimal: (random) => `${random.int(0, 99)}.${random.digits(6)}`,
  river: (random) => `${random.int(30, 48)}.${random.digits(5)}, -${random.int(70, 120)}.${random.digits(5)}`,
  isbn: (random) => `978-${random.int(0, 9)}-${random.digits(3)}-${random.digits(5)}-${random.int(0, 9)}`,
  number: (random) => String(random.int(1, 999)),
  zip9: (random) => `${random.digits(5)}-${random.digits(4)}`,
  mac: (random) => Array.from({ length: 6 }, () => random.signs(2, hex)).join(":"),
  base64: (random) => random.signs(44, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
};
