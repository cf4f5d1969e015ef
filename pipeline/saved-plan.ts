/** Plans that are kept: what a run would do is written down and signed, and done as it was read, or not at all. */
import type { StackSettingsOf } from "../core/config";
import type { TargetId } from "../core/entry";
import { UserError } from "../core/errors";
import { desiredTag, releaseOf, trailId } from "../core/history";
import { tagOf } from "../core/release";
import { builtOf, changesSince, type PlannedFacts, type SavedPlan, type World } from "../core/saved-plan";
import { policyDigest, settingsDigest } from "../store/fingerprint";
import { resolveCommit } from "../store/source";
import { openTrail, type Trail } from "../store/trail";
import { compare, inPassing } from "./compare";
import type { PlannedTarget } from "./planned";
import { type OpenStack, openStacks } from "./stack";

/** What is known when a plan is made. */
export interface Known {
  readonly settings: StackSettingsOf<"build">;
  readonly stacks: readonly OpenStack[];
  readonly trail: Trail;
  /** Full hash of what the revision names now. */
  readonly commit: string;
  /** The commit whose release counts: the one that was planned. @default the same */
  readonly planned?: string;
  readonly targets: ReadonlyMap<TargetId, Pick<PlannedTarget, "answers" | "release">>;
}

/** All that the doing of a run follows from, as it is now. */
export function worldOf({ settings, stacks, trail, commit, planned = commit, targets }: Known): World {
  const entries = trail.entries();
  const release = releaseOf(entries, tagOf(planned));
  const built = builtOf(release?.commit === planned ? release : undefined);
  const digests = [{ name: "build", settings }, ...stacks].map(
    (stack) => [stack.name, settingsDigest(stack.settings)] as const,
  );
  const facts = [...targets].map(([id, { answers, release: has }]): [TargetId, PlannedFacts] => {
    const desired = desiredTag(entries, id);
    return [
      id,
      { ...(desired !== undefined && { desired }), answers, ...(has !== undefined && { release: has }) },
    ];
  });
  return {
    service: settings.service,
    trail: trailId(entries),
    commit,
    ...(built !== undefined && { built }),
    settings: Object.fromEntries(digests),
    policy: policyDigest(),
    targets: Object.fromEntries(facts),
  };
}

/**
 * Makes sure that the world is still as a plan says; nothing is touched.
 *
 * @param file the plan's, for the error
 * @throws UserError that says what has changed
 */
export async function requireUnchanged(
  file: string,
  plan: SavedPlan,
  settings: StackSettingsOf<"build">,
): Promise<void> {
  const trail = openTrail();
  const again = `Plan again: npx hms pipeline plan ${plan.revision} --save ${file}`;
  const refuse = (changes: readonly string[]): never => {
    throw new UserError(`${file} is not true any more: ${changes.join("; ")}. Nothing was touched. ${again}`);
  };
  if (Date.parse(plan.expiresAt) <= Date.now()) {
    refuse([`it was good until ${plan.expiresAt}`]);
  }
  const found = await resolveCommit(settings.build.repository, plan.revision).catch(
    (error: unknown): never => {
      if (error instanceof UserError) {
        refuse([`the repository has no ${plan.revision} any more`]);
      }
      throw error;
    },
  );
  const stacks = await openStacks(plan.stacks);
  const answers = await compare(stacks, trail, inPassing);
  const targets = new Map(
    answers.map(({ target, found: what, release }): [TargetId, PlannedFacts] => [
      target.id,
      {
        answers: what === "unreachable" || what === "refused" ? what : "ready",
        ...(release !== undefined && { release }),
      },
    ]),
  );
  const changes = changesSince(
    plan,
    worldOf({ settings, stacks, trail, commit: found.commit, planned: plan.commit, targets }),
    Date.now(),
  );
  if (changes.length > 0) {
    refuse(changes);
  }
}
