import fs from "node:fs";
import { expect, test } from "@jest/globals";
import { openLog } from "../../pipeline/log";
import { runLogFile } from "../../store/run-log";
import { freshTrail } from "../signed-trail";

test("a secret that somebody repeats is in no line, neither kept nor told", () => {
  const folder = freshTrail();
  const secret = ["x5", "ecret", "Value"].join("");
  const told: string[] = [];
  const log = openLog(7, ({ text }) => told.push(text));
  log.say("❌", `usgs failed: ftp://usgs:${secret}@10.0.0.7 said no`);
  log.end("💥", `broke off: Bearer ${secret}`, 1);
  const kept = fs.readFileSync(runLogFile(folder, 7), "utf8");
  expect(kept.split("\n")).toHaveLength(3);
  expect(kept + told.join()).not.toContain(secret);
  expect(told).toEqual(["usgs failed: ftp://usgs:***@10.0.0.7 said no", "broke off: Bearer ***"]);
});
