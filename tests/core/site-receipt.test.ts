import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { keyIdOf } from "../../core/dsse";
import type { Body, Entry } from "../../core/entry";
import { UserError } from "../../core/errors";
import {
  parseFingerprint,
  parseSiteReceipt,
  readable,
  siteKeyOf,
  whyNotOurs,
  whyOutdated,
} from "../../core/site-receipt";
import { aRelease } from "../fixtures";

const target = "onprem/anchorage";
const release = aRelease();
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const medium = "ed".repeat(32);

/** A file as receipt.sh writes it. */
function fileOf(parts: Record<string, string> = {}, by: KeyObject = privateKey): string {
  const lines = {
    target,
    service: release.service,
    tag: release.tag,
    manifest: release.manifest.sha256,
    medium,
    count: "3",
    said: "2026-11-26T10:00:00Z",
    container: "flood-formula-414141414141",
    image: release.imageId,
    health: "healthy",
    since: "2026-11-26T09:59:58.123456789Z",
    key: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    ...parts,
  };
  const text = `hms-receipt 1\n${Object.entries(lines)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("")}`;
  return `${text}signature ${sign(null, Buffer.from(text), by).toString("base64")}\n`;
}
const read = (parts?: Record<string, string>) => parseSiteReceipt(fileOf(parts), "receipt.txt");

function entriesOf(...bodies: Body[]): Entry[] {
  return bodies.map((body, index) => ({
    number: index + 1,
    previous: "0".repeat(64),
    time: `2026-11-26T10:0${String(index)}:00.000Z`,
    by: "test@here",
    body,
  }));
}
const exported = (parts: object = {}): Body => ({
  type: "release-exported",
  target,
  tag: release.tag,
  medium: `sha256:${medium}`,
  signature: "",
  proxyImage: "",
  files: 1,
  bytes: 1,
  ...parts,
});
const ours = entriesOf({ type: "release", release }, exported());

describe("a receipt's file", () => {
  test("says what runs, and whose key signed it", () => {
    expect(read()).toMatchObject({
      target,
      tag: release.tag,
      count: 3,
      saidAt: "2026-11-26T10:00:00.000Z",
      receipt: {
        kind: "runs",
        image: release.imageId,
        health: "healthy",
        since: "2026-11-26T09:59:58.123Z",
        units: ["flood-formula-414141414141"],
      },
      key: keyIdOf(publicKey),
    });
  });
  test.each([
    ["another health", (text: string) => text.replace("health healthy", "health unhealthy")],
    ["another count", (text: string) => text.replace("count 3", "count 4")],
    ["another site", (text: string) => text.replace("onprem/anchorage", "onprem/mississippi")],
    ["another signature", (text: string) => text.replace(/signature .*/, `signature ${"A".repeat(86)}==`)],
  ])("that was given %s is refused", (_, change) => {
    expect(() => parseSiteReceipt(change(fileOf()), "receipt.txt")).toThrow(
      new UserError(
        "receipt.txt was changed after the site signed it. Take the copy that the site keeps; nothing was written.",
      ),
    );
  });
  test.each([
    ["nothing", () => ""],
    ["half of it", () => fileOf().slice(0, 200)],
    ["one more line", () => `${fileOf()}more\n`],
    ["a line of Windows", () => fileOf().replace("\n", "\r\n")],
    ["another kind of key", () => fileOf({ key: rsa() }, privateKey)],
    ["a time that is none", () => fileOf({ said: "yesterday" })],
    ["a container of two words", () => fileOf({ container: "a b" })],
    ["a path for a target", () => fileOf({ target: "../x" })],
  ])("of %s is none", (_, make) => {
    expect(() => parseSiteReceipt(make(), "receipt.txt")).toThrow(
      /^receipt\.txt is no whole receipt of a site\./,
    );
  });
  const rsa = (): string =>
    generateKeyPairSync("rsa", { modulusLength: 2048 })
      .publicKey.export({ type: "spki", format: "der" })
      .toString("base64");
});

describe("a receipt is ours", () => {
  test("when it is of a medium that was made here for the site, and of its release", () => {
    expect(whyNotOurs(ours, target, read())).toBeUndefined();
  });
  test.each([
    [
      "another site's",
      { target: "onprem/mississippi" },
      "It is a receipt of onprem/mississippi, and not of onprem/anchorage.",
    ],
    ["of an unknown release", { tag: "0000000" }, "It is of release 0000000, which is not in the trail."],
    [
      "of another release of that tag",
      { manifest: "00".repeat(32) },
      "It is of another release 8e9a12c than the trail's.",
    ],
    [
      "of a medium of somebody else",
      { medium: "00".repeat(32) },
      "It is of a medium that was not made here for onprem/anchorage.",
    ],
    [
      "of another image",
      { image: `sha256:${"77".repeat(32)}` },
      "It says that onprem/anchorage runs sha256:777777777777, which is not the image of 8e9a12c.",
    ],
  ])("and not when it is %s", (_, parts, sentence) => {
    expect(whyNotOurs(ours, target, read(parts))).toContain(sentence);
  });
});

describe("a receipt is outdated", () => {
  const body = (parts: object): Body => ({
    type: "receipt",
    target,
    tag: release.tag,
    receipt: read().receipt,
    ...parts,
  });
  const imported = (count: number) =>
    body({ via: "medium", key: read().key, count, saidAt: "2026-11-26T09:00:00.000Z", file: "sha256:00" });
  test("when the trail has a later one of that key", () => {
    expect(whyOutdated(entriesOf(imported(2)), target, read())).toBeUndefined();
    expect(whyOutdated(entriesOf(imported(3)), target, read())).toContain(
      "It is receipt 3 of onprem/anchorage, and the trail has receipt 3 (entry 1).",
    );
    expect(whyOutdated(entriesOf(imported(4), imported(2)), target, read())).toContain("receipt 4 (entry 1)");
  });
  test("when the site has said something over a line since", () => {
    expect(whyOutdated(entriesOf(body({})), target, read())).toBeUndefined();
    expect(whyOutdated(entriesOf(body({}), body({})), target, read())).toBe(
      "It is of 2026-11-26T10:00:00.000Z, and the trail has what onprem/anchorage said at 2026-11-26T10:01:00.000Z over the line (entry 2). There is nothing to import.",
    );
  });
});

test("the newest key of a site is its key", () => {
  const key = (id: string, of = target as `${string}/${string}`): Body => ({
    type: "site-key",
    target: of,
    key: id,
    publicKey: "",
  });
  expect(siteKeyOf(entriesOf(key("a"), key("b"), key("c", "onprem/other")), target)?.body.key).toBe("b");
});

test("a fingerprint is read as it is printed, and in other forms", () => {
  const hex = "0123456789abcdef".repeat(4);
  expect(readable(hex)).toMatch(/^0123 4567 89ab cdef 0123/);
  for (const text of [hex, readable(hex), `sha256:${hex}`, hex.toUpperCase()]) {
    expect(parseFingerprint(text)).toBe(hex);
  }
  expect(() => parseFingerprint("SHA256:abc")).toThrow(
    '--fingerprint: found "SHA256:abc"; allowed: the 64 digits',
  );
});
