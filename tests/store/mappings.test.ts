import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { zip } from "../../components/bundle/zip";
import { partnerSettings } from "../../core/config/partners";
import { UserError } from "../../core/errors";
import { directoryBlobs } from "../../store/blobs";
import { bundleMembers, keepMapped, readMappings } from "../../store/mappings";
import { projectFolder } from "../../store/project";
import { aRelease } from "../fixtures";
import { freshTrail } from "../signed-trail";

const usgs = partnerSettings.parse({
  name: "usgs",
  url: "ftp://hms@10.77.11.2/inbox",
  password: { env: "NOBODY_SETS_THIS" },
});

let folder: string;
beforeEach(() => {
  fs.mkdirSync(path.join(projectFolder, ".hms"), { recursive: true });
  folder = fs.mkdtempSync(path.join(projectFolder, ".hms", "mappings-test-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const pattern = (): string => path.join(path.relative(projectFolder, folder), "*.yml");
const named = (name: string): string => path.join(path.relative(projectFolder, folder), name);
const write = (name: string, text: string): void => {
  fs.writeFileSync(path.join(folder, name), text);
};
const told = (): string => {
  try {
    readMappings(pattern(), [usgs], "Pulumi.partners.yaml");
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "nothing";
};

test("reads all files that the pattern names, with their templates", () => {
  write("b.yml", "connector: ftp://usgs/rules\nfiles: [{ from: a.js, to: b.js }]\n");
  write(
    "a.yml",
    "connector: usgs\nfiles: [{ from: a.json, to: a.txt, format: text, template: a.mustache }]\n",
  );
  write("a.mustache", "{{file}}");
  const found = readMappings(pattern(), [usgs], "Pulumi.partners.yaml");
  expect(found).toMatchObject([
    { file: named("a.yml"), partner: "usgs", templates: new Map([["a.mustache", "{{file}}"]]) },
    { file: named("b.yml"), partner: "usgs", folder: "/rules" },
  ]);
  expect(readMappings(undefined, [usgs], "Pulumi.partners.yaml")).toEqual([]);
});

describe("what is wrong is told", () => {
  test("of every file at once", () => {
    write("a.yml", "connector: fema\nfiles: [{ from: a.js, to: b.js }]\n");
    write("b.yml", "connector: [\n");
    write(
      "c.yml",
      "connector: usgs\nfiles: [{ from: a.json, to: a, format: text, template: no.mustache }]\n",
    );
    write(
      "d.yml",
      "connector: usgs\nfiles: [{ from: a.json, to: a, format: text, template: ../../secret }]\n",
    );
    expect(told().split("\n")).toEqual([
      `${named("a.yml")}: connector: found "fema"; allowed: usgs or ftp://usgs/FOLDER`,
      expect.stringMatching(/b\.yml: it can't be read as YAML \(.*\)\.$/),
      `${named("c.yml")}: files[0].template: found "no.mustache", which can't be read (ENOENT); allowed: a file in ${path.relative(projectFolder, folder)}`,
      `${named("d.yml")}: files[0].template: found "../../secret"; allowed: the path of a Mustache template from the mapping's folder; no .. in it, and no / before it`,
    ]);
  });
  test("of a pattern that no file fits", () => {
    expect(told()).toBe(
      `Pulumi.partners.yaml: hms:mappings: found ${JSON.stringify(pattern())}; allowed: a pattern that some file in ${projectFolder} fits`,
    );
  });
});

describe("the bundle of a release", () => {
  const blobs = () => directoryBlobs(freshTrail());
  test("is read from the blobs", () => {
    const bytes = zip([{ name: "rules/a.json", bytes: Buffer.from("[]") }], 0);
    const bundle = { sha256: blobs().put(bytes), size: bytes.length, signature: "" };
    const members = bundleMembers(aRelease({ bundle }));
    expect([...members].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual([
      ["rules/a.json", "[]"],
    ]);
  });
  test("that was changed, or is not there, is not read", () => {
    const store = blobs();
    const sha256 = store.put(Buffer.from("zip"));
    fs.appendFileSync(store.pathOf(sha256), "!");
    for (const hex of [sha256, "00".repeat(32)]) {
      expect(() => bundleMembers(aRelease({ bundle: { sha256: hex, size: 3, signature: "" } }))).toThrow(
        "The bundle of 8e9a12c is missing, or was changed after it was signed. Put it back from a copy of the trail, or build it again.",
      );
    }
  });
});

test("a mapped file lies where an update finds it, and old ones go", () => {
  const old = keepMapped(Buffer.from("old"), "0".repeat(64));
  const longAgo = new Date(Date.now() - 8 * 86_400_000);
  fs.utimesSync(old, longAgo, longAgo);
  const file = keepMapped(Buffer.from("new"), "1".repeat(64));
  expect([fs.existsSync(old), fs.readFileSync(file, "utf8")]).toEqual([false, "new"]);
  fs.rmSync(file);
});
