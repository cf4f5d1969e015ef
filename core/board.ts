/** How every target stands, by the trail and by what it answered when it was last asked: what the status page shows. Pure. */
import type { Entry, TargetId } from "./entry";
import type { Receipt } from "./receipt";
import { healthOf } from "./receipt";
import { type History, historyAfter } from "./staleness";

/** What a target answered when it was asked; `hms pipeline status` says the same of it. */
export interface Answer {
  readonly target: TargetId;
  readonly desired?: string;
  readonly release?: string;
  readonly state: "current" | "stale" | "failed" | "empty";
  readonly receipt?: Receipt;
  readonly health: string;
  readonly why?: string;
  readonly staleSince?: string;
  readonly staleBecause?: string;
  readonly tries?: number;
  readonly lastSeen?: string;
}

/** All answers, and when they were asked for: ISO 8601, UTC. */
export interface Answers {
  readonly time: string;
  readonly targets: readonly Answer[];
}

/** How one target stands. */
export interface Standing {
  readonly target: TargetId;
  /** `updating`: the run that is on works on it. `empty`: it has nothing, and should have nothing. */
  readonly state: "current" | "updating" | "stale" | "failed" | "empty";
  /** The tag of the release that it should have. */
  readonly desired?: string;
  /** The tag of the release that it said it has. */
  readonly release?: string;
  /** ISO 8601, UTC: since when it is in a state that somebody should look at. */
  readonly since?: string;
  /** Why, in a sentence. */
  readonly why?: string;
  /** Of a stale one: how many runs, rollbacks and syncs have tried in vain. */
  readonly tries?: number;
  /** ISO 8601, UTC: when it last answered. */
  readonly lastSeen?: string;
  /** As `healthOf` says. */
  readonly health?: string;
  /** ISO 8601, UTC: since when it has had what it has, as it said. */
  readonly hasSince?: string;
}

/** What the trail says of one target. */
interface Known {
  history: History;
  desired?: { readonly tag: string; readonly run?: number; readonly number: number; readonly time: string };
  receipt?: { readonly tag: string; readonly receipt: Receipt };
  /** Why it is not as it should be, though it answers; none since its last good receipt. */
  trouble?: { readonly why: string; readonly since: string };
  /** The newest entry that says how it is, not how it should be. */
  last: { readonly number: number; readonly time: string };
}

/**
 * How each target stands. What the trail wrote after a target was asked counts more than its answer.
 *
 * @param answers @default nobody was asked yet: the trail alone says it
 * @param run the run that is on @default none
 */
export function standings(entries: readonly Entry[], answers?: Answers, run?: number): Standing[] {
  const known = knownOf(entries);
  const asked = new Map(answers?.targets.map((answer) => [answer.target, answer]));
  // What no stack's settings name any more is no target, whatever the trail remembers.
  const targets = answers === undefined ? [...known.keys()].sort() : [...asked.keys()];
  return targets.map((target) => {
    const facts = known.get(target);
    const answer = asked.get(target);
    const isNews = [facts?.last.time, facts?.desired?.time].some((at = "") => at > (answers?.time ?? ""));
    const isUpdating =
      run !== undefined && facts?.desired?.run === run && facts.last.number < facts.desired.number;
    const standing =
      answer === undefined || isNews ? byTrail(target, facts) : byAnswer(answer, answers?.time ?? "", facts);
    const desired = facts?.desired?.tag ?? standing.desired;
    return {
      ...(isUpdating ? withoutTrouble(standing) : standing),
      ...(desired !== undefined && { desired }),
      ...(isUpdating && { state: "updating" }),
    };
  });
}

function knownOf(entries: readonly Entry[]): Map<TargetId, Known> {
  const known = new Map<TargetId, Known>();
  const of = (target: TargetId): Known => {
    const found = known.get(target) ?? { history: {}, last: { number: 0, time: "" } };
    known.set(target, found);
    return found;
  };
  for (const entry of entries) {
    const { body, number, time } = entry;
    const told = (target: TargetId): Known => {
      const found = of(target);
      found.history = historyAfter(found.history, entry, target);
      found.last = { number, time };
      return found;
    };
    if (body.type === "desired") {
      of(body.target).desired = {
        tag: body.tag,
        number,
        time,
        ...(body.run !== undefined && { run: body.run }),
      };
    } else if (body.type === "receipt") {
      const found = told(body.target);
      found.receipt = { tag: body.tag, receipt: body.receipt };
      delete found.trouble;
    } else if (body.type === "drift") {
      const found = told(body.target);
      found.trouble = { why: body.why, since: found.trouble?.since ?? time };
    } else if (body.type === "run-finished") {
      for (const [target, outcome] of Object.entries(body.targets) as [
        TargetId,
        (typeof body.targets)[TargetId],
      ][]) {
        const found = told(target);
        if (outcome.state === "failed") {
          found.trouble = { why: outcome.why, since: found.trouble?.since ?? time };
        } else {
          delete found.trouble;
        }
        if (outcome.state === "current" && found.receipt !== undefined) {
          // What did not change gives no new receipt under a new tag.
          found.receipt = { ...found.receipt, tag: outcome.tag };
        }
      }
    } else if (body.type === "site-removed") {
      known.delete(body.target);
    }
  }
  return known;
}

