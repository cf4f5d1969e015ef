import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { UserError } from "../../core/errors";
import { openLog } from "../../pipeline/log";
import { watch, type WatchOptions } from "../../pipeline/watch";
import { type Lease, takeLease } from "../../store/lease";
import { projectFolder } from "../../store/project";
import { enqueue } from "../../store/queue";
import type { LogLine } from "../../store/run-log";
import { directoryTrail } from "../../store/trail";
import { freshTrail } from "../signed-trail";

let folder: string;
let lease: Lease | undefined;
beforeEach(() => {
  folder = freshTrail();
});
afterEach(() => {
  jest.restoreAllMocks();
  lease?.release();
  lease = undefined;
});

const started = (run: number): void => {
  const body = { type: "run-started", run, commit: "c", subject: "s", trigger: "manual" } as const;
  directoryTrail(folder).append(body);
};
const begin = async (run: number) => {
  lease ??= await takeLease(folder);
  started(run);
  return openLog(run, () => undefined);
};

/** A watch that goes on, and what it has told until now. */
function watching(options: Omit<WatchOptions, "onLine"> = {}) {
  const told: string[] = [];
  const lines: LogLine[] = [];
  const onLine: WatchOptions["onLine"] = (line, run) => {
    if (line.kind !== "live") {
      told.push(`${String(run)} ${line.text}`);
      lines.push(line);
    }
  };
  const until = async (text: string): Promise<void> => {
    const end = Date.now() + 8_000;
    while (!told.some((line) => line.includes(text))) {
      if (Date.now() > end) throw new Error(`"${text}" is not told: ${told.join(" | ")}`);
      await sleep(20);
    }
  };
  return { told, lines, until, ended: watch({ ...options, onLine }) };
}

test("the lines that are there and those that come, until the run ends", async () => {
  const log = await begin(1);
  log.say("✅", "compliance passed");
  const { told, ended, until } = watching();
  await until("compliance");
  log.end("🏁", "done", 3);
  expect(await ended).toBe(3);
  expect(told).toEqual(["1 compliance passed", "1 done"]);
});

test("a run whose process is gone is not waited for", async () => {
  started(1);
  openLog(1, () => undefined).say("✅", "compliance passed");
  await expect(watching().ended).rejects.toThrow(
    new UserError("Run #1 broke off: its process is gone. The next run mends what it left."),
  );
});

test("a run that there is not", async () => {
  await expect(watching().ended).rejects.toThrow(new UserError("No run yet. Push a commit."));
  started(1);
  await expect(watching({ run: 7 }).ended).rejects.toThrow(
    new UserError("There is no run #7. The newest is #1."),
  );
});

describe("what has not begun is waited for:", () => {
  test("a run whose number is known, and whose log is not there yet", async () => {
    lease = await takeLease(folder);
    started(1);
    const { told, ended } = watching({ run: 1 });
    await sleep(500);
    openLog(1, () => undefined).end("🏁", "done", 0);
    expect([await ended, told]).toEqual([0, ["1 done"]]);
  });

  test("the run of a push that waits", async () => {
    enqueue({ commit: "c" });
    const { told, ended, until } = watching();
    await until("run #1 has not begun: 1 push waits");
    (await begin(1)).end("🏁", "done", 0);
    expect([await ended, told.at(-1)]).toEqual([0, "1 done"]);
  });

  test("with --follow the first run of all, also where there is no trail", async () => {
    const end = new AbortController();
    const { told, ended, until } = watching({ follow: true, signal: end.signal });
    await until("run #1 has not begun");
    (await begin(1)).end("🏁", "done", 0);
    await until("1 done");
    end.abort();
    expect([await ended, told.slice(0, 2)]).toEqual([130, ["0 run #1 has not begun", "1 done"]]);
  });
});

test("with --follow it goes on with the next run, also after one that broke off, and past one that left no log", async () => {
  const end = new AbortController();
  const log = await begin(1);
  const { told, ended, until } = watching({ follow: true, signal: end.signal });
  log.end("🏁", "first", 1);
  await until("waiting for the next run");
  (await begin(2)).say("▶️", "second");
  await until("second");
  lease?.release();
  lease = undefined;
  await until("Run #2 broke off");
  started(3);
  (await begin(4)).say("▶️", "fourth");
  await until("fourth");
  end.abort();
  expect(await ended).toBe(130);
  expect(told).toEqual([
    "1 first",
    "1 waiting for the next run",
    "2 second",
    "2 Run #2 broke off: its process is gone. The next run mends what it left.",
    "2 waiting for the next run",
    "4 fourth",
  ]);
});

