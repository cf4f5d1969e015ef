import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Daemon, isAlive, pidFile, start, stop } from "../../lab/daemon";
import { processes, processesOf } from "../../lab/processes";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hms-daemon-"));
});
afterEach(async () => {
  await stop({ name: "d", folder }, 0);
  rmSync(folder, { recursive: true });
});

const daemon = (script: string, more: Partial<Daemon> = {}): Daemon => ({
  name: "d",
  folder,
  command: ["sh", "-c", script],
  ready: () => readFileSync(path.join(folder, "d.log"), "utf8").includes("ready"),
  readyWithinSeconds: 3,
  ...more,
});
const pidOf = (): number => Number(readFileSync(pidFile({ name: "d", folder }), "utf8").split(" ")[0]);
const left = () => processesOf((mark) => mark === pidFile({ name: "d", folder }));

test("starts once, is found again, and is stopped", async () => {
  const sleeper = daemon("echo ready; exec sleep 60");
  expect(await start(sleeper)).toBe(true);
  const pid = pidOf();
  expect(await start(sleeper)).toBe(false);
  expect(pidOf()).toBe(pid);
  expect(isAlive(sleeper)).toBe(true);
  await stop(sleeper);
  expect(isAlive(sleeper)).toBe(false);
  await stop(sleeper);
});

test("an early end and a missing readiness name the daemon and show its log", async () => {
  await expect(start(daemon("echo no such setting; exit 3"))).rejects.toThrow(
    /^d ended before it served\. The end of .*d\.log:\nno such setting$/,
  );
  await expect(start(daemon("echo waiting; sleep 60", { readyWithinSeconds: 0.5 }))).rejects.toThrow(
    /d did not serve within 0\.5 s\. [^]*waiting$/,
  );
  expect(left()).toEqual([]);
  await expect(start(daemon("", { host: "nowhere" }))).rejects.toThrow(
    /cannot open \/run\/netns\/hms-nowhere/,
  );
});

test("its children end with it, also those that left its process group or ignore signals", async () => {
  await start(
    daemon(
      `setsid sh -c "trap '' TERM; sleep 60" & env -i sleep 61 & trap '' TERM; echo ready; sleep 62; sleep 63`,
    ),
  );
  const group = pidOf();
  expect(left().length).toBeGreaterThan(2);
  await stop({ name: "d", folder }, 0.3);
  expect(left()).toEqual([]);
  expect(processes().filter((each) => each.group === group)).toEqual([]);
});

test("what a killed daemon has left is ended, too", async () => {
  await start(daemon("setsid sleep 60 & echo ready; wait"));
  process.kill(pidOf(), "SIGKILL");
  await sleep(100);
  expect(left()).toHaveLength(1);
  await stop({ name: "d", folder });
  expect(left()).toEqual([]);
});

test("a pid that now belongs to another process is not touched", async () => {
  await start(daemon("echo ready; exec sleep 60"));
  const text = readFileSync(pidFile({ name: "d", folder }), "utf8");
  await stop({ name: "d", folder });
  const other = execa("sleep", ["60"], { reject: false });
  writeFileSync(pidFile({ name: "d", folder }), text.replace(/^\d+/, String(other.pid)));
  expect(isAlive({ name: "d", folder })).toBe(false);
  await stop({ name: "d", folder });
  expect(() => process.kill(other.pid ?? 0, 0)).not.toThrow();
  other.kill("SIGKILL");
  await other;
});

test("one that runs and no longer serves is started again", async () => {
  const hung = daemon("echo ready; exec sleep 60");
  await start(hung);
  const before = pidOf();
  await sleep(1200);
  expect(await start({ ...hung, ready: () => pidOf() !== before, readyWithinSeconds: 1 })).toBe(true);
});

test("one that was started for other settings is started again", async () => {
  const sleeper = daemon("echo ready; exec sleep 60", { settings: "a = 1" });
  await start(sleeper);
  const before = pidOf();
  expect(await start({ ...sleeper, settings: "a = 2" })).toBe(true);
  expect(pidOf()).not.toBe(before);
});

test("what it mounts is its own", async () => {
  await start(
    daemon(`mkdir ${folder}/m && mount -t tmpfs none ${folder}/m && echo ready; exec sleep 60`, {
      privateMounts: true,
    }),
  );
  expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(folder);
  expect(readFileSync(`/proc/${pidOf()}/mountinfo`, "utf8")).toContain(folder);
});
