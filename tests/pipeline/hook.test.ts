import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { UserError } from "../../core/errors";
import { hookText, removeHook, writeHook } from "../../pipeline/hook";

const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "hms-hook-"));

test("a push to the branch is taken in with its newest commit; other branches and deletions are not", async () => {
  const folder = newFolder();
  const project = path.join(folder, "a project");
  fs.mkdirSync(path.join(project, "cli"), { recursive: true });
  fs.writeFileSync(
    path.join(project, "cli/hms.js"),
    "console.log(process.argv.slice(2).join(' '), process.env.LAB, process.env.GIT_DIR, process.env.GIT_PUSH_OPTION_0)",
  );
  const environment = path.join(folder, "it's env");
  fs.writeFileSync(environment, "export LAB=here\n");
  const hook = path.join(folder, "hook");
  fs.writeFileSync(hook, hookText({ project, branch: "main", environment }), { mode: 0o755 });
  const zero = "0".repeat(40);
  const input = [
    `${zero} ${"a".repeat(40)} refs/heads/other`,
    `x ${"b".repeat(40)} refs/heads/main`,
    `x ${zero} refs/heads/main`,
  ];
  const env = { GIT_DIR: ".", GIT_PUSH_OPTION_0: "urgent" };
  const { stdout } = await execa("sh", [hook], { input: `${input.join("\n")}\n`, cwd: folder, env });
  const commit = "b".repeat(40);
  expect(stdout).toBe(`hook receive --repository ${folder} --commit ${commit} here undefined urgent`);
  expect(hookText({ project, branch: "main", wait: true })).toContain(" hook receive --wait --repository ");
});

const allows = async (folder: string): Promise<string> =>
  (await execa("git", ["-C", folder, "config", "receive.advertisePushOptions"], { reject: false })).stdout;

test("it is written into a bare repository, again too, and taken away as if it had never been there", async () => {
  const folder = newFolder();
  await execa("git", ["init", "--quiet", "--bare", folder]);
  const file = path.join(folder, "hooks", "post-receive");
  expect(writeHook(folder, { branch: "main" })).toBe(`Every push to main of ${folder} starts a run now.`);
  const text = fs.readFileSync(file, "utf8");
  writeHook(folder, { branch: "main" });
  expect(fs.readFileSync(file, "utf8")).toBe(text);
  expect(fs.statSync(file).mode & 0o111).toBe(0o111);
  expect(await allows(folder)).toBe("true");
  expect(removeHook(folder)).toBe(`A push to ${folder} starts no run any more.`);
  expect([fs.existsSync(file), await allows(folder)]).toEqual([false, ""]);
  expect(removeHook(folder)).toBe(`${folder} has no hook of ours.`);
});

test("push options that the repository let through before stay", async () => {
  const folder = newFolder();
  await execa("git", ["init", "--quiet", "--bare", folder]);
  await execa("git", ["-C", folder, "config", "receive.advertisePushOptions", "true"]);
  writeHook(folder, { branch: "main" });
  removeHook(folder);
  expect(await allows(folder)).toBe("true");
});

test("another's hook is neither written over nor taken away", async () => {
  const folder = newFolder();
  await execa("git", ["init", "--quiet", "--bare", folder]);
  const file = path.join(folder, "hooks", "post-receive");
  fs.writeFileSync(file, "#!/bin/sh\n");
  const refusal = new UserError(
    `${file} is a hook of another's making. Call "npx hms hook receive" from it instead, or move it away.`,
  );
  expect(() => writeHook(folder, { branch: "main" })).toThrow(refusal);
  expect(() => removeHook(folder)).toThrow(refusal);
  expect(fs.readFileSync(file, "utf8")).toBe("#!/bin/sh\n");
});

test("what is no bare repository gets none", () => {
  const folder = newFolder();
  expect(() => writeHook(folder, { branch: "main" })).toThrow(
    new UserError(`${folder} is not a bare Git repository. Make one: git init --bare ${folder}`),
  );
});
