/** The commands on a machine that lacks what they need beyond Node. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const root = path.join(__dirname, "..", "..");
let machine: string;
beforeEach(() => {
  machine = mkdtempSync(path.join(os.tmpdir(), "hms-machine-"));
  mkdirSync(path.join(machine, "bin"));
  for (const name of ["flock", "cat"])
    symlinkSync(path.join("/usr/bin", name), path.join(machine, "bin", name));
});
afterEach(() => {
  rmSync(machine, { recursive: true });
});

const command = (...args: string[]): { status: number | null; stderr: string } =>
  spawnSync(process.execPath, ["-r", "./register.js", "lab/toolchain/main.ts", ...args], {
    cwd: root,
    env: { PATH: path.join(machine, "bin"), HOME: machine },
    encoding: "utf8",
  });

test("without Go there is one line that says what to do", () => {
  const { status, stderr } = command("lab", "up");
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^\[\d\d:\d\d\] building the Pulumi engine [\d.]+ … \(about 3 minutes, once\)\nerror: Go is missing\. Install Go 1\.25 or newer and put it on PATH\.\n$/,
  );
});

test.each([
  [["demo", "--dwon"], "the demo takes only --kubernetes and --down"],
  [["lab", "up", "--kubernets"], '"up" takes only --kubernetes'],
])("%j is told before anything is brought", (args, sentence) => {
  const { status, stderr } = command(...args);
  expect([status, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^error: ${sentence}`))]);
});
