/** Follows the log of a run, from any terminal: also one that has not begun, and over a disk that comes and goes. */
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, UserError } from "../core/errors";
import { nextRun } from "../core/history";
import { trailFolder } from "../store/project";
import { isHeld } from "../store/lease";
import { followLog, type LogFollower } from "../store/log-follower";
import { readProgress } from "../store/progress";
import { type LogLine, runLogFile } from "../store/run-log";
import { openTrail } from "../store/trail";
import { entriesFolderOf } from "../store/trail-files";
import { transferSign } from "./log";
import { liveText } from "./progress";
import { unanswered } from "./queue";

/** What to follow. */
export interface WatchOptions {
  /** The run's number. @default the newest */
  readonly run?: number;
  /** Whether to go on with the runs after it, for ever. @default false */
  readonly follow?: boolean;
  /** Told each line, as it comes, and the number of its run; 0 while there is none. */
  readonly onLine: (line: LogLine, run: number) => void;
  /** Ends it; the run goes on. @default nothing does */
  readonly signal?: AbortSignal;
}

/** The exit code of what a user has ended: as shells say it of Ctrl-C. */
const interrupted = 130;

const pollMilliseconds = 200;
/** How long nobody must hold the lease of a run that has not said its end: a moment's silence of a disk is no death. */
const goneMilliseconds = 1_000;

/**
 * Tells the lines of a run, those that are there and those that come, until it ends; with `follow` those of all runs after it, too.
 *
 * @returns the run's exit code; 130 when the signal came before
 * @throws UserError when there is no such run, or it broke off
 */
export async function watch(options: WatchOptions): Promise<number> {
  const watching = new Watch(options);
  try {
    return await watching.go();
  } catch (error) {
    if (options.signal?.aborted === true) {
      return interrupted;
    }
    throw error;
  } finally {
    watching.clear();
  }
}

class Watch {
  private number = 0;
  private at = 0;
  private live = "";
  /** Why nothing can be read right now. */
  private away = "";

  constructor(private readonly options: WatchOptions) {}

  async go(): Promise<number> {
    const { follow = false } = this.options;
    this.number = await this.first();
    for (;;) {
      const code = await this.whole();
      if (!follow) {
        if (code === undefined) throw new UserError(this.brokeOff());
        return code;
      }
      if (code === undefined) {
        this.say("💥", this.brokeOff());
      }
      this.number = await this.begun(this.number + 1, "waiting for the next run");
    }
  }

  /** Takes the line about transfers away. */
  clear(): void {
    this.show("");
  }

  /** The first run to follow, once it has begun. */
  private async first(): Promise<number> {
    const { run, follow = false } = this.options;
    const entries = openTrail().entries();
    const newest = nextRun(entries) - 1;
    const number = run ?? newest;
    if (number >= 1 && number <= newest) {
      return number;
    }
    const waiting = unanswered(entries).length;
    if (follow || (waiting > 0 && number <= newest + 1)) {
      const pushes = waiting === 0 ? "" : `: ${waiting === 1 ? "1 push waits" : `${waiting} pushes wait`}`;
      const next = Math.max(number, newest + 1);
      return this.begun(next, `run #${next} has not begun${pushes}`);
    }
    throw new UserError(
      newest === 0 ? "No run yet. Push a commit." : `There is no run #${number}. The newest is #${newest}.`,
    );
  }

  /** Waits for the first run from a number on that has a log: one that was killed at its beginning has none. */
  private async begun(from: number, why: string): Promise<number> {
    for (let told = false; ;) {
      // Before the first run there may be no folder at all.
      const isNew = this.number === 0 && !fs.existsSync(trailFolder());
      const runs = isNew ? [] : this.look(() => logsIn(trailFolder()));
      const found = runs?.find((run) => run >= from);
      if (found !== undefined) {
        return found;
      }
      if (!told && runs !== undefined) {
        this.say("⏸️", why);
        told = true;
      }
      await this.pause();
    }
  }

  /** Tells a run's log until its end. Returns its exit code; undefined when it has none, since its process is gone. */
  private async whole(): Promise<number | undefined> {
    const log = followLog(runLogFile(trailFolder(), this.number));
    let goneSince: number | undefined;
    for (;;) {
      this.show(liveText(readProgress(this.number)));
      const state = this.look(() => this.stateOf(log));
      for (const line of state?.lines ?? []) {
        this.at = line.at;
        this.options.onLine(line, this.number);
      }
      const end = state?.lines.findLast(({ exitCode }) => exitCode !== undefined)?.exitCode;
      if (end !== undefined) {
        return end;
      }
      if (state === undefined || state.held || state.lines.length > 0) {
        goneSince = undefined;
      } else if (Date.now() - (goneSince ??= Date.now()) >= goneMilliseconds) {
        return undefined;
      }
      await this.pause();
    }
  }

  /** What is new in a log, and whether its run may go on. */
  private stateOf(log: LogFollower): { readonly lines: readonly LogLine[]; readonly held: boolean } {
    // In this order: a run says its end before it gives its lease back.
    const held = isHeld(trailFolder());
    const isMissing = !log.begun && !fs.existsSync(runLogFile(trailFolder(), this.number));
    // While the folder is away, everything in it looks as if it had never been.
    fs.accessSync(entriesFolderOf(trailFolder()));
    return { lines: isMissing ? [] : log.next(), held };
  }

  /** Looks at the disk. Of one that does not answer it is said once, and once when it does again. */
  private look<T>(action: () => T): T | undefined {
    try {
      const found = action();
      if (this.away !== "") {
        this.away = "";
        this.say("📡", `the trail ${trailFolder()} can be read again`);
      }
      return found;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (this.away === "") {
        this.away = code ?? messageOf(error);
        this.say("📡", `the trail ${trailFolder()} can't be read (${this.away}): trying on`);
      }
      return undefined;
    }
  }

  private say(sign: string, text: string): void {
    this.options.onLine({ at: this.at, sign, text, kind: "watch" }, this.number);
  }

  /** Shows how far transfers are that are made from this machine. */
  private show(text: string): void {
    if (text !== this.live) {
      this.live = text;
      this.options.onLine({ at: this.at, sign: transferSign, text, kind: "live" }, this.number);
    }
  }

  private brokeOff(): string {
    return `Run #${this.number} broke off: its process is gone. The next run mends what it left.`;
  }

  private pause(): Promise<void> {
    const { signal } = this.options;
    return sleep(pollMilliseconds, undefined, signal === undefined ? {} : { signal });
  }
}

/** The numbers of the runs that have a log, in order. */
function logsIn(folder: string): number[] {
  const place = path.dirname(runLogFile(folder, 1));
  const names = fs.existsSync(folder) && !fs.existsSync(place) ? [] : fs.readdirSync(place);
  return names
    .flatMap((name) => /^(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
