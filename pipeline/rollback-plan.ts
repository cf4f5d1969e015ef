/** What a rollback would do, target by target; nothing is touched, and nothing written. */
import { describeLifted, type Lifted, quarantineOf } from "../core/clearance";
import type { Entry, TargetId } from "../core/entry";
import { formatTable } from "../core/format";
import { describeChanges } from "../core/outcome";
import type { Travel } from "../core/travel";
import { openTrail } from "../store/trail";
import { isAbout, openAbout } from "./about";
import {
  describePlanned,
  describeSeconds,
  type PlannedTarget,
  planTargets,
  usualSeconds,
  withChanges,
} from "./planned";
import { destinations, type Moves, movesOf, refusalOf, type RollbackOptions, summary } from "./rollback";
import { requireNotPinned } from "./pins";
import { stackNames } from "./run";
import { previewAll } from "./previews";
import { targetsIn, type Wanted } from "./ship";
import { openBuild } from "./stack";

/** What a rollback would do. Field names are stable: `--json` prints it. */
export interface RollbackPlan {
  readonly dryRun: true;
  readonly reason: string;
  /** 1 when it would be refused. */
  readonly exitCode: 0 | 1;
  readonly moves: Moves;
  readonly targets: Readonly<Record<TargetId, PlannedTarget & Travel>>;
  /** Seconds that updates took lately. @default there was none */
  readonly seconds?: number;
  /** The quarantine that it lifts: a rollback of every target takes its release out of it. @default there is none */
  readonly lifts?: Lifted;
  readonly refused?: { readonly stage: "artefacts" | "policy"; readonly why: string };
}

/** Asks every target, looks for what it would be given, and lets the policy judge. */
export async function planRollback(options: Omit<RollbackOptions, "onLine">): Promise<RollbackPlan> {
  const { settings } = await openBuild();
  const stacks = await openAbout(options.target, stackNames(options, settings));
  const trail = openTrail();
  const targets = targetsIn(stacks).filter(({ id }) => isAbout(options.target, id));
  const wanted = destinations(
    trail,
    targets.map(({ id }) => id),
    options,
  );
  requireNotPinned(stacks, wanted);
  const lifts = liftedBy(trail.entries(), wanted, options);
  const [planned, { reasons, changes }] = await Promise.all([
    planTargets(stacks, targets, wanted, trail),
    // The trail does not say yet why targets go back, nor that what they go back to may ship again.
    previewAll(stacks, { tags: wanted, reason: options.reason, liftsQuarantine: lifts !== undefined }),
  ]);
  const known = new Map(
    [...withChanges(planned, changes)].map(([id, target]) => [id, { kept: false, bytes: 0, ...target }]),
  );
  const refused = refusalOf(known, reasons);
  const seconds = usualSeconds(trail);
  return {
    dryRun: true,
    reason: options.reason,
    exitCode: refused === undefined ? 0 : 1,
    moves: movesOf(trail, wanted),
    targets: Object.fromEntries(known),
    ...(seconds !== undefined && { seconds }),
    ...(lifts !== undefined && { lifts }),
    ...(refused !== undefined && { refused }),
  };
}

/** The quarantine that a rollback lifts; one of some targets lifts none. */
function liftedBy(
  entries: readonly Entry[],
  wanted: Wanted,
  { target }: Pick<RollbackOptions, "target">,
): Lifted | undefined {
  const [tag = ""] = wanted.values();
  const rolledBack = target === undefined ? quarantineOf(entries, tag) : undefined;
  return rolledBack === undefined ? undefined : { tag, rolledBack };
}

/** The plan for people. */
export function formatRollbackPlan({
  moves,
  targets,
  reason,
  seconds,
  lifts,
  refused,
}: RollbackPlan): string {
  const rows = (Object.entries(targets) as [TargetId, PlannedTarget][]).map(([id, target]) => {
    const { from = "-", to = "-" } = moves[id] ?? {};
    return [
      id,
      from,
      to,
      target.answers,
      describeChanges(target.changes ?? []) || "none",
      describePlanned(target),
    ];
  });
  return [
    `rollback (${reason}): ${summary(moves)}`,
    formatTable([["TARGET", "FROM", "TO", "ANSWERS", "CHANGES", "WHAT TRAVELS"], ...rows]),
    ...(seconds === undefined ? [] : [describeSeconds(seconds)]),
    ...(lifts === undefined ? [] : [describeLifted(lifts)]),
    ...(refused === undefined ? [] : [`It would be refused by ${refused.stage}: ${refused.why}`]),
  ].join("\n");
}
