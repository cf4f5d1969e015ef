/** What a rollback would do, target by target; nothing is touched, and nothing written. */
import type { TargetId } from "../core/entry";
import { formatTable } from "../core/format";
import { describeChanges } from "../core/outcome";
import type { Travel } from "../core/travel";
import { trailFolder } from "../store/project";
import { directoryTrail } from "../store/trail";
import { isAbout, openAbout } from "./about";
import { describePlanned, describeSeconds, type PlannedTarget, planTargets, usualSeconds } from "./planned";
import { destinations, type Moves, movesOf, refusalOf, type RollbackOptions, summary } from "./rollback";
import { stackNames } from "./run";
import { previewAll } from "./previews";
import { targetsIn } from "./ship";
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
  readonly refused?: { readonly stage: "artefacts" | "policy"; readonly why: string };
}

/** Asks every target, looks for what it would be given, and lets the policy judge. */
export async function planRollback(options: Omit<RollbackOptions, "onLine">): Promise<RollbackPlan> {
  const { settings } = await openBuild();
  const stacks = await openAbout(options.target, stackNames(options, settings));
  const trail = directoryTrail(trailFolder());
  const targets = targetsIn(stacks).filter(({ id }) => isAbout(options.target, id));
  const wanted = destinations(
    trail,
    targets.map(({ id }) => id),
    options,
  );
  const [planned, { reasons, changes }] = await Promise.all([
    planTargets(stacks, targets, wanted, trail),
    // The trail does not say yet why targets go back.
    previewAll(stacks, { tags: wanted, reason: options.reason }),
  ]);
  const known = [...planned].map(
    ([id, target]) =>
      [id, { kept: false, bytes: 0, ...target, changes: changes.get(id) ?? [] }] as [
        TargetId,
        PlannedTarget & Travel,
      ],
  );
  const refused = refusalOf(new Map(known), reasons);
  const seconds = usualSeconds(trail);
  return {
    dryRun: true,
    reason: options.reason,
    exitCode: refused === undefined ? 0 : 1,
    moves: movesOf(trail, wanted),
    targets: Object.fromEntries(known),
    ...(seconds !== undefined && { seconds }),
    ...(refused !== undefined && { refused }),
  };
}

/** The plan for people. */
export function formatRollbackPlan({ moves, targets, reason, seconds, refused }: RollbackPlan): string {
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
    ...(refused === undefined ? [] : [`It would be refused by ${refused.stage}: ${refused.why}`]),
  ].join("\n");
}
