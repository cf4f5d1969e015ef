import { beforeEach, expect, test } from "@jest/globals";
import { UserError } from "../../core/errors";
import { openLog } from "../../pipeline/log";
import { watch } from "../../pipeline/watch";
import { takeLease } from "../../store/lease";
import { directoryTrail } from "../../store/trail";
import { freshTrail } from "../signed-trail";

let folder: string;
beforeEach(() => {
  folder = freshTrail();
});

const started = (run: number): void => {
  const body = { type: "run-started", run, commit: "c", subject: "s", trigger: "manual" } as const;
  directoryTrail(folder).append(body);
};

test("the lines that are there and those that come, until the run ends", async () => {
  started(1);
  const lease = await takeLease(folder);
  const log = openLog(1, () => undefined);
  log.say("✅", "compliance passed");
  setTimeout(() => {
    log.end("🏁", "done", 3);
    lease.release();
  }, 300);
  const lines: string[] = [];
  expect(await watch({ onLine: ({ text }) => lines.push(text) })).toBe(3);
  expect(lines).toEqual(["compliance passed", "done"]);
});

test("a run whose process is gone is not waited for", async () => {
  started(1);
  openLog(1, () => undefined).say("✅", "compliance passed");
  await expect(watch({ onLine: () => undefined })).rejects.toThrow(
    new UserError("Run #1 broke off: its process is gone. The next run mends what it left."),
  );
});

test("a run that there is not", async () => {
  await expect(watch({ onLine: () => undefined })).rejects.toThrow(
    new UserError("No run yet. Push a commit."),
  );
  started(1);
  await expect(watch({ run: 7, onLine: () => undefined })).rejects.toThrow(
    new UserError("There is no run #7. The newest is #1."),
  );
});
