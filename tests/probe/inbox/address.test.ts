import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseAddress, placeOf } from "../../../probe/inbox/address";

describe("a URL becomes an address", () => {
  test.each([
    [
      "ftp://hms@10.0.0.1/inbox",
      { protocol: "ftp", user: "hms", host: "10.0.0.1", port: 21, folder: "/inbox" },
    ],
    [
      "ftps://hms@ftp.example.gov:990/in/box/",
      { protocol: "ftps", user: "hms", host: "ftp.example.gov", port: 990, folder: "/in/box" },
    ],
    [
      "sftp://hms@[2001:db8::1]/~/inbox",
      { protocol: "sftp", user: "hms", host: "2001:db8::1", port: 22, folder: "inbox" },
    ],
    ["sftp://a%40b@host:2222", { protocol: "sftp", user: "a@b", host: "host", port: 2222, folder: "/" }],
    ["sftp://hms@host/~/", { protocol: "sftp", user: "hms", host: "host", port: 22, folder: "." }],
    ["ftp://hms@host/~inbox", { protocol: "ftp", user: "hms", host: "host", port: 21, folder: "/~inbox" }],
  ])("%s", (url, address) => {
    expect(parseAddress(url)).toEqual(address);
  });

  test("of any folder and user, however encoded", () => {
    const word = fc.stringMatching(/^[^\p{C}/~][^\p{C}/]{0,20}$/u).filter((text) => !/^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(word, fc.array(word, { minLength: 1, maxLength: 4 }), (user, folders) => {
        const url = `ftp://${encodeURIComponent(user)}@host/${folders.map(encodeURIComponent).join("/")}`;
        expect(parseAddress(url)).toMatchObject({ user, folder: `/${folders.join("/")}` });
      }),
    );
  });
});

test.each([
  [
    "http://hms@host/inbox",
    `found "http://hms@host/inbox"; allowed: ftp://USER@HOST[:PORT]/FOLDER, or the same with ftps:// or sftp://`,
  ],
  ["inbox", `found "inbox"; allowed: ftp://USER@HOST[:PORT]/FOLDER, or the same with ftps:// or sftp://`],
  [
    "ftp://host/inbox",
    `found "ftp://host/inbox"; allowed: ftp://USER@HOST[:PORT]/FOLDER, or the same with ftps:// or sftp://`,
  ],
  [
    "ftp://hms:pass@host/inbox",
    `must not hold a password; put it into "password" as { file: PATH } or { env: NAME }`,
  ],
  ["ftp://hms@host/a%0d%0aDELE%20b", "found control characters"],
])("%s is refused", (url, sentence) => {
  expect(() => parseAddress(url)).toThrow(sentence);
});

test("a password in a URL that is wrong in other ways, too, is not repeated", () => {
  expect(() => parseAddress("http://hms:hunter2@host/")).toThrow(/^((?!hunter2).)*$/);
});

test("a place is the same for whoever logs in by whichever protocol", () => {
  const place = (url: string): string => placeOf(parseAddress(url));
  expect(place("ftps://a@Host/inbox")).toBe(place("sftp://b@host:2222/inbox/"));
  expect(place("ftp://a@host/inbox")).not.toBe(place("ftp://a@host/outbox"));
  expect(place("ftp://a@host/inbox")).not.toBe(place("ftp://a@other/inbox"));
});
