import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { followLog } from "../../store/log-follower";

const file = (): string => path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-log-")), "1.jsonl");
const line = (text: string): string => `${JSON.stringify({ at: 0, sign: "✅", text })}\n`;

test("a line is told once it is whole, wherever it was cut while it was written", () => {
  const place = file();
  const bytes = Buffer.from(line("Überlauf ✅") + line("second"));
  const log = followLog(place);
  const told: string[] = [];
  for (const byte of bytes) {
    fs.appendFileSync(place, Buffer.of(byte));
    told.push(...log.next().map(({ text }) => text));
  }
  expect(told).toEqual(["Überlauf ✅", "second"]);
  expect(log.next()).toEqual([]);
});

test("a file that is missing, or shorter for a moment, is gone on with where it was", () => {
  const place = file();
  const log = followLog(place);
  expect(() => log.next()).toThrow("ENOENT");
  expect(log.begun).toBe(false);
  fs.writeFileSync(place, line("first"));
  expect(log.next().map(({ text }) => text)).toEqual(["first"]);
  expect(log.begun).toBe(true);
  fs.truncateSync(place, 3);
  expect(log.next()).toEqual([]);
  fs.writeFileSync(place, line("first") + line("second"));
  expect(log.next().map(({ text }) => text)).toEqual(["second"]);
});
