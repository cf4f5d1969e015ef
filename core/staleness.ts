/** Since when, why and how often in vain: what the trail says of a target that can't be reached. Pure. */
import type { Entry, TargetId } from "./entry";
import { formatAge } from "./format";

/** What is known of a stale target. Field names are stable: `--json` prints them. */
export interface Staleness {
  /** ISO 8601, UTC: when it was first found out of reach. */
  readonly staleSince: string;
  /** One sentence that begins with `unreachable:`, from the last try. */
  readonly staleBecause: string;
  /** How many runs, rollbacks and syncs have tried in vain; each of them dials as often as the target's settings say. */
  readonly tries: number;
  /** ISO 8601, UTC: when it last answered. @default never */
  readonly lastSeen?: string;
}

/** What the trail says of a target that is stale; undefined when it is not. */
export function stalenessOf(entries: readonly Entry[], target: TargetId): Staleness | undefined {
  const { lastSeen, stale } = historyOf(entries, target);
  return stale && { ...stale, ...(lastSeen !== undefined && { lastSeen }) };
}

/** The same of a target that was asked just now, and could not be reached. */
export function staleNow(
  entries: readonly Entry[],
  target: TargetId,
  { time, why }: { readonly time: string; readonly why: string },
): Staleness {
  const { lastSeen, stale } = historyOf(entries, target);
  return {
    staleSince: stale?.staleSince ?? time,
    staleBecause: why,
    tries: stale?.tries ?? 0,
    ...(lastSeen !== undefined && { lastSeen }),
  };
}

/** What the trail says of one target's answers, up to some entry. */
export interface History {
  /** ISO 8601, UTC: when it last answered. @default never */
  readonly lastSeen?: string;
  /** @default it is not stale */
  readonly stale?: Omit<Staleness, "lastSeen">;
}

function historyOf(entries: readonly Entry[], target: TargetId): History {
  return entries.reduce<History>((known, entry) => historyAfter(known, entry, target), {});
}

/** What is known of a target after one more entry; the same object when the entry is not about its answers. */
export function historyAfter(known: History, { body, time }: Entry, target: TargetId): History {
  if (body.type === "receipt" && body.target === target) {
    return { lastSeen: time };
  }
  if (body.type === "drift" && body.target === target) {
    return { ...known, lastSeen: time };
  }
  const outcome = body.type === "run-finished" ? body.targets[target] : undefined;
  if (outcome?.state === "stale") {
    const { staleSince = time, tries = 0 } = known.stale ?? {};
    return { ...known, stale: { staleSince, staleBecause: outcome.why, tries: tries + 1 } };
  }
  return outcome === undefined ? known : { lastSeen: time };
}

/** On one line, for people: `stale for 3 h, 2 tries, last seen 2026-11-26T10:00:00Z; unreachable: …`. */
export function describeStaleness(
  { staleSince, staleBecause, tries, lastSeen }: Staleness,
  now: number,
): string {
  const age = formatAge((now - Date.parse(staleSince)) / 1000);
  const count = tries === 1 ? "1 try" : `${String(tries)} tries`;
  const seen = lastSeen === undefined ? "never seen" : `last seen ${lastSeen.replace(/\.\d+Z$/, "Z")}`;
  return `stale for ${age}, ${count}, ${seen}; ${staleBecause}`;
}
