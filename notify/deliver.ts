/**
 * Delivers what waits in the spool: in order, and at least once. What was acknowledged is not sent again; what was not holds
 * those behind it, and nobody else's.
 */
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/errors";
import type { Message } from "../core/events";
import { delayAfter } from "../probe/tries";
import { takeLock } from "../store/lock";
import {
  failing,
  type Failing,
  forget,
  type Item,
  noteFailing,
  noteOnItsWay,
  onItsWay,
  readItem,
  removeOldDrafts,
  setAside,
  waiting,
} from "../store/spool";
import { NotTaken, post } from "./post";

/** Where the items of a queue go. */
export interface Destination {
  /** For messages: `subscriber dashboard`. */
  readonly what: string;
  /** The queue's folder. */
  readonly queue: string;
  /** Where that is; a secret one is looked up for each try. */
  readonly url: string | (() => string);
  /**
   * An item as a request; made anew for each try, since a signature has a time.
   *
   * @param again whether it may have been taken before, and nobody can tell
   */
  readonly message: (item: Item, again: boolean) => Message;
  /** Whether an item has arrived before: asked when a try has had no answer. @default nobody can tell, or it does no harm twice */
  readonly arrived?: (item: Item, signal: AbortSignal) => Promise<boolean>;
  /** Seconds that the receiver has to answer, for each try. */
  readonly timeoutSeconds: number;
  /** Days after which an item that was not taken is set aside. */
  readonly keepDays: number;
}

/** How long to try. */
export interface Patience {
  /** When to stop trying again: milliseconds since 1970. Each queue gets one try all the same. */
  readonly until: number;
  /** Whether a try, too, ends then. @default false: it ends by its own limit */
  readonly hard?: boolean;
}

/** How a delivery ended. */
export interface Delivered {
  readonly what: string;
  /** How many were acknowledged. */
  readonly sent: number;
  /** How many wait. */
  readonly left: number;
  /** Why they wait. */
  readonly why?: string;
  /** A sentence for each item that was set aside. */
  readonly setAside: readonly string[];
}

/** The first pause after a try that failed, in seconds; it doubles with each, and varies by half. */
const firstPauseSeconds = 0.5;
const longestPauseSeconds = 300;
/** How long another process that delivers is waited for, at least: it sends what we have put into its queue, too. */
const lockMilliseconds = 1_000;

/** Delivers what waits for each destination, side by side. Never throws. */
export async function deliverAll(
  destinations: readonly Destination[],
  patience: Patience,
): Promise<Delivered[]> {
  return Promise.all(
    destinations.map(async (destination): Promise<Delivered> => {
      try {
        return await deliver(destination, patience);
      } catch (error) {
        const { what, queue } = destination;
        return { what, sent: 0, left: waiting(queue).length, why: messageOf(error), setAside: [] };
      }
    }),
  );
}

async function deliver(destination: Destination, patience: Patience): Promise<Delivered> {
  const { what, queue } = destination;
  if (!fs.existsSync(queue) || waiting(queue).length === 0) {
    return { what, sent: 0, left: 0, setAside: [] };
  }
  const until = Math.max(patience.until, Date.now() + lockMilliseconds);
  const lock = await takeLock(path.join(queue, ".lock"), until);
  if (lock === undefined) {
    const why = "another process is delivering them";
    return { what, sent: 0, left: waiting(queue).length, why, setAside: [] };
  }
  try {
    removeOldDrafts(queue);
    return await new Delivery(destination, patience).run();
  } finally {
    lock.release();
  }
}

/** One pass over one queue, by who holds its lock. */
class Delivery {
  private sent = 0;
  private readonly setAside: string[] = [];

  constructor(
    private readonly to: Destination,
    private readonly patience: Patience,
  ) {}

  async run(): Promise<Delivered> {
    const { queue } = this.to;
    for (;;) {
      const [name] = waiting(queue);
      if (name === undefined) {
        return this.end();
      }
      const item = readItem(queue, name);
      if (typeof item === "string") {
        this.putAside(name, "unreadable", `can't be read (${item})`);
        continue;
      }
      const fault = await this.try(item);
      if (fault === undefined) {
        forget(queue, name);
        noteOnItsWay(queue, undefined);
        noteFailing(queue, undefined);
        this.sent += 1;
        continue;
      }
      const state = noteFault(queue, fault);
      this.dropTooOld(state);
      const pause = 1000 * Math.max(pauseAfter(state.tries, Math.random()), fault.retryAfterSeconds);
      if (waiting(queue).length === 0 || Date.now() + pause > this.patience.until) {
        return this.end(state.why);
      }
      await sleep(pause);
    }
  }

  /** Tries once. Returns why it was not taken. */
  private async try(item: Item): Promise<NotTaken | undefined> {
    const { queue, url, message, arrived, timeoutSeconds } = this.to;
    const { until, hard } = this.patience;
    const limit = 1000 * timeoutSeconds;
    const milliseconds = hard ? Math.max(1, Math.min(limit, until - Date.now())) : limit;
    const again = onItsWay(queue) === item.id;
    try {
      const signal = AbortSignal.timeout(milliseconds);
      if (again && arrived !== undefined && (await arrived(item, signal))) {
        return undefined;
      }
      const place = typeof url === "string" ? url : url();
      const made = message(item, again);
      // Whoever is killed from here on leaves word that it may have arrived.
      noteOnItsWay(queue, item.id);
      await post(place, made, signal);
      return undefined;
    } catch (error) {
      const fault = error instanceof NotTaken ? error : new NotTaken(messageOf(error));
      if (!again && !fault.mayHaveArrived) {
        noteOnItsWay(queue, undefined);
      }
      return fault;
    }
  }

  /** Whoever has not answered for so long gets what comes from now on. */
  private dropTooOld({ why }: Failing): void {
    const { queue, keepDays } = this.to;
    for (const name of waiting(queue)) {
      const item = readItem(queue, name);
      if (typeof item !== "string" && isTooOld(item, keepDays)) {
        this.putAside(name, "too-old", `was not taken in ${keepDays} days (${why})`);
      }
    }
  }

  private putAside(name: string, reason: "too-old" | "unreadable", sentence: string): void {
    const place = setAside(this.to.queue, name, reason);
    this.setAside.push(`${this.to.what}: ${name} ${sentence}, and is set aside: ${place}`);
  }

  private end(why?: string): Delivered {
    const { what, queue } = this.to;
    const left = waiting(queue).length;
    const facts = { what, sent: this.sent, left, setAside: this.setAside };
    return left > 0 && why !== undefined ? { ...facts, why } : facts;
  }
}

/** Seconds to pause after so many tries that failed. */
export function pauseAfter(tries: number, chance: number): number {
  return Math.min(longestPauseSeconds, delayAfter(Math.min(tries, 30), firstPauseSeconds, chance));
}

function isTooOld({ keptAt }: Item, keepDays: number): boolean {
  return Date.now() - Date.parse(keptAt) > keepDays * 86_400_000;
}

function noteFault(queue: string, { message }: NotTaken): Failing {
  const before = failing(queue);
  const state = {
    since: before?.since ?? new Date().toISOString(),
    tries: (before?.tries ?? 0) + 1,
    why: message,
  };
  noteFailing(queue, state);
  return state;
}
