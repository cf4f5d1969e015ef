/** A full disk, and one that can't be written: a clear sentence, and no deployment without its entry. */
import fs from "node:fs";
import path from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { verify } from "../../pipeline/audit/verify";
import { projectFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import { freshTrail } from "../signed-trail";

let trail: string;
beforeEach(() => {
  trail = freshTrail();
  directoryTrail(trail).append({ type: "refusal", run: 1, stage: "policy", why: "the first" });
});

/** Runs the child with the trail on a disk of its own, which goes with the namespace that it is mounted in. */
async function onDisk(mount: string, what: string): Promise<string[]> {
  const child = path.join(projectFolder, "tests", "lab", "disk-child.js");
  const script = `set -e; ${mount}; exec node "${child}" "$1" ${what}`;
  const { stdout } = await execa("unshare", ["--mount", "sh", "-c", script, "sh", trail], {
    cwd: projectFolder,
  });
  return stdout.split("\n");
}

const onTmpfs = (size: string): string =>
  `cp -r "$1" "$1.copy"; mount -t tmpfs -o size=${size} tmpfs "$1"; cp -r "$1.copy/." "$1"`;
const sentence = (why: RegExp): RegExp =>
  new RegExp(
    `^The trail ${trail} can't be used \\(${why.source}.*\\)\\. Nothing ships without its entry: mend the disk or set HMS_TRAIL\\.$`,
  );

test("a full disk stops what would be without its entry, and nothing is half there", async () => {
  const [full, append, deployment, while_, after] = await onDisk(onTmpfs("128k"), "fill");
  expect(full).toBe("ENOSPC");
  expect(append).toMatch(sentence(/ENOSPC: no space left on device/));
  expect(deployment).toMatch(sentence(/ENOSPC: no space left on device/));
  expect([while_, after]).toEqual(["entries 0 more, drafts 0", "entries 1 more"]);
}, 30_000);

test("a read-only disk can be read, and not written", async () => {
  const [said] = await onDisk(`${onTmpfs("128k")}; mount -o remount,ro "$1"`, "append");
  expect(said).toMatch(sentence(/EROFS: read-only file system/));
}, 30_000);

test("the same disk with room is written", async () => {
  expect(await onDisk(onTmpfs("128k"), "append")).toEqual(["entries 2"]);
}, 30_000);

test("an entry that is half written is named, and nothing is written after it", async () => {
  const trailOf = directoryTrail(trail);
  trailOf.append({ type: "refusal", run: 2, stage: "policy", why: "the second" });
  const file = path.join(trail, "entries", "00000002.json");
  fs.truncateSync(file, 300);
  const why =
    "Entry 2 of the trail is no signed envelope, or was altered. Put it back from a copy of the trail.";
  expect(() => trailOf.entries()).toThrow(why);
  expect(() => trailOf.append({ type: "refusal", run: 3, stage: "policy", why: "the third" })).toThrow(why);
  await expect(verify()).rejects.toThrow(why);
  expect(fs.readdirSync(path.dirname(file))).toEqual(["00000001.json", "00000002.json"]);
});
