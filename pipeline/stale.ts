/** Tells at the end of a run which targets are stale: since when, why, and how often they were tried. */
import type { TargetId, TargetOutcome } from "../core/entry";
import { describeStaleness, stalenessOf, type Staleness } from "../core/staleness";
import type { Trail } from "../store/trail";
import type { RunLog } from "./log";

/** What is known of stale targets, by `STACK/NAME`. */
export type StaleTargets = Readonly<Record<TargetId, Staleness>>;

/** Says of each target that a run left stale what the trail knows, and returns it; the run's end must be in the trail. */
export function tellStale(
  trail: Trail,
  log: RunLog,
  outcomes: Readonly<Record<TargetId, TargetOutcome>>,
): StaleTargets {
  const entries = trail.entries();
  const stale: Record<TargetId, Staleness> = {};
  for (const id of Object.keys(outcomes) as TargetId[]) {
    const facts = stalenessOf(entries, id);
    if (facts !== undefined && outcomes[id]?.state === "stale") {
      stale[id] = facts;
      log.say("⏳", `${id} is ${describeStaleness(facts, Date.now())}`);
    }
  }
  return stale;
}
