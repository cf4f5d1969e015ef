/** What happens on a push: it is kept, its run goes on by itself, and the pusher hears how to watch it. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nextRun } from "../core/history";
import { answerTo, type Request } from "../core/queue";
import { tagOf } from "../core/release";
import { isHeld } from "../store/lease";
import { projectFolder, trailFolder } from "../store/project";
import { enqueue, queueFolder } from "../store/queue";
import type { LogLine } from "../store/run-log";
import { openTrail } from "../store/trail";
import { entryFiles } from "../store/trail-files";
import { nextInQueue } from "./queue";
import { scheduleOf } from "./schedule";
import { watch } from "./watch";

/** A push. */
export interface ReceiveOptions {
  /** The full hash of the newest commit. */
  readonly commit: string;
  /** The bare repository that it is in. */
  readonly repository: string;
  /** What the pusher said by `git push -o`. */
  readonly pushOptions: readonly string[];
  /** Whether the pusher sees the run's log until it ends. @default false */
  readonly wait?: boolean;
  /** Tells the pusher a sentence. */
  readonly say: (text: string) => void;
  /** Told each line of the run's log, with `wait`. */
  readonly onLine: (line: LogLine) => void;
  /** Starts what takes from the queue. @default a process of its own */
  readonly startTaking?: () => void;
}

/** How long a pusher waits for the run's number. */
const numberMilliseconds = 15_000;
const lookMilliseconds = 200;

/** Takes a push in. It is on the disk before anything else happens, and returns while its run goes on. */
export async function receive(options: ReceiveOptions): Promise<void> {
  const { commit, repository, say } = options;
  const schedule = await scheduleOf(repository, commit);
  const request = enqueue({
    commit,
    ...(options.pushOptions.includes("urgent") && { urgent: true }),
    ...(schedule !== undefined && { schedule }),
  });
  for (const option of options.pushOptions.filter((each) => each !== "urgent")) {
    say(`The push option ${JSON.stringify(option)} is unknown, and ignored. Allowed: urgent.`);
  }
  const isTaken = isHeld(queueFolder());
  const isBusy = isHeld(trailFolder());
  const next = nextInQueue();
  if (next.kind === "wait") {
    say(
      `${tagOf(commit)} waits for ${next.until.toISOString()}, by the service's schedule (${next.schedule}).`,
    );
    if (!isTaken) {
      say(`Nobody takes from the queue: start ${hms("agent")}`);
    }
    return;
  }
  const start = options.startTaking ?? startTaking;
  start();
  if (isBusy) {
    const newest = nextRun(openTrail().entries()) - 1;
    say(
      `${tagOf(commit)} is queued${request.urgent ? " first" : ""}: run #${newest} is on. Watch it: ${hms("pipeline watch")}`,
    );
  }
  await tellRun(request, isBusy, options);
}

/** Tells the run's number once it has one; with `wait` its whole log. */
async function tellRun(request: Request, isQueued: boolean, options: ReceiveOptions): Promise<void> {
  const { say, wait = false } = options;
  const until = wait ? Infinity : Date.now() + (isQueued ? 0 : numberMilliseconds);
  let lastTaken = Date.now();
  for (let entries = -1; Date.now() < until;) {
    if (isHeld(queueFolder()) || isHeld(trailFolder())) {
      lastTaken = Date.now();
    } else if (wait && Date.now() - lastTaken > numberMilliseconds) {
      say(`Nobody takes from the queue: start ${hms("agent --once")}, and read ${logFile()}.`);
      return;
    }
    const found = entryFiles(trailFolder()).length;
    // To read a trail takes longer than to count its entries.
    const run = found === entries ? undefined : runOf(request);
    entries = found;
    if (run !== undefined) {
      if (wait) {
        await watch({ run, onLine: options.onLine });
      } else {
        say(
          `Run #${run} of ${tagOf(request.commit)} has begun. Watch it: ${hms(`pipeline watch --run ${run}`)}`,
        );
      }
      return;
    }
    await sleep(lookMilliseconds);
  }
  if (!isQueued) {
    say(
      `${tagOf(request.commit)} is queued, and its run begins in a moment. Watch it: ${hms("pipeline watch")}`,
    );
  }
}

const runOf = ({ id }: Request): number | undefined => answerTo(openTrail().entries(), id).run;

/** A command for whoever reads it, in a folder where it works. */
const hms = (words: string): string => `(cd ${projectFolder} && npx hms ${words})`;

const logFile = (): string => path.join(queueFolder(), "log");

/** Starts a process that empties the queue and outlives this one. What it says is in the queue's `log`. */
export function startTaking(): void {
  const log = fs.openSync(logFile(), "a", 0o640);
  const child = spawn(process.execPath, [path.join(projectFolder, "cli", "hms.js"), "agent", "--once"], {
    cwd: projectFolder,
    detached: true,
    // Git waits for whoever holds its pipes.
    stdio: ["ignore", log, log],
    // It is no part of a run that may have pushed.
    env: { ...process.env, HMS_LEASE: undefined, HMS_RUN: undefined },
  });
  child.unref();
  fs.closeSync(log);
}
