/** How far a transfer is, as people are told. Pure. */
import { formatAge, formatBytes } from "./format";

/** How far a transfer is. */
export interface Progress {
  /** Bytes that have arrived, with those that were there from an earlier try. Never fewer than before. */
  readonly bytes: number;
  /** Bytes that must arrive. */
  readonly total: number;
  /** Over the last seconds; 0 while nothing is known. */
  readonly bytesPerSecond: number;
  /** Why nothing moves right now. @default it moves */
  readonly waits?: string;
}

/** What a transfer's progress is worked out from. */
export interface Meter {
  readonly bytes: number;
  readonly total: number;
  /** What had arrived when, oldest first. */
  readonly samples: readonly { readonly at: number; readonly bytes: number }[];
}

/** Seconds over which a rate is taken: shorter, and it jumps; longer, and it lags behind. */
const windowSeconds = 10;

/** Seconds before a speed is said: the first bytes of a transfer say nothing of the others. */
const leastSeconds = 3;

/**
 * A meter that stands where a transfer begins, or goes on.
 *
 * @param at seconds on a clock that does not jump
 */
export function meter(bytes: number, total: number, at: number): Meter {
  return { bytes, total, samples: [{ at, bytes }] };
}

/** The meter once so many bytes have arrived. It never goes back, nor past the total. */
export function advance({ bytes: before, total, samples }: Meter, bytes: number, at: number): Meter {
  const now = Math.max(before, Math.min(bytes, total));
  const kept = samples.filter((sample) => sample.at > at - windowSeconds);
  // The newest that is too old is where the window begins.
  const first = samples.findLast((sample) => sample.at <= at - windowSeconds);
  return { bytes: now, total, samples: [...(first ? [first] : []), ...kept, { at, bytes: now }] };
}

/** What a meter shows. */
export function progressOf({ bytes, total, samples }: Meter, waits?: string): Progress {
  const [first, last] = [samples[0], samples.at(-1)];
  const seconds = first && last ? last.at - first.at : 0;
  const bytesPerSecond =
    waits === undefined && first && last && seconds >= leastSeconds
      ? Math.round((last.bytes - first.bytes) / seconds)
      : 0;
  return { bytes, total, bytesPerSecond, ...(waits !== undefined && { waits }) };
}

/** Whole percent. 100 is said only of what has arrived whole. */
export function percent({ bytes, total }: Pick<Progress, "bytes" | "total">): number {
  return total === 0 ? 100 : Math.floor((bytes / total) * 100);
}

/** Seconds until it is there; undefined while nobody can tell. */
export function secondsLeft({ bytes, total, bytesPerSecond, waits }: Progress): number | undefined {
  return waits !== undefined || bytesPerSecond === 0
    ? undefined
    : Math.ceil((total - bytes) / bytesPerSecond);
}

/** `31 %, 12 MB of 40 MB, 118 KB/s, 4 min left`. */
export function describeProgress(progress: Progress): string {
  const { bytes, total, bytesPerSecond, waits } = progress;
  const far = `${String(percent(progress))} %, ${formatBytes(bytes)} of ${formatBytes(total)}`;
  if (waits !== undefined) {
    return `${far}, ${waits}`;
  }
  const left = secondsLeft(progress);
  return left === undefined ? far : `${far}, ${formatBytes(bytesPerSecond)}/s, ${formatAge(left)} left`;
}

/** When something was last said of a transfer, and how far it was. */
export interface Said {
  /** Seconds. */
  readonly at: number;
  readonly percent: number;
}

/**
 * Whether a log, where each line stays, is due another line: a tenth further, or a minute later, and never within ten
 * seconds.
 */
export function isDue(last: Said | undefined, now: Said): boolean {
  if (last === undefined) {
    return true;
  }
  const seconds = now.at - last.at;
  return seconds >= 10 && (now.percent - last.percent >= 10 || seconds >= 60);
}

/** Seconds of a transfer of which nothing is said: it is over before anybody asks. */
export const quietSeconds = 2;
