import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import {
  failing,
  forget,
  keep,
  noteFailing,
  readItem,
  removeOldDrafts,
  setAside,
  setAsideIn,
  waiting,
} from "../../store/spool";

let queue: string;
beforeEach(() => {
  queue = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-spool-")), "queue");
});

test("keeps items in the order in which they came, also past the number that sorts otherwise", () => {
  expect(waiting(queue)).toEqual([]);
  keep(queue, "a", { n: 1 });
  fs.renameSync(path.join(queue, "00000001.json"), path.join(queue, "99999999.json"));
  keep(queue, "b", { n: 2 });
  expect(waiting(queue)).toEqual(["99999999.json", "100000000.json"]);
  expect(readItem(queue, "100000000.json")).toEqual({
    name: "100000000.json",
    id: "b",
    keptAt: expect.stringMatching(/^\d{4}-.*Z$/),
    content: { n: 2 },
  });
  forget(queue, "99999999.json");
  expect(waiting(queue)).toEqual(["100000000.json"]);
});

test.each([
  ["cut off", '{"id":"a","kept'],
  ["empty", ""],
  ["of something else", '{"text":"Deploy #1","ts":1}'],
  ["no object", "null"],
])("a file that is %s is no item, and says why", (_, text) => {
  keep(queue, "a", {});
  fs.writeFileSync(path.join(queue, "00000001.json"), text);
  expect(readItem(queue, "00000001.json")).toMatch(/JSON|lacks id|null/);
});

test("what is set aside no longer waits, and only the newest hundred are kept", () => {
  for (let n = 0; n < 103; n += 1) {
    keep(queue, String(n), {});
    setAside(queue, "00000001.json", "too-old");
  }
  expect(waiting(queue)).toEqual([]);
  const dead = setAsideIn(queue);
  expect(dead).toHaveLength(100);
  const ids = dead.map((name) => readItem(path.join(queue, "dead"), name));
  expect(ids[0]).toMatchObject({ id: "3" });
  expect(ids[99]).toMatchObject({ id: "102" });
});

test("drafts of processes that died are removed, those of the living are not", () => {
  keep(queue, "a", {});
  const [old, young] = [".00000002.json.1", ".00000003.json.2"].map((name) => path.join(queue, name));
  for (const file of [old ?? "", young ?? ""]) fs.writeFileSync(file, "half");
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  fs.utimesSync(old ?? "", longAgo, longAgo);
  removeOldDrafts(queue);
  expect(fs.readdirSync(queue).sort()).toEqual([".00000003.json.2", "00000001.json"]);
});

test("how it goes is noted until it goes well; a note that was cut off counts as none", () => {
  keep(queue, "a", {});
  expect(failing(queue)).toBeUndefined();
  const state = { since: "2026-11-24T10:00:00.000Z", tries: 3, why: "it answers 503" };
  noteFailing(queue, state);
  expect(failing(queue)).toEqual(state);
  fs.writeFileSync(path.join(queue, "failing.json"), '{"since"');
  expect(failing(queue)).toBeUndefined();
  noteFailing(queue, undefined);
  expect(fs.readdirSync(queue)).toEqual(["00000001.json"]);
});
