import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { projectFolder } from "../store/project";

const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-register-")), "a.ts");

/** What a TypeScript file prints, and how many processes have transpiled it since the first call. */
function run(text: string): string {
  fs.writeFileSync(file, text);
  const argv = [
    "-r",
    path.join(projectFolder, "register.js"),
    "-e",
    `require(${JSON.stringify(file)});
    const loaded = Object.keys(require.cache).some((name) => name.includes("@swc/core/index"));
    console.log(loaded ? "transpiled" : "kept");`,
  ];
  return execFileSync(process.execPath, argv, { encoding: "utf8" }).trim().replace("\n", " ");
}

test("what was transpiled is kept, and is never stale", () => {
  expect(run("console.log(1 as number);")).toBe("1 transpiled");
  expect(run("console.log(1 as number);")).toBe("1 kept");
  expect(run("console.log(2 as number);")).toBe("2 transpiled");
  expect(run("console.log(1 as number);")).toBe("1 kept");
});
