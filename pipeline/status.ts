/** What should run where, and what does: asked of every target, side by side. */
import type { Entry, TargetId } from "../core/entry";
import { differenceOf } from "../core/drift";
import { WaitsForMedium } from "../core/errors";
import { type Budget, budgetOf, describeBudget } from "../core/budget";
import { formatAge, formatRows } from "../core/format";
import { desiredTag, lastReceipt, newest, releaseOf, releaseSaid } from "../core/history";
import { failureOf } from "../core/outcome";
import { healthOf, type Receipt } from "../core/receipt";
import { tagOf } from "../core/release";
import { describeStaleness, staleNow, stalenessOf, type Staleness } from "../core/staleness";
import { answerTo, type Request } from "../core/queue";
import { shouldBe, type Target } from "../core/target";
import { ask } from "../probe";
import { isHeld } from "../store/lease";
import { trailFolder } from "../store/project";
import { openTrail, type Trail } from "../store/trail";
import { unanswered } from "./queue";
import { pinnedTag } from "./pins";
import { type RunOptions, stackNames } from "./run";
import { targetsIn } from "./ship";
import { openBuild, openStacks } from "./stack";

/** One target's row; of a stale one with what is known of that. Field names are stable: `--json` prints it. */
export interface TargetStatus extends Partial<Omit<Staleness, "lastSeen">> {
  readonly target: TargetId;
  /** The tag of the release that it should have. */
  readonly desired?: string;
  /** The tag of the release that it says it has; `unknown` when no release is what it says. */
  readonly release?: string;
  readonly commit?: string;
  readonly subject?: string;
  readonly state: "current" | "stale" | "failed" | "empty";
  /** What the target said, read back now. */
  readonly receipt?: Receipt;
  /** Seconds since it has had what it has. */
  readonly ageSeconds?: number;
  /** As `healthOf` says; `unreachable` or `refused` when the target does not say. */
  readonly health: string;
  /** Why it is not current. */
  readonly why?: string;
  /** ISO 8601, UTC: when it last answered, which may be just now. @default never */
  readonly lastSeen?: string;
  /** When it said so, of a target that can't be asked: a site without a line. ISO 8601, UTC, by its own clock. */
  readonly saidAt?: string;
}

/** The whole status. */
export interface Status {
  readonly service: string;
  /** When it was asked: ISO 8601, UTC. */
  readonly time: string;
  readonly targets: readonly TargetStatus[];
  /** The newest runs, newest first. */
  readonly runs: readonly {
    readonly run: number;
    readonly subject: string;
    readonly time: string;
    readonly exitCode?: number;
    readonly stages?: Readonly<Record<string, number>>;
    /** Other commits that waited and that it shipped with its own, oldest first. @default none */
    readonly covers?: readonly string[];
    /** How much of its time it has used, from the push to the last receipt. @default it ships no commit to any target */
    readonly budget?: Budget;
  }[];
  /** The pushes that wait for a run, oldest first. */
  readonly queue: readonly Pick<Request, "commit" | "at" | "urgent" | "schedule">[];
}

const runsShown = 5;

/** Asks every target. */
export async function status(options: Pick<RunOptions, "stacks">): Promise<Status> {
  const build = await openBuild();
  const { service, budgetMinutes } = build.settings;
  const stacks = await openStacks(stackNames(options, build.settings));
  const trail = openTrail();
  return {
    service,
    time: new Date().toISOString(),
    targets: await Promise.all(
      stacks.flatMap((open) => targetsIn([open]).map((target) => statusOf(target, pinnedTag(open), trail))),
    ),
    runs: runs(trail, budgetMinutes),
    queue: waitingIn(trail),
  };
}

async function statusOf(target: Target, pinned: string | undefined, trail: Trail): Promise<TargetStatus> {
  const entries = trail.entries();
  const desired = pinned ?? desiredTag(entries, target.id);
  const saidAt = target.probe.kind === "far" ? lastReceipt(entries, target.id)?.time : undefined;
  const row = { target: target.id, desired, ...(saidAt !== undefined && { saidAt }) };
  try {
    const receipt = await ask(target.probe);
    const should = desired === undefined ? undefined : releaseOf(entries, desired);
    const differs = differenceOf(receipt, shouldBe(target.probe, should));
    const stale = differs && stalenessOf(entries, target.id);
    const answered = { lastSeen: saidAt ?? new Date().toISOString() };
    const facts = { ...row, receipt, ...(differs && { why: differs.why }), ...stale, ...answered };
    const state = differs === undefined ? "current" : stale === undefined ? "failed" : "stale";
    if (receipt.kind === "nothing") {
      return { ...facts, state: differs === undefined ? "empty" : state, health: "nothing" };
    }
    const found = releaseSaid(entries, receipt, [should]);
    return {
      ...facts,
      release: found?.tag ?? "unknown",
      commit: found?.commit,
      subject: found?.subject,
      state,
      ageSeconds: receipt.since === "" ? undefined : (Date.now() - Date.parse(receipt.since)) / 1000,
      health: healthOf(receipt, found !== undefined),
    };
  } catch (error) {
    const { state, why } = failureOf(error);
    const said = { ...row, ...last(entries, target.id), state, why };
    const time = new Date().toISOString();
    if (error instanceof WaitsForMedium) {
      // Nobody has tried to reach it.
      return { ...said, health: "no line", ...(saidAt !== undefined && { lastSeen: saidAt }) };
    }
    return state === "stale"
      ? { ...said, health: "unreachable", ...staleNow(entries, target.id, { time, why }) }
      : { ...said, health: "refused", lastSeen: time };
  }
}

