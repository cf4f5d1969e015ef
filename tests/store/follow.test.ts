/** A trail that is read as it grows. */
import fs from "node:fs";
import path from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import type { Body } from "../../core/entry";
import { followTrail } from "../../store/follow";
import { lastBeat, beat, heartbeatFile } from "../../store/heartbeat";
import { directoryTrail } from "../../store/trail";
import { entriesFolderOf } from "../../store/trail-files";
import { freshTrail } from "../signed-trail";

let folder: string;
beforeEach(() => {
  folder = freshTrail();
});

const body = (run: number): Body => ({ type: "run-broke-off", run, why: "test" });
const append = (...runs: number[]): void => {
  for (const run of runs) directoryTrail(folder).append(body(run));
};
const file = (number: number): string =>
  path.join(entriesFolderOf(folder), `${String(number).padStart(8, "0")}.json`);
const numbers = (follower: ReturnType<typeof followTrail>, limit?: number): number[] =>
  follower.next(limit).map(({ number }) => number);
const forgetHead = (): void => {
  fs.rmSync(process.env["HMS_HEADS"] ?? "", { recursive: true });
};

test("each entry is told once, in its order, and nothing is written", () => {
  append(1, 2, 3);
  const before = fs.readdirSync(path.dirname(folder), { recursive: true });
  const follower = followTrail(folder);
  expect([numbers(follower, 2), numbers(follower, 2), numbers(follower)]).toEqual([[1, 2], [3], []]);
  expect(fs.readdirSync(path.dirname(folder), { recursive: true })).toEqual(before);
  append(4);
  expect([numbers(follower), numbers(follower)]).toEqual([[4], []]);
});

test("a trail that is not there can't be read", () => {
  expect(() => followTrail(folder).next()).toThrow(/can't be used .*mend the disk or set HMS_TRAIL/);
});

test.each([
  [
    "that was cut off",
    () => {
      fs.rmSync(file(3));
    },
    /its newest entries were cut off/,
  ],
  [
    "that was altered",
    () => {
      fs.writeFileSync(file(3), fs.readFileSync(file(2)));
    },
    /was altered/,
  ],
  [
    "whose folder is gone",
    () => {
      fs.renameSync(folder, `${folder}.away`);
    },
    /were cut off/,
  ],
])("a trail %s while it is followed is found out", (_how, harm, sentence) => {
  append(1, 2, 3);
  const follower = followTrail(folder);
  expect(numbers(follower)).toHaveLength(3);
  harm();
  expect(() => follower.next()).toThrow(sentence);
});

test("an entry without its right signature is refused, and one that was put back from a copy is not", () => {
  append(1, 2);
  const follower = followTrail(folder);
  expect(numbers(follower)).toHaveLength(2);
  fs.cpSync(folder, `${folder}.copy`, { recursive: true });
  fs.rmSync(folder, { recursive: true });
  fs.cpSync(`${folder}.copy`, folder, { recursive: true });
  expect(numbers(follower)).toEqual([]);
  append(3);
  const text = JSON.parse(fs.readFileSync(file(3), "utf8")) as { signatures: [{ sig: string }] };
  const sig = Buffer.from(text.signatures[0].sig, "base64");
  sig.writeUInt8(sig.readUInt8(0) ^ 1, 0);
  text.signatures[0].sig = sig.toString("base64");
  fs.writeFileSync(file(3), `${JSON.stringify(text)}\n`);
  expect(() => follower.next()).toThrow(/has a signature that is not of key/);
});

test("a gap is found at the beginning, also by who has never seen the trail", () => {
  append(1, 2, 3);
  forgetHead();
  fs.rmSync(file(2));
  expect(() => followTrail(folder).next()).toThrow(/Entry 2 of the trail .* is missing/);
});

test("newest entries that this machine knows must be there", () => {
  append(1, 2, 3);
  fs.rmSync(file(3));
  expect(() => followTrail(folder).next()).toThrow(/were cut off/);
});

test("a heart beats, or has none that can be read", () => {
  expect(lastBeat(folder)).toBeUndefined();
  const before = Date.now();
  beat(folder);
  expect(lastBeat(folder)).toBeGreaterThanOrEqual(before);
  expect(lastBeat(folder)).toBeLessThanOrEqual(Date.now());
  for (const text of ["", "{}", '{"time":"soon"}', '{"time":7}']) {
    fs.writeFileSync(heartbeatFile(folder), text);
    expect(lastBeat(folder)).toBeUndefined();
  }
});
