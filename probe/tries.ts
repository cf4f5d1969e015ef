/** Several tries at a target that does not answer. */
import { setTimeout as sleep } from "node:timers/promises";
import { Unreachable } from "../core/errors";

/** How often, and how soon again. */
export interface Tries {
  /** At least 1. */
  readonly tries: number;
  /** Seconds between the first two tries, on average; it doubles with each. */
  readonly retryDelaySeconds: number;
  /** Whether the try that has just failed found that something had come: then the count begins anew. @default it did not */
  readonly advanced?: () => boolean;
  /** When no further try begins: milliseconds since 1970. @default never */
  readonly until?: number;
  /** Told before each wait. */
  readonly onWait?: (why: string, seconds: number) => void;
}

/**
 * Does it, and again when nobody answered. Anything else that is thrown ends it at once: asking again does not turn
 * a no into a yes.
 *
 * @throws the last Unreachable, with the number of tries in its message, or whatever else was thrown
 */
export async function inTries<T>(tries: Tries, attempt: () => Promise<T>): Promise<T> {
  for (let n = 1, failed = 1; ; n++, failed++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Unreachable)) {
        throw error;
      }
      failed = tries.advanced?.() ? 0 : failed;
      const delay = delayAfter(Math.max(1, failed), tries.retryDelaySeconds, Math.random());
      if (failed >= tries.tries || Date.now() + delay * 1000 > (tries.until ?? Infinity)) {
        throw new Unreachable(`${error.message} (${n === 1 ? "1 try" : `${n} tries`})`, { cause: error });
      }
      tries.onWait?.(error.message, delay);
      await sleep(delay * 1000);
    }
  }
}

/**
 * Seconds to wait after try number `n`: doubled with each, and up to half of it more or less, so that many clients
 * that lost the same server don't come back at the same moment.
 *
 * @param chance from 0 to 1
 */
export function delayAfter(n: number, retryDelaySeconds: number, chance: number): number {
  return retryDelaySeconds * 2 ** (n - 1) * (0.5 + chance);
}
