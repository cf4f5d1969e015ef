/** Previews all stacks under the policy, side by side, before the first target is touched (design D4). */
import type { TargetId } from "../core/entry";
import {
  type Change,
  changes,
  firstSaid,
  isOfTarget,
  isSettled,
  unjudged,
  violations,
} from "../core/outcome";
import { type Choice, type OpenStack, type Operation, preview } from "./stack";

/** What previews found. */
export interface Previews {
  /**
   * Why nothing may ship: the violations and mistakes that the previews of all stacks found. A target that can't be reached is no
   * reason.
   */
  readonly reasons: readonly string[];
  /** The stacks where they found nothing to do. */
  readonly settled: ReadonlySet<string>;
  /** What would change at each target, as far as its preview came. */
  readonly changes: ReadonlyMap<TargetId, readonly Change[]>;
}

/**
 * Rules that are about what the build stack makes and signs. Of a draft nobody can say that; whatever it may become is asked again
 * when it is built.
 */
export const askedOnceBuilt: readonly string[] = [
  "release-known",
  "release-passed",
  "release-evidence",
  "release-not-quarantined",
  "release-not-older",
  "image-of-release",
  "bundle-of-release",
  // A registry is known by the releases that lie there: before the first one, none is.
  "image-registry",
];

/** Previews stacks. */
export async function previewAll(stacks: readonly OpenStack[], choice: Choice): Promise<Previews> {
  const operations = await Promise.all(stacks.map((open) => preview(open, choice)));
  const except = choice.draft === undefined ? [] : askedOnceBuilt;
  const named = new Map<string, string[]>();
  const found = new Map<TargetId, readonly Change[]>();
  operations.forEach((operation, index) => {
    const stack = stacks[index]?.name ?? "";
    for (const reason of reasonsOf(operation, except)) {
      named.set(reason, [...(named.get(reason) ?? []), stack]);
    }
    for (const [target, changed] of changes(operation.events)) {
      found.set(`${stack}/${target}`, changed);
    }
  });
  return {
    reasons: [...named].map(([reason, names]) => `${names.join(", ")}: ${reason}`),
    changes: found,
    settled: new Set(stacks.filter((_, index) => isDone(operations[index])).map(({ name }) => name)),
  };
}

const isDone = (operation: Operation | undefined): boolean =>
  operation !== undefined && operation.error === undefined && isSettled(operation.events);

function reasonsOf({ events, error, userError }: Operation, except: readonly string[]): readonly string[] {
  const found = violations(events, except);
  const isVetoed = violations(events).length > 0;
  const silence = unjudged(events);
  if (silence !== undefined) {
    return [...found, `the policy pack ended before it had judged all: ${silence}. Run it again.`];
  }
  if (found.length > 0 || error === undefined || (isVetoed && !userError)) {
    return found;
  }
  // What is no target's own failure kept the policy from its answer: a pack that does not start, for one.
  return userError ? [error] : isOfTarget(events) ? [] : [firstSaid(events) ?? error];
}
