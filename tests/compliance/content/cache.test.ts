import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { type Scan, scanPaths } from "../../../compliance/content";
import { folderWith, remove } from "../folder";
import { card, ssn } from "../numbers";
import { zipOf } from "./archives";

let folder = "";
let cacheFolder = "";

beforeEach(() => {
  folder = folderWith({
    "a.txt": `one\n${ssn()}`,
    "b/c.zip": zipOf({ [`${ssn()}.txt`]: card(), "d.bin": Buffer.alloc(9) }),
    "e.txt": "nothing",
    "f.png": Buffer.from("89504e470d0a1a0a00", "hex"),
  });
  cacheFolder = path.join(folderWith({}), "scan-cache");
  // The clock has gone on since the files were written: what is written in the same moment is not trusted.
  jest.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
});
afterEach(() => {
  jest.restoreAllMocks();
  remove(folder);
  remove(path.dirname(cacheFolder));
});

const scan = (): Promise<Scan> => scanPaths([folder], { cacheFolder, workers: 0 });
const cacheFile = (): string => path.join(cacheFolder, fs.readdirSync(cacheFolder)[0] ?? "");

test("a second scan says what the first one said, and so does one without the cache", async () => {
  const first = await scan();
  expect(first.findings).toHaveLength(3);
  expect(first.skipped).toHaveLength(2);
  expect(await scan()).toEqual(first);
  expect(await scanPaths([folder], { workers: 0 })).toEqual(first);
});

test("a file that changed is read, and one that did not is not", async () => {
  await scan();
  fs.writeFileSync(path.join(folder, "e.txt"), card());
  // What is known of the others is changed, to see that it is taken from there.
  const text = fs.readFileSync(cacheFile(), "utf8").slice(64).replaceAll('"us-ssn"', '"from-the-cache"');
  rewrite(text);
  const read = jest.spyOn(fs, "readFileSync");
  expect((await scan()).findings.map(({ file, rule }) => [file, rule])).toEqual([
    ["a.txt", "from-the-cache"],
    ["b/c.zip!***-**-****.txt", "from-the-cache"],
    ["b/c.zip!***-**-****.txt", "payment-card"],
    ["e.txt", "payment-card"],
  ]);
  const files = read.mock.calls.map(([file]) => String(file)).filter((file) => file.startsWith(folder));
  expect(files).toEqual([path.join(folder, "e.txt")]);
});

/** Writes the cache with a digest that is right. */
function rewrite(text: string): void {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the tests' own use
  const { createHash } = require("node:crypto") as typeof import("node:crypto");
  fs.writeFileSync(cacheFile(), createHash("sha256").update(text).digest("hex") + text);
}

test("a file of other bytes, but the same size and time, is read", async () => {
  const before = fs.statSync(path.join(folder, "e.txt"));
  await scan();
  fs.writeFileSync(path.join(folder, "e.txt"), ssn().slice(0, 7));
  fs.utimesSync(path.join(folder, "e.txt"), before.atime, before.mtime);
  fs.writeFileSync(path.join(folder, "a.txt"), `two\n${ssn().replace("8726", "8727")}`);
  const { findings } = await scan();
  expect(findings.map(({ file }) => file)).toContain("a.txt");
  expect(findings).toEqual((await scanPaths([folder], { workers: 0 })).findings);
});

test("the cache holds no value, no name, and is nobody else's to read", async () => {
  await scan();
  const text = fs.readFileSync(cacheFile(), "utf8");
  for (const value of [ssn(), card(), "a.txt", "e.txt"]) expect(text).not.toContain(value);
  expect(text).toContain("us-ssn");
  expect((fs.statSync(cacheFile()).mode & 0o777).toString(8)).toBe("600");
});

test.each([
  ["cut", (text: string) => text.slice(0, -20)],
  ["changed", (text: string) => text.replace("us-ssn", "xx-xxx")],
  ["empty", () => ""],
])("a cache that is %s counts for nothing", async (_, spoil) => {
  const first = await scan();
  fs.writeFileSync(cacheFile(), spoil(fs.readFileSync(cacheFile(), "utf8")));
  expect(await scan()).toEqual(first);
});

test("a cache that can't be written is no error", async () => {
  fs.writeFileSync(cacheFolder, "a file stands in its place");
  expect((await scan()).findings).toHaveLength(3);
});
