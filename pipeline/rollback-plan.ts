/** What a rollback would do, target by target; nothing is touched, and nothing written. */
import type { TargetId } from "../core/entry";
import { formatAge, formatTable } from "../core/format";
import { all } from "../core/history";
import { describeTravel, type Travel } from "../core/travel";
import { trailFolder } from "../store/project";
import { directoryTrail, type Trail } from "../store/trail";
import { isAbout, openAbout } from "./about";
import { compare, inPassing } from "./compare";
import { destinations, type Moves, movesOf, refusalOf, type RollbackOptions, summary } from "./rollback";
import { stackNames } from "./run";
import { targetsIn, vetoes } from "./ship";
import { openBuild } from "./stack";
import { travels } from "./travel";

/** What a rollback would do. Field names are stable: `--json` prints it. */
export interface RollbackPlan {
  readonly dryRun: true;
  readonly reason: string;
  /** 1 when it would be refused. */
  readonly exitCode: 0 | 1;
  readonly moves: Moves;
  readonly targets: Readonly<Record<TargetId, PlannedTarget>>;
  /** Seconds that updates took in past rollbacks and runs: the median of the last five. @default there was none */
  readonly seconds?: number;
  readonly refused?: { readonly stage: "artefacts" | "policy"; readonly why: string };
}

/** What would become of one target. */
export type PlannedTarget = Travel & {
  /** What it answers now: `ready`, or why it can't take the release yet: `unreachable`, `refused`. */
  readonly answers: "ready" | "unreachable" | "refused";
  /** One sentence, when it is not ready. */
  readonly why?: string;
};

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
  const [travel, answers, reasons] = await Promise.all([
    travels(targets, wanted, trail),
    compare(stacks, trail, inPassing),
    // The trail does not say yet why targets go back.
    vetoes(stacks, { tags: wanted, reason: options.reason }),
  ]);
  const planned = answers
    .filter(({ target }) => wanted.has(target.id))
    .map(({ target, found, why }): [TargetId, PlannedTarget] => {
      const there = travel.get(target.id) ?? { kept: false, bytes: 0 };
      return found === "unreachable" || found === "refused"
        ? [target.id, { ...there, answers: found, ...(why !== undefined && { why }) }]
        : [target.id, { ...there, answers: "ready" }];
    });
  const refused = refusalOf(travel, reasons);
  const seconds = usualSeconds(trail);
  return {
    dryRun: true,
    reason: options.reason,
    exitCode: refused === undefined ? 0 : 1,
    moves: movesOf(trail, wanted),
    targets: Object.fromEntries(planned),
    ...(seconds !== undefined && { seconds }),
    ...(refused !== undefined && { refused }),
  };
}

/** How long updates took lately: the median of the last five, in seconds. */
function usualSeconds(trail: Trail): number | undefined {
  const took = all(trail.entries(), "run-finished")
    .flatMap(({ body }) => body.stages["update"] ?? [])
    .slice(-5)
    .sort((a, b) => a - b);
  return took[Math.floor(took.length / 2)];
}

/** The plan for people. */
export function formatRollbackPlan({ moves, targets, reason, seconds, refused }: RollbackPlan): string {
  const rows = (Object.keys(targets) as TargetId[]).map((id) => {
    const { answers, ...travel } = targets[id] as PlannedTarget;
    const { from = "-", to = "-" } = moves[id] ?? {};
    const when = answers === "unreachable" ? ", when it is back" : "";
    return [id, from, to, answers, `${describeTravel(travel)}${when}`];
  });
  return [
    `rollback (${reason}): ${summary(moves)}`,
    formatTable([["TARGET", "FROM", "TO", "ANSWERS", "WHAT TRAVELS"], ...rows]),
    ...(seconds === undefined
      ? []
      : [`Updates took ${formatAge(seconds)} lately. No request is lost meanwhile.`]),
    ...(refused === undefined ? [] : [`It would be refused by ${refused.stage}: ${refused.why}`]),
  ].join("\n");
}
