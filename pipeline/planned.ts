/** What would become of each target that is to get a release: for the plans of runs and rollbacks. Nothing is touched. */
import type { TargetId } from "../core/entry";
import { formatAge } from "../core/format";
import { all } from "../core/history";
import { median } from "../core/median";
import type { Change } from "../core/outcome";
import type { Target } from "../core/target";
import { describeTravel, type Travel } from "../core/travel";
import type { Trail } from "../store/trail";
import { compare, inPassing } from "./compare";
import type { Draft } from "./draft";
import type { Wanted } from "./ship";
import type { OpenStack } from "./stack";
import { travels } from "./travel";

/** What would become of one target. Field names are stable: `--json` prints it. */
export type PlannedTarget = Partial<Travel> & {
  /** What it answers now: `ready`, or why it can't take the release yet. */
  readonly answers: "ready" | "unreachable" | "refused";
  /** One sentence, when it is not ready. */
  readonly why?: string;
  /** The tag of the release that it says it has. @default none of the trail's */
  readonly release?: string;
  /** The tag of the release that its settings pin it to, in the place of the one that is planned. @default they do not */
  readonly pinned?: string;
  /** What its preview says that would change. @default it was not previewed */
  readonly changes?: readonly Change[];
};

/** Asks every target, and looks for what it would be given. Of what is not built, nobody knows what travels. */
export async function planTargets(
  stacks: readonly OpenStack[],
  targets: readonly Target[],
  wanted: Wanted,
  trail: Trail,
  draft?: Draft,
): Promise<Map<TargetId, PlannedTarget>> {
  const [travel, answers] = await Promise.all([
    travels(targets, wanted, trail, draft),
    compare(stacks, trail, inPassing),
  ]);
  return new Map(
    answers
      .filter(({ target }) => wanted.has(target.id))
      .map(({ target, found, why, release }): [TargetId, PlannedTarget] => {
        const known = { ...travel.get(target.id), ...(release !== undefined && { release }) };
        return found === "unreachable" || found === "refused"
          ? [target.id, { ...known, answers: found, ...(why !== undefined && { why }) }]
          : [target.id, { ...known, answers: "ready" }];
      }),
  );
}

/** The same with what previews say that would change. */
export function withChanges(
  targets: ReadonlyMap<TargetId, PlannedTarget>,
  changes: ReadonlyMap<TargetId, readonly Change[]>,
): Map<TargetId, PlannedTarget> {
  return new Map([...targets].map(([id, target]) => [id, { ...target, changes: changes.get(id) ?? [] }]));
}

/** What travels to a target, for people. */
export function describePlanned({ answers, kept, bytes, layers, missing, pinned }: PlannedTarget): string {
  const travel =
    kept === undefined || bytes === undefined
      ? "known once it is built"
      : describeTravel({
          kept,
          bytes,
          ...(layers !== undefined && { layers }),
          ...(missing !== undefined && { missing }),
        });
  return `${pinned === undefined ? "" : `pinned to ${pinned}; `}${travel}${answers === "unreachable" ? ", when it is back" : ""}`;
}

/**
 * How long the updates of runs and rollbacks took lately that brought something: the median of the last five, in seconds; undefined when
 * there was none.
 */
export function usualSeconds(trail: Trail): number | undefined {
  const entries = trail.entries();
  const brought = new Set(all(entries, "receipt").map(({ body }) => body.run));
  return median(
    all(entries, "run-finished")
      .filter(({ body }) => brought.has(body.run))
      .flatMap(({ body }) => body.stages["update"] ?? [])
      .slice(-5),
  );
}

/** How long updates take, for people. */
export function describeSeconds(seconds: number): string {
  return `Updates took ${formatAge(seconds)} lately. No request is lost meanwhile.`;
}
