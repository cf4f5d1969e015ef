import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readReference } from "../../probe/reference";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hms-reference-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  delete process.env["HMS_TEST_PASSWORD"];
});

test("a text is itself; a file is read without its line end, and no more than that; a variable is read", () => {
  const file = path.join(folder, "password");
  writeFileSync(file, " se cret \n");
  process.env["HMS_TEST_PASSWORD"] = "from env";
  expect(readReference("password", "plain")).toBe("plain");
  expect(readReference("password", { file })).toBe(" se cret ");
  expect(readReference("password", { env: "HMS_TEST_PASSWORD" })).toBe("from env");
});

test("what is missing is named with what it is for", () => {
  expect(() => readReference("usgs: password", { env: "HMS_TEST_PASSWORD" })).toThrow(
    "usgs: password: the environment variable HMS_TEST_PASSWORD is not set. Set it, or name a { file: PATH }.",
  );
  const file = path.join(folder, "nowhere");
  expect(() => readReference("usgs: password", { file })).toThrow(
    `usgs: password: the file ${file} is not there.`,
  );
  expect(() => readReference("usgs: password", { file: folder })).toThrow(
    `usgs: password: the file ${folder} can't be read (EISDIR).`,
  );
});
