import { describe, expect, test } from "@jest/globals";
import { parseStack } from "../../core/config";
import type { Body, Entry } from "../../core/entry";
import { UserError } from "../../core/errors";
import {
  listOf,
  type MediumFacts,
  readmeOf,
  releaseThere,
  waitsForMedium,
  whyNotWanted,
} from "../../core/medium";
import { aRelease } from "../fixtures";

const target = "onprem/anchorage";
const release = aRelease();
const older = aRelease({ tag: "1111111" });

function settings(parts: Record<string, unknown> = {}) {
  const site = {
    name: "anchorage",
    line: "none",
    proxyImage: `registry.example.gov/caddy@sha256:${"ca".repeat(32)}`,
    ...parts,
  };
  const stack = parseStack({ role: "onprem", service: "flood-formula", sites: [site] }, "Pulumi.onprem.yaml");
  const [first] = stack.role === "onprem" ? stack.sites : [];
  if (first === undefined) throw new Error("no site");
  return first;
}

const facts = (parts: Partial<MediumFacts> = {}): MediumFacts => ({
  target,
  settings: settings(),
  release,
  proxyImage: `registry.example.gov/caddy@sha256:${"ca".repeat(32)}`,
  madeAt: "2026-11-26T10:00:00.000Z",
  ...parts,
});

function entriesOf(...bodies: Body[]): Entry[] {
  return bodies.map((body, index) => ({
    number: index + 1,
    previous: "0".repeat(64),
    time: `2026-11-26T10:00:0${String(index)}.000Z`,
    by: "test@here",
    body,
  }));
}
const receipt = (tag: string, of = target as `${string}/${string}`): Body => ({
  type: "receipt",
  target: of,
  tag,
  receipt: { kind: "runs", image: release.imageId, health: "healthy", since: "", units: [] },
});
const made = (of: typeof release): Body => ({ type: "release", release: of });

describe("a site without a line", () => {
  test("needs no host, and what a line needs may stay", () => {
    expect(settings()).toMatchObject({ line: "none", folder: "/srv/hms", keep: 3 });
    expect(settings({ host: "10.0.0.2", user: "deploy", sshPort: 22 })).toMatchObject({ line: "none" });
  });
  test.each([
    [{ line: "maybe" }, 'hms:sites[0].line: found "maybe"; allowed: ssh or none'],
    [{ line: undefined }, "hms:sites[0].host: missing; allowed: a host name or an address"],
    [{ host: 7 }, "hms:sites[0].host: found 7; allowed: a host name or an address"],
    [{ hots: "x" }, "hms:sites[0].hots: unknown key; allowed: name, host, "],
  ])("is checked as any other: %j", (parts, sentence) => {
    expect(() => settings(parts)).toThrow(UserError);
    expect(() => settings(parts)).toThrow(sentence);
  });
  test("two of one name are refused", () => {
    const sites = [settings(), settings()];
    expect(() => parseStack({ role: "onprem", service: "flood-formula", sites }, "P.yaml")).toThrow(
      "allowed: sites with different names",
    );
  });
});

describe("what a medium leaves out", () => {
  const entries = entriesOf(
    made(older),
    receipt("1111111"),
    made(release),
    receipt(release.tag, "onprem/other"),
  );
  test("is what the site's last receipt is of", () => {
    expect(releaseThere(entries, target)?.tag).toBe("1111111");
    expect(releaseThere(entries, target, "1111111")?.tag).toBe("1111111");
  });
  test("is nothing where nothing is known, or wanted", () => {
    expect(releaseThere(entriesOf(made(release)), target)).toBeUndefined();
    expect(releaseThere(entries, target, "none")).toBeUndefined();
  });
  test("is never what the site has not said that it has", () => {
    expect(() => releaseThere(entries, target, release.tag)).toThrow(
      new UserError(
        "onprem/anchorage has never said that it runs 8e9a12c. Allowed with --since: 1111111, or none for a medium that holds all.",
      ),
    );
    expect(() => releaseThere(entriesOf(made(release)), target, "8e9a12c")).toThrow(
      "onprem/anchorage has given no receipt yet",
    );
  });
});

test("what a site should not have does not go on a medium", () => {
  const wanted = entriesOf({ type: "desired", target, tag: "2222222", cause: "run" });
  expect(whyNotWanted(wanted, target, { tag: "2222222" })).toBeUndefined();
  expect(whyNotWanted(wanted, target, release)).toBe(
    'onprem/anchorage is to have 2222222, and not 8e9a12c. Export that one, or run "npx hms pipeline rollback --to 8e9a12c --target onprem/anchorage --reason TEXT" first.',
  );
  expect(whyNotWanted([], target, release)).toContain("No run has shipped to onprem/anchorage yet.");
});

test("the list of a medium is what its site checks, whatever the order of its files", () => {
  const files = [
    { path: "install.sh", sha256: "aa".repeat(32), size: 10 },
    { path: "bin/activate.sh", sha256: "bb".repeat(32), size: 5 },
  ];
  const list = listOf(facts({ since: "1111111" }), files);
  expect(list).toBe(listOf(facts({ since: "1111111" }), [...files].reverse()));
  expect(list.split("\n")).toEqual([
    "hms-medium 1",
    "target onprem/anchorage",
    "site anchorage",
    "service flood-formula",
    "folder /srv/hms",
    "tag 8e9a12c",
    `manifest ${"3a".repeat(32)}`,
    "since 1111111",
    "made 2026-11-26T10:00:00.000Z",
    "bytes 15",
    `activate flood-formula 3a3a3a3a3a3a 414141414141 ${release.imageId} cacacacacaca 0.0.0.0:8080 8080 60 3 30`,
    `${"bb".repeat(32)}  bin/activate.sh`,
    `${"aa".repeat(32)}  install.sh`,
    "",
  ]);
});

test("the README says one command for the site, and one for the way back", () => {
  const text = readmeOf(facts(), ["ab".repeat(32)]);
  expect(text).toContain("\n    sh install.sh\n");
  expect(text).toContain("\n    npx hms receipt import receipt-anchorage-8e9a12c.txt --site anchorage\n");
  expect(readmeOf(facts({ target: "offices/anchorage" }), [""])).toContain(
    "--site anchorage --stack offices\n",
  );
});

test("a site of another stack than onprem is named with it", () => {
  expect(waitsForMedium("offices/anchorage", "anchorage", "8e9a12c")).toBe(
    'waits for a medium: "npx hms release export 8e9a12c --site anchorage --to FOLDER --stack offices"',
  );
});
