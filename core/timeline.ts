/** What happened, as people look for it: deployments, rollbacks, refusals, and which targets went stale and came back. Pure. */
import type { Entry, TargetId } from "./entry";
import { sentenceOf } from "./entry-text";
import { formatAge } from "./format";
import { nameOfRun, type RunFacts, runsIn } from "./run-history";
import { type History, historyAfter } from "./staleness";

/** What kind of moment it was. */
export type MomentKind =
  | "deploy"
  | "rollback"
  | "sync"
  | "refused"
  | "stale"
  | "healed"
  | "failed"
  | "drift"
  | "broke-off"
  | "platform";

/** Something that happened. */
export interface Moment {
  readonly kind: MomentKind;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The number of the entry that says so. */
  readonly entry: number;
  /** One sentence without an end. */
  readonly text: string;
  /** Who: `user@host`, or on whose behalf. */
  readonly by: string;
  readonly run?: number;
  /** The release that it was about. */
  readonly tag?: string;
  /** The target that it was about alone. */
  readonly target?: TargetId;
}

/** What happened, oldest first. */
export function timelineOf(entries: readonly Entry[]): Moment[] {
  const runs = new Map(runsIn(entries).map((run) => [run.run, run]));
  const histories = new Map<TargetId, History>();
  const failed = new Set<TargetId>();
  return entries.flatMap((entry) => {
    const { number, time, by, actor, body } = entry;
    const base = { time, entry: number, by: actor ?? by };
    const changes = targetChanges(entry, histories, failed).map((change) => ({
      ...base,
      ...("run" in body && body.run !== undefined && { run: body.run }),
      ...change,
    }));
    switch (body.type) {
      case "run-finished": {
        const run = runs.get(body.run);
        return [
          ...changes,
          ...(run === undefined ? [] : endedRun(run).map((moment) => ({ ...base, ...moment }))),
        ];
      }
      case "rollback-started":
        // One that ended says all of it there.
        if (Object.keys(runs.get(body.run)?.targets ?? {}).length > 0) return [];
        return [
          {
            ...base,
            kind: "rollback",
            run: body.run,
            text: `rollback #${String(body.run)} (${body.reason}): ${movesText(body.targets)}`,
            ...(body.targets[0] !== undefined && { tag: body.targets[0].to }),
          },
        ];
      case "refusal":
        return [
          {
            ...base,
            kind: "refused",
            text: sentenceOf(body),
            ...(body.run !== undefined && { run: body.run }),
            ...(body.target !== undefined && { target: body.target }),
            ...(body.tag !== undefined && { tag: body.tag }),
          },
        ];
      case "run-broke-off":
        return [{ ...base, kind: "broke-off", run: body.run, text: sentenceOf(body) }];
      case "drift":
        return [
          ...changes,
          {
            ...base,
            kind: "drift",
            text: sentenceOf(body),
            target: body.target,
            tag: body.tag,
            ...(body.run !== undefined && { run: body.run }),
          },
        ];
      case "quarantine-lifted":
        return [{ ...base, kind: "platform", text: sentenceOf(body), tag: body.tag }];
      case "waiver":
      case "keys-rotated":
        return [{ ...base, kind: "platform", text: sentenceOf(body) }];
      case "release-exported":
        return [{ ...base, kind: "platform", text: sentenceOf(body), target: body.target, tag: body.tag }];
      case "site-enrolled":
      case "site-removed":
      case "site-key":
        return [{ ...base, kind: "platform", text: sentenceOf(body), target: body.target }];
      default:
        return changes;
    }
  });
}

function endedRun(run: RunFacts): Pick<Moment, "kind" | "text" | "run" | "tag">[] {
  const states = Object.values(run.targets).map(({ state }) => state);
  if (states.length === 0) {
    return [];
  }
  const current = states.filter((state) => state === "current").length;
  const far = `${String(current)} of ${String(states.length)} targets`;
  const about = { run: run.run, tag: run.tag };
  switch (run.kind) {
    case "run":
      return [
        { ...about, kind: "deploy", text: `deploy #${String(run.run)} (${run.subject}): ${far} are current` },
      ];
    case "sync":
      return [{ ...about, kind: "sync", text: `${nameOfRun(run)}: ${far} are current` }];
    case "rollback":
      return [
        {
          ...about,
          kind: "rollback",
          text: `${nameOfRun(run)} (${run.subject}): ${movesText(run.moves)}, ${far} are back`,
        },
      ];
  }
}

/** Which targets an entry says went stale, came back, or failed. */
function targetChanges(
  entry: Entry,
  histories: Map<TargetId, History>,
  failed: Set<TargetId>,
): Pick<Moment, "kind" | "text" | "target" | "tag">[] {
  const { body, time } = entry;
  const targets =
    body.type === "run-finished"
      ? (Object.keys(body.targets) as TargetId[])
      : body.type === "receipt" || body.type === "drift"
        ? [body.target]
        : [];
  return targets.flatMap((target): Pick<Moment, "kind" | "text" | "target" | "tag">[] => {
    const before = histories.get(target) ?? {};
    const after = historyAfter(before, entry, target);
    histories.set(target, after);
    const outcome = body.type === "run-finished" ? body.targets[target] : undefined;
    const tag = outcome?.tag ?? (body.type === "receipt" ? body.tag : undefined);
    const about = { target, ...(tag !== undefined && { tag }) };
    if (after.stale !== undefined && before.stale === undefined) {
      return [{ ...about, kind: "stale", text: `${target} is stale: ${after.stale.staleBecause}` }];
    }
    if (after.stale === undefined && before.stale !== undefined && outcome?.state !== "failed") {
      const { staleSince, tries } = before.stale;
      const age = formatAge((Date.parse(time) - Date.parse(staleSince)) / 1000);
      const count = tries === 1 ? "1 try" : `${String(tries)} tries`;
      failed.delete(target);
      return [{ ...about, kind: "healed", text: `${target} is back, after ${age} and ${count} in vain` }];
    }
    if (outcome?.state === "failed") {
      failed.add(target);
      return [{ ...about, kind: "failed", text: `${target} failed: ${outcome.why}` }];
    }
    if (outcome?.state === "current" && failed.delete(target)) {
      return [{ ...about, kind: "healed", text: `${target} is right again: it has ${outcome.tag}` }];
    }
    return [];
  });
}

/** `8e9a12c → 41c0f3e on 4 targets`, or target by target. */
function movesText(
  moves: readonly { readonly target: TargetId; readonly from: string; readonly to: string }[],
): string {
  const texts = moves.map(({ from, to }) => `${from} → ${to}`);
  return new Set(texts).size === 1
    ? `${texts[0] ?? ""} on ${texts.length === 1 ? "1 target" : `${String(texts.length)} targets`}`
    : moves.map(({ target, from, to }) => `${target} ${from} → ${to}`).join(", ");
}
