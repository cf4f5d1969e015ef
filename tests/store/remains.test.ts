import { spawn } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import { expect, test } from "@jest/globals";
import { endRemains, enterLease, isOver } from "../../store/remains";

const program = (lease: string) =>
  spawn("sh", ["-c", "sleep 60 & wait"], { env: { ...process.env, HMS_LEASE: lease }, stdio: "ignore" });

test("what a killed run has left at work is ended, with what that has begun; others go on", async () => {
  const [dead, other] = [program("dead"), program("alive")];
  await Promise.all([once(dead, "spawn"), once(other, "spawn")]);
  const end = once(dead, "exit");
  // The program may not have begun its own yet.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await endRemains(["dead"])).toBe(2);
  expect(await end).toEqual([null, "SIGKILL"]);
  expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  expect(await endRemains(["dead"])).toBe(0);
  expect(await endRemains(["alive"])).toBe(2);
});

test("what this process starts is known by its lease", async () => {
  enterLease("own");
  // Jest gives tests an environment of their own, which nothing inherits by itself.
  const child = spawn("sleep", ["60"], { env: { ...process.env }, stdio: "ignore" });
  await once(child, "spawn");
  try {
    expect(await endRemains([])).toBe(0);
    expect(await endRemains(["own"])).toBe(1);
  } finally {
    delete process.env["HMS_LEASE"];
    child.kill("SIGKILL");
  }
});

test("a process is over once it has ended; one of another machine may be at work", async () => {
  const child = spawn("true");
  await once(child, "exit");
  const pid = child.pid ?? 0;
  expect(isOver({ host: os.hostname(), pid })).toBe(true);
  expect(isOver({ host: "elsewhere", pid })).toBe(false);
  expect(isOver({ host: os.hostname(), pid: process.pid })).toBe(false);
});