describe("a trail on a disk that goes away for a moment", () => {
  test("is gone on with where it was: once is said so, and no line is told twice", async () => {
    const log = await begin(1);
    log.say("✅", "before");
    const { told, ended, until } = watching();
    await until("before");
    fs.renameSync(folder, `${folder}.away`);
    await until("can't be read");
    // Longer than it takes to find that nobody holds the lease.
    await sleep(1_500);
    fs.renameSync(`${folder}.away`, folder);
    await until("can be read again");
    log.end("🏁", "after", 0);
    expect(await ended).toBe(0);
    expect(told).toEqual([
      "1 before",
      `1 the trail ${folder} can't be read (ENOENT): trying on`,
      `1 the trail ${folder} can be read again`,
      "1 after",
    ]);
  });

  test("is waited for also before the log has begun", async () => {
    lease = await takeLease(folder);
    started(1);
    const { told, ended, until } = watching({ run: 1 });
    await sleep(300);
    fs.renameSync(folder, `${folder}.away`);
    await until("can't be read");
    await sleep(1_500);
    fs.renameSync(`${folder}.away`, folder);
    await until("can be read again");
    openLog(1, () => undefined).end("🏁", "done", 0);
    expect([await ended, told.at(-1)]).toEqual([0, "1 done"]);
  });

  test.each(["ESTALE", "EIO"])("is tried again after %s", async (code) => {
    const log = await begin(1);
    log.say("✅", "before");
    const { told, ended, until } = watching();
    await until("before");
    const spoiled = jest.spyOn(fs, "openSync").mockImplementation(() => {
      throw Object.assign(new Error(`${code}: it is not there`), { code });
    });
    await until(`(${code})`);
    await sleep(500);
    spoiled.mockRestore();
    log.end("🏁", "after", 0);
    expect(await ended).toBe(0);
    expect(told.map((line) => line.replace(/^1 the trail \S+ /, ""))).toEqual([
      "1 before",
      `can't be read (${code}): trying on`,
      "can be read again",
      "1 after",
    ]);
  });

  test("while it waits for the next run, too", async () => {
    const end = new AbortController();
    (await begin(1)).end("🏁", "first", 0);
    const { told, ended, until } = watching({ follow: true, signal: end.signal });
    await until("waiting");
    fs.renameSync(folder, `${folder}.away`);
    await until("can't be read");
    fs.renameSync(`${folder}.away`, folder);
    await until("read again");
    (await begin(2)).say("▶️", "second");
    await until("second");
    end.abort();
    await ended;
    expect(told.filter((line) => line.includes("first"))).toHaveLength(1);
  });
});

test("what watch says itself is marked as its own", async () => {
  const end = new AbortController();
  const { lines, ended, until } = watching({ follow: true, signal: end.signal });
  await until("has not begun");
  end.abort();
  await ended;
  expect(lines.map(({ kind }) => kind)).toEqual(["watch"]);
});

describe("on the command line", () => {
  const hms = (...args: string[]) =>
    execa("node", ["cli/hms.js", "pipeline", "watch", ...args], { cwd: projectFolder, reject: false });

  test("Ctrl-C ends it with 130 and without a word, and the run goes on", async () => {
    const log = await begin(1);
    log.say("✅", "before");
    const shown = hms("--run", "1");
    await new Promise<void>((resolve) =>
      shown.stdout.once("data", () => {
        resolve();
      }),
    );
    shown.kill("SIGINT");
    const { exitCode, stdout, stderr } = await shown;
    expect([exitCode, stdout, stderr]).toEqual([130, "[00:00] ✅ before", ""]);
    log.end("🏁", "done", 0);
    expect((await hms("--run", "1")).stdout).toMatch(/done$/);
  }, 30_000);

  test("--json prints one object a line, each with its run, and progress in numbers", async () => {
    const log = await begin(1);
    log.say("✅", "before");
    const progress = { bytes: 5_000, total: 10_000, bytesPerSecond: 100 };
    log.progress("anchorage: 50 %", { target: "anchorage", ...progress, secondsLeft: 50 });
    log.end("🏁", "done", 3);
    const { stdout, exitCode } = await hms("--json");
    expect(exitCode).toBe(3);
    expect(stdout.split("\n").map((line) => JSON.parse(line) as unknown)).toEqual([
      { run: 1, at: expect.any(Number), sign: "✅", text: "before" },
      {
        ...{ run: 1, at: expect.any(Number), sign: "🚚", text: "anchorage: 50 %", kind: "progress" },
        progress: { target: "anchorage", ...progress, secondsLeft: 50 },
      },
      { run: 1, at: expect.any(Number), sign: "🏁", text: "done", exitCode: 3 },
    ]);
  }, 30_000);
});
