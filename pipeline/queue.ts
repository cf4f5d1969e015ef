/** Takes what waits in the queue, a run at a time. */
import type { Entry } from "../core/entry";
import { answerTo, type Next, nextOf, type Request } from "../core/queue";
import { requests, settle } from "../store/queue";
import { openTrail } from "../store/trail";
import { type RunOptions, type RunResult, runInTurn } from "./run";
import { openBuild } from "./stack";
import { inTurn } from "./turn";

/** What became of a turn. */
export type Taken = { readonly kind: "ran"; readonly result: RunResult } | Exclude<Next, { kind: "run" }>;

/** What waits and is answered by no run yet, oldest first. */
export function unanswered(entries: readonly Entry[]): Request[] {
  return requests().filter(({ id }) => answerTo(entries, id).state !== "answered");
}

/** What would ship now, by the queue alone. */
export const nextInQueue = (): Next => nextOf(requests(), new Date());

/**
 * Runs what is due, if anything is. What it takes stays in the queue until the run has ended: one that is killed is made up for by
 * the next, and the trail says which have been answered.
 */
export async function runNext(options: Pick<RunOptions, "stacks" | "onLine">): Promise<Taken> {
  const expected = nextInQueue();
  if (expected.kind !== "run") {
    return expected;
  }
  return inTurn<Taken>(options, async ({ recover, plugins }) => {
    // Only who holds the lease knows what is the latest, and that no run is on.
    const entries = openTrail().entries();
    settle(requests().flatMap(({ id }) => (answerTo(entries, id).state === "answered" ? id : [])));
    const next = nextOf(unanswered(entries), new Date());
    if (next.kind !== "run") {
      return { result: next };
    }
    const { commit, trigger, covers, requests: ids, pushedAt } = next;
    const build = await openBuild(plugins);
    const ended = await runInTurn(
      { commit, trigger, covers, requests: ids, pushedAt },
      { build, recover, plugins, options },
    );
    settle(ids);
    return { ...ended, result: { kind: "ran", result: ended.result } };
  });
}
