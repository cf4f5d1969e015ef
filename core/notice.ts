/** What people are told of a run, rollback or sync: marks on a dashboard, lines in a channel. Pure. */
import type { Entry, TargetId, TargetOutcome } from "./entry";
import { formatAge } from "./format";
import { trailId } from "./history";
import { tagOf } from "./release";
import { stalenessOf } from "./staleness";

/** What notices are about. */
export const noticeKinds = ["deploy", "refusal", "rollback", "stale", "healed"] as const;

/**
 * What a notice is about. `deploy`: a run or sync has shipped. `refusal`: a run, rollback or sync was refused. `rollback`: one was
 * done. `stale`: a target could not be reached, and could before. `healed`: one that was stale has its release.
 */
export type NoticeKind = (typeof noticeKinds)[number];

/** Something that people are told. */
export interface Notice {
  /** No other notice has it. */
  readonly id: string;
  readonly kind: NoticeKind;
  readonly service: string;
  /** The number of the run, rollback or sync. */
  readonly run: number;
  /** One line. */
  readonly text: string;
  /** Further lines. @default none */
  readonly details: readonly string[];
  /** When it began: milliseconds since 1970, UTC. */
  readonly from: number;
  /** When it was over. */
  readonly to: number;
}

/** How a run, rollback or sync ended, as far as its end is not in the trail yet. */
export interface Ending {
  readonly service: string;
  readonly run: number;
  /** How it ended on each target; none when it was refused. */
  readonly targets: ReadonlyMap<TargetId, TargetOutcome>;
  /** Why nothing shipped. */
  readonly refused?: { readonly stage: string; readonly why: string };
  /** When: milliseconds since 1970, UTC. */
  readonly time: number;
}

/**
 * What there is to tell of a run, rollback or sync: what it did first, then what became stale and what is stale no more. Why a target is
 * stale or has failed is not told: it names hosts.
 *
 * @param entries the trail, with what the run has written until now
 */
export function noticesOf(entries: readonly Entry[], ending: Ending): Notice[] {
  const { service, run, targets, refused, time } = ending;
  const at = entries.findIndex(
    ({ body }) => (body.type === "run-started" || body.type === "rollback-started") && body.run === run,
  );
  const start = entries[at];
  const before = entries.slice(0, Math.max(at, 0));
  const began = start === undefined ? time : Date.parse(start.time);
  const { kind, title, tag } = titleOf(start, run);
  const make = (
    what: NoticeKind,
    text: string,
    details: readonly string[] = [],
    from: number = began,
  ): Notice => {
    const id = `${service}-${String(run)}-${trailId(entries)}-${what}`;
    return { id, kind: what, service, run, text, details, from, to: time };
  };
  if (refused !== undefined) {
    const text = `Refused ${title.charAt(0).toLowerCase()}${title.slice(1)} by ${refused.stage}`;
    return [make("refusal", text, [`${service}${tag}: ${refused.why}`])];
  }

  const stale: string[] = [];
  const healed: string[] = [];
  let outSince = time;
  for (const [id, { state }] of targets) {
    const was = stalenessOf(before, id);
    if (state === "stale" && was === undefined) {
      stale.push(id);
    }
    if (state === "current" && was !== undefined) {
      const since = Date.parse(was.staleSince);
      outSince = Math.min(outSince, since);
      healed.push(`${id} was stale for ${formatAge((time - since) / 1000)}`);
    }
  }
  return [
    make(kind, title, [`${service}${tag}: ${summaryOf(targets, shippedTag(start))}`]),
    ...(stale.length > 0 ? [make("stale", `Stale since #${String(run)}: ${stale.join(", ")}`)] : []),
    ...(healed.length > 0
      ? [make("healed", `Healed by #${String(run)}: ${healed.join(", ")}`, [], outSince)]
      : []),
  ];
}

/** What a run ships to all of its targets; a sync and a rollback bring each what it should have. */
const shippedTag = (start: Entry | undefined): string | undefined =>
  start?.body.type === "run-started" && start.body.trigger !== "sync" ? tagOf(start.body.commit) : undefined;

function titleOf(
  start: Entry | undefined,
  run: number,
): { readonly kind: NoticeKind; readonly title: string; readonly tag: string } {
  const number = `#${String(run)}`;
  if (start?.body.type === "rollback-started") {
    const { reason, targets } = start.body;
    const to = [...new Set(targets.map((target) => target.to))].join(", ");
    return { kind: "rollback", title: `Rollback ${number} (${reason})`, tag: ` to ${to}` };
  }
  const shipped = shippedTag(start);
  if (start?.body.type === "run-started" && shipped !== undefined) {
    return { kind: "deploy", title: `Deploy ${number} (${start.body.subject})`, tag: ` ${shipped}` };
  }
  return { kind: "deploy", title: `Sync ${number}`, tag: "" };
}

/**
 * `3 of 4 targets are current; stale: onprem/anchorage`.
 *
 * @param tag what is shipped to all: targets that their settings pin to something else are counted by themselves @default nothing in particular
 */
function summaryOf(targets: ReadonlyMap<TargetId, TargetOutcome>, tag?: string): string {
  const isPinned = (outcome: TargetOutcome): boolean => tag !== undefined && outcome.tag !== tag;
  const pinned = [...targets].filter(([, outcome]) => isPinned(outcome));
  const others = [...targets].filter(([, outcome]) => !isPinned(outcome));
  const named = (wanted: string): string[] =>
    others.flatMap(([id, { state }]) => (state === wanted ? [id] : []));
  const parts = [`${String(named("current").length)} of ${String(others.length)} targets are current`];
  for (const state of ["stale", "failed"]) {
    if (named(state).length > 0) parts.push(`${state}: ${named(state).join(", ")}`);
  }
  if (pinned.length > 0) {
    parts.push(`pinned: ${pinned.map(([id, outcome]) => `${id} to ${outcome.tag}`).join(", ")}`);
  }
  return parts.join("; ");
}
