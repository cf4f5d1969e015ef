/** How much of the time from a push to the last receipt a run has used (design §1: within the hour). Pure. */
import type { Entry, TargetId } from "./entry";
import { all, newest } from "./history";
import { tagOf } from "./release";

/** How much of its time a run has used. Field names are stable: `--json` prints it. */
export interface Budget {
  /** Minutes that there are. */
  readonly minutes: number;
  /** ISO 8601, UTC: when the oldest of its pushes came; where nobody pushed, when the run began. */
  readonly from: string;
  /** Seconds from there to the last receipt; of what has not arrived everywhere, to now, or to the run that took its place. */
  readonly usedSeconds: number;
  /** Whether it is everywhere, and in time. */
  readonly kept: boolean;
  /** The targets that it has not come to. @default none */
  readonly missing?: readonly TargetId[];
}

/**
 * How much of its time a run has used; undefined of what ships no commit to any target: a rollback, a sync, a refusal.
 *
 * @param now milliseconds since 1970
 */
export function budgetOf(
  entries: readonly Entry[],
  run: number,
  minutes: number,
  now: number,
): Budget | undefined {
  const start = newest(entries, "run-started", (body) => body.run === run);
  const end = newest(entries, "run-finished", (body) => body.run === run);
  if (start === undefined || start.body.trigger === "sync") {
    return undefined;
  }
  const tag = tagOf(start.body.commit);
  const targets = targetsOf(entries, run, tag);
  if (targets.length === 0) {
    return undefined;
  }
  const from = start.body.pushedAt ?? start.time;
  const since = entries.slice(entries.indexOf(start));
  const arrivals = targets.map((target): number | undefined => {
    const receipt = since.find(
      ({ body }) => body.type === "receipt" && body.target === target && body.tag === tag,
    );
    // A target that had it already was asked at the end, and wrote no receipt.
    const arrived = receipt?.time ?? (end?.body.targets[target]?.state === "current" ? end.time : undefined);
    return arrived === undefined ? undefined : Date.parse(arrived);
  });
  const missing = targets.filter((_, at) => arrivals[at] === undefined);
  const next = all(since, "run-started").find(({ body }) => body.run > run && body.trigger !== "sync");
  const open = next === undefined ? now : Date.parse(next.time);
  const last = Math.max(...arrivals.map((arrival) => arrival ?? open));
  const usedSeconds = Math.max(0, (last - Date.parse(from)) / 1000);
  return {
    ...{ minutes, from, usedSeconds, kept: missing.length === 0 && usedSeconds <= minutes * 60 },
    ...(missing.length > 0 && { missing }),
  };
}

/** The targets that a run ships its commit to: those that it told to have it. */
function targetsOf(entries: readonly Entry[], run: number, tag: string): TargetId[] {
  const moved = all(entries, "desired").filter(
    ({ body }) => body.run === run && body.cause === "run" && body.tag === tag,
  );
  return [...new Set(moved.map(({ body }) => body.target))];
}

/** On one line, for people: `9 min of 60`, `2 h of 60 min: too late`, `12 min of 60, not at onprem/anchorage yet`. */
export function describeBudget({ minutes, usedSeconds, kept, missing = [] }: Budget): string {
  const used = `${String(Math.floor(usedSeconds / 60))} of ${String(minutes)} min`;
  const late = usedSeconds > minutes * 60 ? ": too late" : "";
  return kept ? used : `${used}${late}${missing.length > 0 ? `, not at ${missing.join(", ")}` : ""}`;
}
