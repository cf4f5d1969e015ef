import fs from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { scanFolder } from "../../compliance/scan";
import { folderWith, remove } from "./folder";
import { iban, ssn } from "./numbers";

let folder = "";
afterEach(() => {
  remove(folder);
});

test("all files are read, in the same order everywhere", async () => {
  folder = folderWith({
    "b.txt": ssn(),
    "a/z.json": `{"x":"${iban()}"}`,
    "a/.hidden": ssn(),
    "c.md": "nothing",
  });
  const { findings, skipped, files } = await scanFolder(folder);
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
  const { findings, skipped, files } = await scanFolder(folder);
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

test("text of any encoding is read", async () => {
  const utf16 = Buffer.from(`\uFEFFname;${ssn()}\n`, "utf16le");
  folder = folderWith({
    "utf-16le.csv": utf16,
    "utf-16be.csv": Buffer.from(utf16).swap16(),
    "utf-8-mark.csv": `\uFEFF${ssn()}`,
    "latin-1.csv": Buffer.from(`M\u00fcller ${ssn()}`, "latin1"),
  });
  const { findings, skipped } = await scanFolder(folder);
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
  expect((await scanFolder(folder)).findings).toHaveLength(1);
});

test("a folder that is not there is an error, not a clean bill", async () => {
  await expect(scanFolder("/nonexistent/folder")).rejects.toThrow("ENOENT");
});
