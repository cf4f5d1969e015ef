/** What the trail says, for rules. */
import type { Entry, TargetId } from "../core/entry";
import type { Release } from "../core/release";
import { openTrail } from "../store/trail";
import type { Resource } from "./rule";

/**
 * The entries of the trail, once chain and signatures are checked.
 *
 * @throws UserError when the trail is not what was written
 */
export function entries(): readonly Entry[] {
  return openTrail().entries();
}

/** What a target's component is given. */
export interface Given {
  readonly target: TargetId;
  /** @default none: that is a violation */
  readonly release?: Release;
  /** The release that stays beside it, for rollback. */
  readonly previous?: Release;
  /** Why the release may be older than what the target runs. */
  readonly reason?: string;
  /** Whether a rollback that is previewed lifts the release's quarantine. */
  readonly liftsQuarantine?: boolean;
}

/** The components that bring a release to a target. */
const components = new Set([
  "hms:cloud:KubernetesTarget",
  "hms:cloud:DockerTarget",
  "hms:onprem:Site",
  "hms:partners:PartnerDrop",
]);

/** Whether a resource is the component of a target. */
export function isTarget({ type }: Pick<Resource, "type">): boolean {
  return components.has(type);
}

/** What a target's component is given: plain values, of which a preview knows each. */
export function givenTo({ props }: Pick<Resource, "props">): Given {
  // The engine's own view of a value is a proxy, which is equal to nothing.
  const plain = (value: unknown): unknown =>
    value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  const { target, release, previous, reason, liftsQuarantine } = props as Given;
  return {
    target,
    release: plain(release) as Release | undefined,
    previous: plain(previous) as Release | undefined,
    reason,
    liftsQuarantine,
  };
}
