/** A plan that was kept and signed, and what has changed since: it is run as it was read, or not at all. Pure. */
import type { TargetId } from "./entry";
import { digestOf, type Release, tagOf } from "./release";
import { statement, type Statement } from "./statement";

/** A signed plan: docs/attestations.md describes it. */
export const planType = "https://hms.example/plan/v1";

/** How it is with one target. */
export interface PlannedFacts {
  /** The tag that the trail says it should have. @default none yet */
  readonly desired?: string;
  /** What it answers: whether it can take a release now. */
  readonly answers: "ready" | "unreachable" | "refused";
  /** The tag of the release that it says it has. @default none of the trail's, or it does not say */
  readonly release?: string;
}

/** All that a run's doing follows from. */
export interface World {
  readonly service: string;
  /** What tells the trail from all others. */
  readonly trail: string;
  /** Full hash of the commit that the revision names. */
  readonly commit: string;
  /** The release of the commit that was planned, by its digests. @default it is not built */
  readonly built?: { readonly image: string; readonly bundle: string };
  /** Hex SHA-256 of each stack's settings and the files that they name, by the stack's name; `build` is one of them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the policy pack and its configuration. */
  readonly policy: string;
  readonly targets: Readonly<Record<TargetId, PlannedFacts>>;
}

/** A plan as it is signed. */
export interface SavedPlan extends World {
  /** What was planned: a commit, branch or tag. */
  readonly revision: string;
  /** The commit's first line. */
  readonly subject: string;
  /** The stacks that it ships to. */
  readonly stacks: readonly string[];
  /** ISO 8601, UTC. */
  readonly plannedAt: string;
  /** ISO 8601, UTC: it is run before, or not at all. */
  readonly expiresAt: string;
}

/** The digests of a release, as a plan holds them. */
export function builtOf(release: Release | undefined): World["built"] {
  return release && { image: release.image, bundle: release.bundle.sha256 };
}

/** A plan as a statement about the commit, and about what is built of it. */
export function planStatement(plan: SavedPlan): Statement<SavedPlan> {
  const { commit, built } = plan;
  return statement(
    [
      { name: "commit", digest: { gitCommit: commit } },
      ...(built === undefined
        ? []
        : [
            { name: "image", digest: { sha256: digestOf(built.image).replace("sha256:", "") } },
            { name: "bundle", digest: { sha256: built.bundle } },
          ]),
    ],
    planType,
    plan,
  );
}

/**
 * The plan in a statement.
 *
 * @throws Error when it is none; the message goes on after "it is …"
 */
export function planIn(payload: string): SavedPlan {
  const { predicateType, predicate } = JSON.parse(payload) as Statement<SavedPlan>;
  if (predicateType !== planType) {
    throw new Error(`a signed statement of another kind (${predicateType})`);
  }
  return predicate;
}

/**
 * How the world has changed since a plan was made, a part of a sentence for each change; none when it may be run. A target that could not
 * be reached then, and can now, is no change: the plan says that it takes the release when it is back.
 *
 * @param now milliseconds since 1970
 */
export function changesSince(plan: SavedPlan, world: World, now: number): string[] {
  const changes: string[] = [];
  if (world.service !== plan.service) {
    changes.push(`it is about ${plan.service}, and this is ${world.service}`);
  }
  if (world.trail !== plan.trail) {
    changes.push("it is about another trail");
  }
  if (Date.parse(plan.expiresAt) <= now) {
    changes.push(`it was good until ${plan.expiresAt}`);
  }
  if (world.commit !== plan.commit) {
    changes.push(`${plan.revision} is ${tagOf(world.commit)} now, and was ${tagOf(plan.commit)}`);
  }
  changes.push(...changesOfBuild(plan, world));
  const stacks = new Set([...Object.keys(plan.settings), ...Object.keys(world.settings)]);
  const others = [...stacks].filter((name) => plan.settings[name] !== world.settings[name]);
  if (others.length > 0) {
    changes.push(`the settings of ${others.join(", ")} have changed`);
  }
  if (world.policy !== plan.policy) {
    changes.push("the policy has changed");
  }
  for (const [id, then] of Object.entries(plan.targets)) {
    changes.push(...changesOfTarget(id, then, world.targets[id as TargetId]));
  }
  return changes;
}

function changesOfBuild({ built: then, commit }: SavedPlan, { built: now }: World): string[] {
  if (then?.image === now?.image && then?.bundle === now?.bundle) {
    return [];
  }
  const what = tagOf(commit);
  if (then === undefined) return [`${what} was built meanwhile`];
  return [
    now === undefined ? `the trail has no release of ${what} any more` : `${what} is another release now`,
  ];
}

function changesOfTarget(id: string, then: PlannedFacts, now: PlannedFacts | undefined): string[] {
  if (now === undefined) {
    return [`${id} is no target any more`];
  }
  const changes: string[] = [];
  if (now.desired !== then.desired) {
    changes.push(`${id} should have ${now.desired ?? "nothing"} now, and ${then.desired ?? "nothing"} then`);
  }
  if (then.answers === "ready" && now.answers !== "ready") {
    changes.push(`${id} is ${now.answers} now`);
  } else if (then.answers === "ready" && now.release !== then.release) {
    changes.push(`${id} has ${now.release ?? "no release of ours"} now, and had ${then.release ?? "none"}`);
  }
  return changes;
}
