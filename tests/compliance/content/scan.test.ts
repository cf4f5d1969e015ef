import fs from "node:fs";
import path from "node:path";
import { afterEach, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { scan } from "../../../compliance/findings";
import { scanPaths } from "../../../compliance/content";
import { partsOf } from "../../../compliance/content/readers/text";
import { folderWith, remove } from "../folder";
import { card, iban, ssn } from "../numbers";

let folder = "";
afterEach(() => {
  jest.restoreAllMocks();
  remove(folder);
});

test("all files are read, in the same order everywhere", async () => {
  folder = folderWith({
    "b.txt": ssn(),
    "a/z.json": `{"x":"${iban()}"}`,
    "a/.hidden": ssn(),
    "c.md": "nothing",
  });
  const { findings, skipped, files } = await scanPaths([folder]);
  expect(findings.map(({ file, rule }) => [file, rule])).toEqual([
    ["a/.hidden", "us-ssn"],
    ["a/z.json", "iban"],
    ["b.txt", "us-ssn"],
  ]);
  expect({ skipped, files }).toEqual({ skipped: [], files: 4 });
});

test("what is not read is told, and why", async () => {
  folder = folderWith({
    "picture.png": Buffer.from(`\0${ssn()}`),
    [`${ssn()}.bin`]: Buffer.from([0]),
    "a.txt": ssn(),
  });
  fs.symlinkSync("/etc/hostname", path.join(folder, "link"));
  fs.symlinkSync("nowhere", path.join(folder, "broken"));
  await execa("mkfifo", [path.join(folder, "pipe")]);
  const { findings, skipped, files } = await scanPaths([folder]);
  expect(skipped).toEqual([
    { file: "***-**-****.bin", why: "binary" },
    { file: "broken", why: "symbolic link" },
    { file: "link", why: "symbolic link" },
    { file: "picture.png", why: "binary" },
    { file: "pipe", why: "no regular file" },
  ]);
  expect(findings.map(({ file }) => file)).toEqual(["***-**-****.bin", "a.txt"]);
  expect(files).toBe(1);
});

/** To root, every folder is open: the disk's answer is made here. */
function close(place: string): void {
  const denied = (path: unknown): Error =>
    Object.assign(new Error(`EACCES: permission denied, scandir '${String(path)}'`), { code: "EACCES" });
  const { readdirSync } = fs;
  const { readdir } = fs.promises;
  jest.spyOn(fs, "readdirSync").mockImplementation(((path: string, options: object) => {
    if (path === place) throw denied(path);
    return readdirSync(path, options as { withFileTypes: true });
  }) as typeof fs.readdirSync);
  jest
    .spyOn(fs.promises, "readdir")
    .mockImplementation(((path: string, options: object) =>
      path === place
        ? Promise.reject(denied(path))
        : readdir(path, options as { withFileTypes: true })) as unknown as typeof fs.promises.readdir);
}

test("a folder that can't be looked into is told, and the others are read", async () => {
  folder = folderWith({ "closed/a.txt": ssn(), "open/b.txt": ssn() });
  close(path.join(folder, "closed"));
  const { findings, skipped, files } = await scan([folder]);
  expect(findings.map(({ file }) => path.relative(folder, file))).toEqual(["open/b.txt"]);
  expect(skipped.map(({ file, why }) => [path.relative(folder, file), why])).toEqual([
    ["closed", "can't be looked into: EACCES: permission denied"],
    ["closed", "banned APIs: EACCES: permission denied"],
  ]);
  expect(files).toBe(1);
});

test("a folder that is named, and can't be looked into, is an error", async () => {
  folder = folderWith({ "a.txt": ssn() });
  close(folder);
  await expect(scanPaths([folder])).rejects.toThrow(
    `${folder} can't be read (EACCES: permission denied). Make it readable.`,
  );
});

test("what is named is asked for whether it can be read", async () => {
  folder = folderWith({ "a.txt": ssn() });
  const access = jest
    .spyOn(fs.promises, "access")
    .mockRejectedValue(new Error("EACCES: permission denied, access 'a'"));
  await expect(scan([folder])).rejects.toThrow(
    `${folder} can't be read (EACCES: permission denied). Name files or folders that are there.`,
  );
  expect(access).toHaveBeenCalledWith(folder, fs.constants.R_OK);
});

test("Git's own folder is told as one", async () => {
  folder = folderWith({
    "a.txt": ssn(),
    ".git/HEAD": "ref",
    ".git/objects/ab/cd": Buffer.from([0]),
    "sub/.git": ssn(),
  });
  const { findings, skipped } = await scanPaths([folder]);
  expect(skipped).toEqual([{ file: ".git", why: "Git's own folder: scan an export of the commit" }]);
  expect(findings.map(({ file }) => file)).toEqual(["a.txt", "sub/.git"]);
});

test("text of any encoding is read", async () => {
  const utf16 = Buffer.from(`\uFEFFname;${ssn()}\n`, "utf16le");
  folder = folderWith({
    "utf-16le.csv": utf16,
    "utf-16be.csv": Buffer.from(utf16).swap16(),
    "utf-8-mark.csv": `\uFEFF${ssn()}`,
    "latin-1.csv": Buffer.from(`M\u00fcller ${ssn()}`, "latin1"),
  });
  const { findings, skipped } = await scanPaths([folder]);
  expect(findings.map(({ file, line, column }) => [file, line, column])).toEqual([
    ["latin-1.csv", 1, 8],
    ["utf-16be.csv", 1, 6],
    ["utf-16le.csv", 1, 6],
    ["utf-8-mark.csv", 1, 1],
  ]);
  expect(skipped).toEqual([]);
});

test("a file that is all zeros behind its text is still text", async () => {
  folder = folderWith({
    "late.txt": Buffer.concat([Buffer.from(`${ssn()}${" ".repeat(8000)}`), Buffer.alloc(9)]),
  });
  expect((await scanPaths([folder])).findings).toHaveLength(1);
});

test("a folder that is not there is an error, not a clean bill", async () => {
  await expect(scanPaths(["/nonexistent/folder"])).rejects.toThrow(
    'There is no file or folder "/nonexistent/folder". Name one that is there.',
  );
});

test("a file can be named alone, beside folders, and what was read is counted", async () => {
  folder = folderWith({ "one/a.txt": ssn(), "b.txt": iban() });
  const told: unknown[] = [];
  const scan = await scanPaths([path.join(folder, "one"), path.join(folder, "b.txt")], {
    onProgress: (done) => told.push(done),
  });
  expect(scan.findings.map(({ file, rule }) => [file, rule])).toEqual([
    ["a.txt", "us-ssn"],
    ["b.txt", "iban"],
  ]);
  expect(scan).toMatchObject({ files: 2, bytes: 11 + iban().length });
  expect(told).toEqual([
    { files: 1, bytes: 11 },
    { files: 2, bytes: 11 + iban().length },
  ]);
});

test("threads find what one process finds, in the same order", async () => {
  folder = folderWith(
    Object.fromEntries(
      Array.from({ length: 40 }, (_, number) => [`${number}.csv`, `name,ssn\n${ssn()},${card()}\n`]),
    ),
  );
  const alone = await scanPaths([folder], { workers: 0 });
  expect(alone.findings).toHaveLength(80);
  expect(await scanPaths([folder], { workers: 2 })).toEqual(alone);
}, 20_000);

test("a comment in a file counts only where the platform says so", async () => {
  folder = folderWith({ "a.ts": `// secretlint-disable-next-line\nconst a = "${ssn()}";\n` });
  expect((await scanPaths([folder])).findings).toHaveLength(1);
  const asked: string[][] = [];
  const honourComments = (file: string, rule: string): boolean => asked.push([file, rule]) > 0;
  expect((await scanPaths([folder], { honourComments })).findings).toEqual([]);
  expect(asked).toEqual([["a.ts", "us-ssn"]]);
});

test.each(["", "id,ssn\n"])(
  "a line that is longer than a part is read in parts, too, after %j",
  async (header) => {
    const part = 4 * 1024 ** 2;
    const line = Buffer.alloc(3 * part, "x");
    // In the middle of a part, over the places where parts end, and a longer number there, which is none.
    const places = [100, part - 7, part + 900, 2 * part - 7, 2 * part + part / 2];
    for (const place of places) line.write(` ${ssn()} `, place);
    line.write(` 1-${ssn()}-55 `, 2 * part - 8192 - 4);
    folder = folderWith({ "long.json": Buffer.concat([Buffer.from(header), line]) });
    const { findings } = await scanPaths([folder], { workers: 0 });
    expect(findings.map(({ line: at, column, rule }) => [at, column, rule])).toEqual(
      places.map((place) => [header === "" ? 1 : 2, place + 2, "us-ssn"]),
    );
  },
);

test("a line that goes on and on is not held as a whole", async () => {
  const sizes: number[] = [];
  for await (const { text } of partsOf(pieces(40), "utf-8")) sizes.push(text.length);
  expect(Math.max(...sizes)).toBeLessThan(6 * 1024 ** 2);
  expect(sizes.length).toBeGreaterThan(8);
});

/** A header, and a line of so many MiB. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
async function* pieces(count: number): AsyncGenerator<Buffer> {
  yield Buffer.from("a,b\n");
  for (let at = 0; at < count; at += 1) yield Buffer.alloc(1024 ** 2, "x");
}

test("a long text is read in parts, and nothing is missed, told twice, or on a wrong line", async () => {
  const rows = Array.from({ length: 400_000 }, (_, row) =>
    row % 50_000 === 0 ? `row ${row},${ssn("")}` : `row ${row},nothing to see here`,
  );
  folder = folderWith({ "long.csv": `name,ssn\n${rows.join("\n")}\n` });
  const { findings } = await scanPaths([folder], { workers: 0 });
  expect(findings.map(({ line }) => line)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((part) => part * 50_000 + 2));
  expect(new Set(findings.map(({ rule }) => rule))).toEqual(new Set(["us-ssn"]));
}, 30_000);