function byTrail(target: TargetId, facts: Known | undefined): Standing {
  const { history, desired, receipt, trouble } = facts ?? { history: {} };
  const health = receipt && healthOf(receipt.receipt, true);
  const since = receipt && "since" in receipt.receipt ? receipt.receipt.since : "";
  const said = {
    target,
    ...(receipt !== undefined && { release: receipt.tag }),
    ...(health !== undefined && { health }),
    ...(since !== "" && { hasSince: since }),
    ...(history.lastSeen !== undefined && { lastSeen: history.lastSeen }),
  };
  if (history.stale !== undefined) {
    const { staleSince, staleBecause, tries } = history.stale;
    return { ...said, state: "stale", since: staleSince, why: staleBecause, tries };
  }
  if (trouble !== undefined) {
    return { ...said, state: "failed", ...trouble };
  }
  if (receipt === undefined) {
    return {
      ...said,
      state: desired === undefined ? "empty" : "failed",
      ...(desired && nothingYet(desired.tag)),
    };
  }
  return desired === undefined || desired.tag === receipt.tag
    ? { ...said, state: "current" }
    : { ...said, state: "failed", why: `it has ${receipt.tag}: it should have ${desired.tag}` };
}

const nothingYet = (tag: string): Pick<Standing, "why"> => ({
  why: `it has not said yet that it has anything: it should have ${tag}`,
});

function byAnswer(answer: Answer, time: string, facts: Known | undefined): Standing {
  const { target, state, desired, release, health, why, staleSince, staleBecause, tries } = answer;
  const since = answer.receipt !== undefined && "since" in answer.receipt ? answer.receipt.since : "";
  const lastSeen = answer.receipt === undefined ? answer.lastSeen : time;
  return {
    target,
    state,
    health,
    ...(desired !== undefined && { desired }),
    ...(release !== undefined && { release }),
    ...(since !== "" && { hasSince: since }),
    ...(lastSeen !== undefined && { lastSeen }),
    ...(state !== "current" &&
      state !== "empty" && {
        since: staleSince ?? facts?.trouble?.since ?? time,
        why: whyNow(why, staleBecause) ?? `it should have ${desired ?? "nothing"}`,
        ...(tries !== undefined && { tries }),
      }),
  };
}

/** A stale target that answers says itself what is wrong; what the last try said is as true as before. */
function whyNow(why: string | undefined, staleBecause: string | undefined): string | undefined {
  return staleBecause === undefined || why === undefined || why === staleBecause
    ? (why ?? staleBecause)
    : `${staleBecause}. It answers again: ${why}`;
}

/** While it is worked on, it is in no state that somebody should look at. */
function withoutTrouble(standing: Standing): Standing {
  return { ...standing, since: undefined, why: undefined, tries: undefined };
}

/** How many targets are in each state. */
export function countStates(all: readonly Standing[]): Readonly<Record<Standing["state"], number>> {
  const count = { current: 0, updating: 0, stale: 0, failed: 0, empty: 0 };
  for (const { state } of all) count[state] += 1;
  return count;
}

/** All of it in one sentence, for whoever takes one look. */
export function headline(all: readonly Standing[]): string {
  const { stale, failed, updating, empty } = countStates(all);
  const targets = (count: number): string => (count === 1 ? "1 target" : `${String(count)} targets`);
  if (all.length === 0) {
    return "No target has been told of yet";
  }
  const troubles = [
    ...(failed > 0 ? [`${String(failed)} failed`] : []),
    ...(stale > 0 ? [`${String(stale)} stale`] : []),
  ];
  if (troubles.length > 0) {
    return `${troubles.join(" and ")} of ${targets(all.length)}`;
  }
  if (updating > 0) {
    return `${String(updating)} of ${targets(all.length)} ${updating === 1 ? "is" : "are"} being updated`;
  }
  if (empty > 0) {
    return `${String(empty)} of ${targets(all.length)} ${empty === 1 ? "has" : "have"} nothing yet`;
  }
  return all.length === 1 ? "The one target is current" : `All ${targets(all.length)} are current`;
}
