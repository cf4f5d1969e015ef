/** What waits to ship, and what of it ships next. Pure. */
import type { Entry } from "./entry";
import { all, newest } from "./history";
import { nextTime } from "./schedule";

/** A push that waits for its run. */
export interface Request {
  /** No other request has it. */
  readonly id: string;
  /** The full hash of the newest commit that was pushed. */
  readonly commit: string;
  /** When it came: ISO 8601, UTC. */
  readonly at: string;
  /** Whether it goes before others, and waits for no schedule. @default false */
  readonly urgent?: boolean;
  /** The schedule that its `pipeline.yml` ships by: five cron fields, UTC. @default on each push */
  readonly schedule?: string;
}

/** The run that comes next. */
export interface Batch {
  readonly kind: "run";
  /** The commit that ships: the latest. */
  readonly commit: string;
  /** Other commits that waited, and that this run covers; oldest first. */
  readonly covers: readonly string[];
  /** The ids of all requests that it answers. */
  readonly requests: readonly string[];
  /** When the oldest of them came: ISO 8601, UTC. */
  readonly pushedAt: string;
  readonly trigger: "push" | "schedule";
  readonly urgent: boolean;
}

/** What is to be done with what waits. */
export type Next =
  | Batch
  | {
      readonly kind: "wait";
      /** When the schedule comes round. */
      readonly until: Date;
      readonly schedule: string;
    }
  | { readonly kind: "nothing" };

/** A request is given up after so many runs that broke off: a fault that stays would be met without end. */
export const mostBreaks = 3;

/**
 * What ships next. One run takes all that waits and ships the latest of it. An urgent request goes at once, with all that came before it;
 * what came after it waits for a run of its own. Where the latest ships by a schedule, the window that the oldest waits for decides; one
 * that was slept through is made up for.
 *
 * @param requests what waits, oldest first
 */
export function nextOf(requests: readonly Request[], now: Date): Next {
  const lastUrgent = requests.findLastIndex(({ urgent }) => urgent === true);
  if (lastUrgent >= 0) {
    return batch(requests.slice(0, lastUrgent + 1), "push");
  }
  const [oldest] = requests;
  const latest = requests.at(-1);
  if (oldest === undefined || latest === undefined) {
    return { kind: "nothing" };
  }
  const until = latest.schedule === undefined ? undefined : nextTime(latest.schedule, new Date(oldest.at));
  if (latest.schedule === undefined || until === undefined) {
    return batch(requests, "push");
  }
  return until > now ? { kind: "wait", until, schedule: latest.schedule } : batch(requests, "schedule");
}

function batch(requests: readonly Request[], trigger: Batch["trigger"]): Batch {
  const commits = [...new Set(requests.map(({ commit }) => commit))];
  const commit = requests.at(-1)?.commit ?? "";
  return {
    kind: "run",
    commit,
    covers: commits.filter((each) => each !== commit),
    requests: requests.map(({ id }) => id),
    pushedAt: requests[0]?.at ?? "",
    trigger,
    urgent: requests.at(-1)?.urgent === true,
  };
}

/**
 * How far the trail says that a request is. One whose run was killed waits again: only a run that ended has answered it.
 */
export function answerTo(
  entries: readonly Entry[],
  id: string,
): { readonly state: "waits" | "running" | "answered"; readonly run?: number } {
  const runs = all(entries, "run-started").filter(({ body }) => body.requests?.includes(id) === true);
  const run = runs.at(-1)?.body.run;
  if (run === undefined) {
    return { state: "waits" };
  }
  if (newest(entries, "run-finished", (body) => body.run === run) !== undefined) {
    return { state: "answered", run };
  }
  const broken = runs.filter(
    ({ body }) => newest(entries, "run-broke-off", (end) => end.run === body.run) !== undefined,
  );
  if (broken.length >= mostBreaks) {
    return { state: "answered", run };
  }
  return { state: broken.some(({ body }) => body.run === run) ? "waits" : "running", run };
}
