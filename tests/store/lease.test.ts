import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { UserError } from "../../core/errors";
import { ownHolder } from "../../store/holder";
import { isHeld, type Lease, type LeaseOptions, takeLease, tryLease } from "../../store/lease";
import { projectFolder } from "../../store/project";

/** A lease that does not come is a failure, and not a test that hangs. */
const take = (folder: string, options: LeaseOptions = {}) =>
  takeLease(folder, { limitSeconds: 10, ...options });

const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "hms-lease-"));

test("one holds it, the other waits for it", async () => {
  const folder = newFolder();
  const first = await take(folder);
  const waited: string[] = [];
  const second = take(folder, { onWait: (holder) => waited.push(holder) });
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
  await expect(takeLease(folder, { limitSeconds: 0 })).rejects.toThrow(UserError);
  first.release();
});

/** A process that takes the lease, and holds it until it is killed. */
async function holdApart(folder: string) {
  const script = `require("./register"); require("./store/lease").takeLease(process.argv[1]).then(() => { console.log("held"); setInterval(() => {}, 1000); });`;
  const child = execa("node", ["-e", script, folder], { cwd: projectFolder, reject: false });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  // In an object: a promise that is returned is waited for.
  return { child };
}

test("a killed holder's lease ends by itself, and what it may have left half done is known until it is mended", async () => {
  const folder = newFolder();
  const { child } = await holdApart(folder);
  expect([isHeld(folder), tryLease(folder)]).toEqual([
    true,
    expect.stringMatching(new RegExp(`^pid ${String(child.pid)} on `)),
  ]);
  child.kill("SIGKILL");
  await child;
  expect(isHeld(folder)).toBe(false);
  const lease = await take(folder);
  expect([lease.takenOver, lease.toMend(["build", "cloud"])]).toEqual([true, ["build", "cloud"]]);
  expect(lease.died).toHaveLength(1);
  lease.mended(["build"]);
  lease.release();
  // Who comes next has to know, too: the first had nothing to do with the cloud.
  const next = await take(folder);
  expect([next.takenOver, next.toMend(["build", "cloud"])]).toEqual([false, ["cloud"]]);
  next.release();
  expect(fs.readdirSync(folder)).toEqual(["lease.mended"]);
});

test("nothing is to be mended where nobody died", async () => {
  const lease = await take(newFolder());
  expect([lease.takenOver, lease.toMend(["build"])]).toEqual([false, []]);
  lease.release();
});

test("in another container of the same name the heartbeat decides, not the process number", async () => {
  const folder = newFolder();
  const file = path.join(folder, "lease");
  fs.writeFileSync(file, JSON.stringify({ ...ownHolder(), pid: 99_999_999, space: "another" }));
  expect(isHeld(folder)).toBe(true);
  const minuteAgo = new Date(Date.now() - 60_000);
  fs.utimesSync(file, minuteAgo, minuteAgo);
  expect((await take(folder)).takenOver).toBe(true);
});

test("who lost the lease to another does not end the other's", async () => {
  const folder = newFolder();
  const first = await take(folder);
  fs.writeFileSync(path.join(folder, "lease"), JSON.stringify({ ...ownHolder(), pid: process.ppid }));
  first.release();
  expect(fs.existsSync(path.join(folder, "lease"))).toBe(true);
});

test("of many that find it dead, one has it at a time", async () => {
  const folder = newFolder();
  const { child } = await holdApart(folder);
  child.kill("SIGKILL");
  await child;
  let inside = 0;
  let most = 0;
  const takers = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const lease = await take(folder);
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
      lease.release();
      return lease;
    }),
  );
  expect([most, takers.filter(({ takenOver }) => takenOver).length]).toEqual([1, 1]);
});

test("who says so goes first, however long others have waited", async () => {
  const folder = newFolder();
  const holder = await take(folder);
  const order: string[] = [];
  const turn = async (name: string, options: LeaseOptions = {}): Promise<void> => {
    const lease: Lease = await take(folder, options);
    order.push(name);
    lease.release();
  };
  const runs = [turn("run"), turn("run"), turn("run")];
  await new Promise((resolve) => setTimeout(resolve, 100));
  const rollback = turn("rollback", { first: true });
  holder.release();
  await Promise.all([...runs, rollback]);
  expect(order).toEqual(["rollback", "run", "run", "run"]);
});

test("who went first and died holds nobody up", async () => {
  const folder = newFolder();
  const dead = execa("true");
  await dead;
  fs.writeFileSync(path.join(folder, "lease.first.x"), JSON.stringify({ ...ownHolder(), pid: dead.pid }));
  (await take(folder)).release();
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
  await expect(takeLease(folder, { limitSeconds: 0 })).rejects.toThrow(/^Another run \(pid 1 on elsewhere/);
  const minuteAgo = new Date(Date.now() - 60_000);
  fs.utimesSync(file, minuteAgo, minuteAgo);
  expect((await takeLease(folder)).takenOver).toBe(true);
});
