import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { UserError } from "../../core/errors";
import { hookText, writeHook } from "../../pipeline/hook";

const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "hms-hook-"));

test("a push to the branch starts a run of its newest commit; other branches and deletions start none", async () => {
  const folder = newFolder();
  const project = path.join(folder, "a project");
  fs.mkdirSync(path.join(project, "cli"), { recursive: true });
  fs.writeFileSync(
    path.join(project, "cli/hms.js"),
    "console.log(process.argv.slice(2).join(' '), process.env.LAB)",
  );
  const environment = path.join(folder, "it's env");
  fs.writeFileSync(environment, "export LAB=here\n");
  const hook = path.join(folder, "hook");
  fs.writeFileSync(hook, hookText(project, "main", environment), { mode: 0o755 });
  const zero = "0".repeat(40);
  const input = [
    `${zero} ${"a".repeat(40)} refs/heads/other`,
    `x ${"b".repeat(40)} refs/heads/main`,
    `x ${zero} refs/heads/main`,
  ];
  const { stdout } = await execa("sh", [hook], { input: `${input.join("\n")}\n` });
  expect(stdout).toBe(`pipeline run --trigger push --commit ${"b".repeat(40)} here`);
});

test("it is written into a bare repository, again too, and never over another's hook", async () => {
  const folder = newFolder();
  await execa("git", ["init", "--quiet", "--bare", folder]);
  expect(writeHook(folder, "main")).toBe(`Every push to main of ${folder} starts a run now.`);
  writeHook(folder, "main");
  const file = path.join(folder, "hooks", "post-receive");
  expect(fs.statSync(file).mode & 0o111).toBe(0o111);
  fs.writeFileSync(file, "#!/bin/sh\n");
  expect(() => writeHook(folder, "main")).toThrow(
    new UserError(`${file} is a hook of another's making. Call "npx hms pipeline run" from it instead.`),
  );
});

test("what is no bare repository gets none", () => {
  const folder = newFolder();
  expect(() => writeHook(folder, "main")).toThrow(
    new UserError(`${folder} is not a bare Git repository. Make one: git init --bare ${folder}`),
  );
});
