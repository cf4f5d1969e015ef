/** Puts the previous release back: a stack update, without a build (design D8). */
import type { TargetId } from "../core/entry";
import { UserError, messageOf } from "../core/errors";
import { desiredTag, nextRun, releaseOf, rollbackTag } from "../core/history";
import { exitCodeOf } from "../core/outcome";
import type { Travel } from "../core/travel";
import { enterRun } from "../store/project";
import type { LogLine } from "../store/run-log";
import { openTrail, type Trail } from "../store/trail";
import { isAbout, openAbout } from "./about";
import { noteBreak, openLog } from "./log";
import { requireNotPinned } from "./pins";
import { type RunOptions, type RunResult, stackNames } from "./run";
import { previewAll } from "./previews";
import { point, settledOf, ship, targetsIn, type Wanted } from "./ship";
import { haveEngine, openBuild } from "./stack";
import { Stages } from "./stages";
import { tellStale } from "./stale";
import { tell, tellTrace } from "./tell";
import { travels } from "./travel";
import { inTurn } from "./turn";

/** What a rollback is to do. */
export interface RollbackOptions extends Pick<RunOptions, "stacks"> {
  /** The release that is put back. @default the newest before the current one that failed nowhere */
  readonly to?: string;
  /** `STACK` or `STACK/NAME`. @default every target */
  readonly target?: string;
  /** Why, for the trail. */
  readonly reason: string;
  /** Told each line of the log. */
  readonly onLine: (line: LogLine) => void;
}

/** How a rollback ended. Field names are stable: `--json` prints it. */
export type RollbackResult = Omit<RunResult, "commit" | "subject" | "tag"> & {
  readonly reason: string;
  /** From which release to which, by `STACK/NAME`. */
  readonly moves: Readonly<Record<TargetId, { readonly from: string; readonly to: string }>>;
};

/** Rolls back. */
export function rollback(options: RollbackOptions): Promise<RollbackResult> {
  return inTurn({ onLine: options.onLine, first: true }, async ({ recover, plugins }) => {
    const build = await openBuild();
    const { settings } = build;
    const stacks = await openAbout(options.target, stackNames(options, settings), plugins);
    await recover(stacks);
    const trail = openTrail();
    const ids = targetsIn(stacks)
      .map(({ id }) => id)
      .filter((id) => isAbout(options.target, id));
    const wanted = destinations(trail, ids, options);
    requireNotPinned(stacks, wanted);

    const run = nextRun(trail.entries());
    enterRun(run);
    plugins.begin(stacks);
    plugins.open();
    await haveEngine(stacks);
    const log = openLog(run, options.onLine);
    const moves = movesOf(trail, wanted);
    const { reason } = options;
    const everywhere = options.target === undefined;
    trail.append({ type: "rollback-started", run, reason, everywhere, targets: listOf(moves) });
    log.say("⏪", `rollback #${String(run)} (${reason}): ${summary(moves)}`);

    const stages = new Stages(log);
    const trace = (): void => {
      tellTrace(log, trail, settings, { run, stages: stages.times });
    };
    const end = (exitCode: 0 | 1 | 3, targets: RunResult["targets"], text: string): RollbackResult => {
      trail.append({ type: "run-finished", run, exitCode, targets, stages: stages.seconds });
      trace();
      const stale = tellStale(trail, log, targets);
      log.end(exitCode === 0 ? "🏁" : "⚠️", `rollback #${String(run)}: ${text}`, exitCode);
      const result = { run, reason, exitCode, targets, stages: stages.seconds, moves };
      return Object.keys(stale).length === 0 ? result : { ...result, stale };
    };
    try {
      const [travel, previews] = await stages.time("preview", () =>
        Promise.all([travels(targetsIn(stacks), wanted, trail), previewAll(stacks, { tags: wanted })]),
      );
      const refused = refusalOf(travel, previews.reasons);
      if (refused !== undefined) {
        trail.append({ type: "refusal", run, ...refused });
        log.say("🚫", `refused by ${refused.stage}: ${refused.why}`);
        tell(log, trail, settings, { run, targets: new Map(), refused });
        return { result: { ...end(1, {}, "nothing was touched"), refused }, settings };
      }
      const settled = settledOf(stacks, previews, trail);
      const outcomes = await stages.time("update", () => {
        point(trail, wanted, "rollback", run);
        return ship(stacks, wanted, { trail, log, run, settled });
      });
      const states = [...outcomes.values()].map(({ state }) => state);
      const [tag = ""] = wanted.values();
      const release = { type: "hms.rolled_back", tag, targets: outcomes } as const;
      tell(log, trail, settings, { run, targets: outcomes, release });
      const current = states.filter((state) => state === "current").length;
      const text = `${String(current)} of ${String(states.length)} targets are back`;
      return { result: end(exitCodeOf(states), Object.fromEntries(outcomes), text), settings };
    } catch (error) {
      noteBreak(trail, run, messageOf(error));
      trace();
      log.end("💥", `rollback #${String(run)} broke off: ${messageOf(error)}`, 1);
      throw error;
    }
  });
}

/** Why a rollback can't be: nothing that a target could be given, or the policy. */
export function refusalOf(
  travel: ReadonlyMap<TargetId, Travel>,
  vetoes: readonly string[],
): { stage: "artefacts" | "policy"; why: string } | undefined {
  const missing = [...travel.values()].flatMap((each) => each.missing ?? []);
  if (missing.length > 0) {
    return { stage: "artefacts", why: missing.join("; ") };
  }
  return vetoes.length > 0 ? { stage: "policy", why: vetoes.join("; ") } : undefined;
}

/**
 * Which release each target goes back to.
 *
 * @throws UserError when there is no such target or release
 */
export function destinations(
  trail: Trail,
  ids: readonly TargetId[],
  { to, target }: Pick<RollbackOptions, "to" | "target">,
): Wanted {
  const entries = trail.entries();
  if (ids.length === 0) {
    throw new UserError(`There is no target ${target ?? ""}. "npx hms pipeline status" lists them.`);
  }
  if (to !== undefined && releaseOf(entries, to) === undefined) {
    throw new UserError(`There is no release ${to} in the trail. "npx hms audit show" lists what there is.`);
  }
  const tag = to ?? rollbackTag(entries, ids);
  if (tag === undefined) {
    throw new UserError("There is no release before the current one. Name one with --to TAG.");
  }
  return new Map(ids.map((id) => [id, tag]));
}

export type Moves = RollbackResult["moves"];

/** From which release to which each target goes. */
export function movesOf(trail: Trail, wanted: Wanted): Moves {
  const entries = trail.entries();
  return Object.fromEntries(
    [...wanted].map(([id, to]) => [id, { from: desiredTag(entries, id) ?? "nothing", to }]),
  );
}

function listOf(moves: Moves): { target: TargetId; from: string; to: string }[] {
  return (Object.entries(moves) as [TargetId, { from: string; to: string }][]).map(([target, move]) => ({
    target,
    ...move,
  }));
}

/** `8e9a12c → 41c0f3e on 4 targets`, or target by target. */
export function summary(moves: Moves): string {
  const texts = listOf(moves).map(({ from, to }) => `${from} → ${to}`);
  return new Set(texts).size === 1
    ? `${texts[0] ?? ""} on ${String(texts.length)} targets`
    : listOf(moves)
        .map(({ target, from, to }) => `${target} ${from} → ${to}`)
        .join(", ");
}