/** What a target had when it said so last. */
function last(
  entries: readonly Entry[],
  target: TargetId,
): Pick<TargetStatus, "release" | "commit" | "subject"> {
  const tag = lastReceipt(entries, target)?.tag;
  const { commit, subject } = (tag === undefined ? undefined : releaseOf(entries, tag)) ?? {};
  return { release: tag, commit, subject };
}

function runs(trail: Trail, budgetMinutes: number): Status["runs"] {
  const entries = trail.entries();
  return entries
    .filter(({ body }) => body.type === "run-started" || body.type === "rollback-started")
    .slice(-runsShown)
    .flatMap(({ body, time }) => {
      if (body.type !== "run-started" && body.type !== "rollback-started") {
        return [];
      }
      const end = newest(entries, "run-finished", ({ run }) => run === body.run)?.body;
      const subject = body.type === "run-started" ? subjectOf(body) : `rollback: ${body.reason}`;
      const covers = body.type === "run-started" ? body.covers : undefined;
      const ended = { exitCode: end?.exitCode, stages: end?.stages };
      const budget = budgetOf(entries, body.run, budgetMinutes, Date.now());
      const more = { ...(covers !== undefined && { covers }), ...(budget !== undefined && { budget }) };
      return [{ run: body.run, subject, time, ...ended, ...more }];
    })
    .reverse();
}

function waitingIn(trail: Trail): Status["queue"] {
  const entries = trail.entries();
  const isOn = isHeld(trailFolder());
  return unanswered(entries)
    .filter(({ id }) => !isOn || answerTo(entries, id).state === "waits")
    .map(({ commit, at, urgent, schedule }) => ({
      commit,
      at,
      ...(urgent && { urgent }),
      ...(schedule !== undefined && { schedule }),
    }));
}

function subjectOf({ trigger, subject }: { readonly trigger: string; readonly subject: string }): string {
  return trigger === "sync" ? `sync: ${subject}` : subject;
}

/** What is printed of a status. */
export type Printed = Pick<Status, "targets" | "time"> & Partial<Pick<Status, "runs" | "queue">>;

/**
 * The status for people: tables, or where they are too wide, a block for each row.
 *
 * @param columns how many characters fit in a line. @default any
 */
export function formatStatus(
  { targets, time, runs: newest = [], queue = [] }: Printed,
  columns?: number,
): string {
  const now = Date.parse(time);
  const rows = targets.map((row) => [
    row.target,
    row.release ?? "-",
    row.commit?.slice(0, 12) ?? "-",
    row.desired ?? "-",
    row.ageSeconds === undefined ? "-" : formatAge(row.ageSeconds),
    seen(row.lastSeen, now),
    row.health,
    describeState(row, now) + saying(row.state, row.saidAt),
  ]);
  const ran = newest.map(({ run, subject, time: began, exitCode, stages = {}, budget }) => [
    `#${String(run)}`,
    `${formatAge((now - Date.parse(began)) / 1000)} ago`,
    exitCode === undefined ? "-" : String(exitCode),
    Object.entries(stages)
      .map(([stage, seconds]) => `${stage} ${formatAge(seconds)}`)
      .join(", ") || "-",
    budget === undefined ? "-" : describeBudget(budget),
    subject,
  ]);
  const head = ["TARGET", "RELEASE", "COMMIT", "SHOULD RUN", "AGE", "LAST SEEN", "HEALTH", "STATE"];
  const runHead = ["RUN", "BEGAN", "EXIT", "STAGES", "FROM PUSH TO LAST RECEIPT", "WHAT"];
  return [
    formatRows([head, ...rows], columns),
    ...(ran.length === 0 ? [] : [formatRows([runHead, ...ran], columns)]),
    ...(queue.length === 0 ? [] : [queue.map((push) => waits(push, now)).join("\n")]),
  ].join("\n\n");
}

function waits({ commit, at, urgent, schedule }: Status["queue"][number], now: number): string {
  const how = `${urgent === true ? ", urgent" : ""}${schedule === undefined ? "" : `, ships at ${schedule} (UTC)`}`;
  return `${tagOf(commit)} waits for a run, since ${formatAge((now - Date.parse(at)) / 1000)}${how}`;
}

function seen(lastSeen: string | undefined, now: number): string {
  if (lastSeen === undefined) {
    return "never";
  }
  const seconds = (now - Date.parse(lastSeen)) / 1000;
  return seconds < 1 ? "now" : `${formatAge(seconds)} ago`;
}

/** A state on one line: why a target is not current, and since when it is stale. */
function describeState(row: TargetStatus, now: number): string {
  const { state, why = `it should have ${row.desired ?? "nothing"}`, staleSince, staleBecause, tries } = row;
  if (state === "current" || state === "empty") {
    return state;
  }
  if (staleSince === undefined || staleBecause === undefined || tries === undefined) {
    return `${state}: ${why}`;
  }
  const stale = describeStaleness({ staleSince, staleBecause, tries, lastSeen: row.lastSeen }, now);
  return why === staleBecause ? stale : `${stale}. It answers again: ${why}`;
}

/** When a target said it that can't be asked now. */
function saying(state: TargetStatus["state"], saidAt: string | undefined): string {
  const when = `${saidAt?.slice(0, 16).replace("T", " ") ?? ""} UTC`;
  return saidAt === undefined
    ? ""
    : state === "current"
      ? `, as it said on ${when}`
      : `; it said last on ${when}`;
}
