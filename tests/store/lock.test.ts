import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { projectFolder } from "../../store/project";
import { takeLock } from "../../store/lock";

let file: string;
beforeEach(() => {
  file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-lock-")), ".lock");
});
const soon = (): number => Date.now() + 10_000;

test("one holds it, and who waits gets it when it is let go", async () => {
  const first = await takeLock(file, soon());
  expect(first).toBeDefined();
  expect(await takeLock(file, 0)).toBeUndefined();
  const second = takeLock(file, soon());
  first?.release();
  (await second)?.release();
});

test("of many that want it at once, one has it at a time", async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      const lock = await takeLock(file, soon());
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
      lock?.release();
    }),
  );
  expect(most).toBe(1);
});

test("ends with its holder, also when that is killed", async () => {
  const holder = execa(
    "node",
    [
      "-e",
      `require("./register"); require("./store/lock").takeLock(process.argv[1], 0).then(() => { console.log("held"); setInterval(() => {}, 1000); });`,
      file,
    ],
    { cwd: projectFolder, reject: false },
  );
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  expect(await takeLock(file, 0)).toBeUndefined();
  holder.kill("SIGKILL");
  const lock = await takeLock(file, soon());
  expect(lock).toBeDefined();
  lock?.release();
  await holder;
});

test("is a lease where there is no flock", async () => {
  const before = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  try {
    const first = await takeLock(file, 0);
    expect(first).toBeDefined();
    expect(fs.existsSync(path.join(path.dirname(file), "lease"))).toBe(true);
    expect(await takeLock(file, 0)).toBeUndefined();
    first?.release();
    (await takeLock(file, 0))?.release();
  } finally {
    process.env["PATH"] = before;
  }
});
