/** The long-running form of the pipeline: it takes from the queue what is due, as it comes. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/errors";
import { mostBreaks } from "../core/queue";
import { keepBeating } from "../store/heartbeat";
import { tryLease } from "../store/lease";
import { queueFolder } from "../store/queue";
import type { LogLine } from "../store/run-log";
import { nextInQueue, runNext, type Taken } from "./queue";
import type { RunOptions } from "./run";

/** How an agent works. */
export interface AgentOptions extends Pick<RunOptions, "stacks"> {
  /** Whether it ends when nothing is due. @default false */
  readonly once?: boolean;
  /** Ends it, after the run that is on. */
  readonly signal: AbortSignal;
  /** Told each line of the log. */
  readonly onLine: (line: LogLine) => void;
  /** Takes what is due. @default the pipeline */
  readonly take?: typeof runNext;
  /** Between two looks at the queue, in milliseconds. @default 500 */
  readonly lookMilliseconds?: number;
  /** After a run that broke off, in milliseconds. @default 15000 */
  readonly retryMilliseconds?: number;
}

/**
 * Works until it is told to end, or with `once` until nothing is due. Returns when no run is on. Its heart beats all the while, and
 * the guard closes without it; with `once` it does not begin to: it would be over at once.
 */
export async function agent(options: AgentOptions): Promise<void> {
  const stopBeating = options.once === true ? () => undefined : keepBeating();
  try {
    await new Agent(options).work();
  } finally {
    stopBeating();
  }
}

class Agent {
  private readonly take: typeof runNext;
  /** Failures without a run that ended between them. */
  private failures = 0;
  private said = "";

  constructor(private readonly options: AgentOptions) {
    this.take = options.take ?? runNext;
  }

  async work(): Promise<void> {
    while (!this.isOver()) {
      const lease = tryLease(queueFolder());
      if (typeof lease === "string") {
        this.sayOnce("⏸️", `another takes from the queue: ${lease}`);
        if (this.options.once) return;
      } else {
        try {
          await this.empty();
        } finally {
          lease.release();
        }
        // What came between the last look and the release found the queue taken care of, and nobody came for it.
        if (this.options.once && nextInQueue().kind !== "run") return;
      }
      await this.pause(this.options.lookMilliseconds ?? 500);
    }
  }

  /** Takes what is due; without `once` for as long as it may, so that the queue stays its own. */
  private async empty(): Promise<void> {
    this.sayOnce("🤖", `taking from ${queueFolder()}`);
    while (!this.isOver()) {
      const taken = await this.tryTake();
      if (taken?.kind === "wait") {
        this.sayOnce("🕐", `the next run is at ${taken.until.toISOString()} (${taken.schedule})`);
      }
      if (taken !== undefined && taken.kind !== "ran") {
        if (this.options.once) return;
        await this.pause(this.options.lookMilliseconds ?? 500);
      }
    }
  }

  private async tryTake(): Promise<Taken | undefined> {
    try {
      const taken = await this.take(this.options);
      this.failures = 0;
      return taken;
    } catch (error) {
      this.failures += 1;
      if (this.options.once && this.failures >= mostBreaks) {
        throw error;
      }
      this.say("💥", `${messageOf(error)} What waits is kept, and tried again.`);
      await this.pause(this.options.retryMilliseconds ?? 15_000);
      return undefined;
    }
  }

  private isOver(): boolean {
    return this.options.signal.aborted;
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  private say(sign: string, text: string): void {
    this.options.onLine({ at: 0, sign, text });
  }

  private sayOnce(sign: string, text: string): void {
    if (text !== this.said) {
      this.said = text;
      this.say(sign, text);
    }
  }
}
