import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { UserError } from "../../core/errors";
import { takeLease } from "../../store/lease";

/** A lease that does not come is a failure, and not a test that hangs. */
const take = (folder: string, onWait?: (holder: string) => void) => takeLease(folder, onWait, 10);

const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "hms-lease-"));

test("one holds it, the other waits for it", async () => {
  const folder = newFolder();
  const first = await take(folder);
  const waited: string[] = [];
  const second = take(folder, (holder) => waited.push(holder));
  setTimeout(() => {
    first.release();
  }, 700);
  expect((await second).takenOver).toBe(false);
  expect(waited).toEqual([expect.stringMatching(new RegExp(`^pid ${String(process.pid)} on `))]);
  (await second).release();
});

test("it is not waited for without end", async () => {
  const folder = newFolder();
  const first = await take(folder);
  await expect(takeLease(folder, undefined, 0)).rejects.toThrow(UserError);
  first.release();
});

test("it is taken from who died with it", async () => {
  const folder = newFolder();
  const dead = execa("true");
  await dead;
  fs.writeFileSync(
    path.join(folder, "lease"),
    JSON.stringify({ pid: dead.pid, host: os.hostname(), since: "" }),
  );
  const lease = await take(folder);
  expect(lease.takenOver).toBe(true);
  lease.release();
  expect(fs.readdirSync(folder)).toEqual([]);
});

test("a process that was given the dead one's number does not hold it", async () => {
  const folder = newFolder();
  const holder = {
    pid: process.pid,
    host: os.hostname(),
    since: "",
    id: "before",
    started: "another boot 1",
  };
  fs.writeFileSync(path.join(folder, "lease"), JSON.stringify(holder));
  const lease = await take(folder);
  expect(lease).toMatchObject({ takenOver: true, died: ["before"] });
  expect(JSON.parse(fs.readFileSync(path.join(folder, "lease"), "utf8"))).toMatchObject({ id: lease.id });
  lease.release();
});

test("a holder on another host lives as long as its heartbeat", async () => {
  const folder = newFolder();
  const file = path.join(folder, "lease");
  fs.writeFileSync(file, JSON.stringify({ pid: 1, host: "elsewhere", since: "" }));
  await expect(takeLease(folder, undefined, 0)).rejects.toThrow(/^Another run \(pid 1 on elsewhere/);
  const minuteAgo = new Date(Date.now() - 60_000);
  fs.utimesSync(file, minuteAgo, minuteAgo);
  expect((await takeLease(folder)).takenOver).toBe(true);
});
