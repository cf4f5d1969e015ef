/** What travels to a target that is to get a release which was made before, and whether there is anything to send. Pure. */
import type { Entry, TargetId } from "./entry";
import { formatBytes } from "./format";
import { all, releaseOf } from "./history";
import type { Release } from "./release";
import type { Probe } from "./target";

/** What travels to one target. Field names are stable: `--json` prints it. */
export interface Travel {
  /** Whether the target has kept it: then next to nothing travels. Of a cluster's nodes nobody knows. */
  readonly kept: boolean;
  /** Bytes that travel at most. */
  readonly bytes: number;
  /** Why it can't be brought there, in a sentence. @default it can */
  readonly missing?: string;
}

/** Where a release's artefacts are. */
export interface Whereabouts {
  /** Bytes of the image, or what the registry says when it does not give it. */
  readonly registry: { readonly bytes: number } | { readonly refused: string };
  /** Whether the image is laid out for sites on this machine. */
  readonly laidOut: boolean;
  /** Whether the docker host has the image. */
  readonly onHost: boolean;
  /** Whether the bundle lies beside the trail, whole. */
  readonly bundle: boolean;
}

/** What travels to a target. */
export function travelTo(
  { kind, settings }: Pick<Probe, "kind" | "settings">,
  release: Pick<Release, "tag" | "bundle">,
  where: Whereabouts,
  keptThere: boolean,
): Travel {
  const { registry, laidOut, onHost, bundle } = where;
  const bytes = "bytes" in registry ? registry.bytes : 0;
  const lost =
    "refused" in registry
      ? `${settings.name} can't get the image of ${release.tag}: ${registry.refused.replace(/\.$/, "")}. Push it there again, or name another release with --to TAG.`
      : undefined;
  switch (kind) {
    case "cluster":
      return { kept: false, bytes, ...(lost !== undefined && { missing: lost }) };
    case "docker":
      return onHost
        ? { kept: true, bytes: 0 }
        : { kept: false, bytes, ...(lost !== undefined && { missing: lost }) };
    case "site":
      return {
        ...(keptThere ? { kept: true, bytes: 0 } : { kept: false, bytes }),
        ...(lost !== undefined && !laidOut && { missing: lost }),
      };
    case "far":
      // Somebody brings a medium.
      return { kept: keptThere, bytes: 0 };
    case "partner":
      return {
        ...{ kept: false, bytes: release.bundle.size },
        ...(!bundle && {
          missing: `${settings.name} can't get the bundle of ${release.tag}: it is not beside the trail any more. Put it back there from a backup, or name another release with --to TAG.`,
        }),
      };
  }
}

/**
 * Whether a site has kept a release, by what it said itself: it keeps the last that it ran.
 *
 * @param keep how many
 */
export function isKept(
  entries: readonly Entry[],
  target: TargetId,
  release: Pick<Release, "image">,
  keep: number,
): boolean {
  const images = all(entries, "receipt")
    .filter(({ body }) => body.target === target)
    .map(({ body }) => releaseOf(entries, body.tag)?.image)
    .reverse();
  return [...new Set(images)].slice(0, keep).includes(release.image);
}

/** For people: `nothing: it is kept there`, `68 MB at most`. */
export function describeTravel({ kept, bytes, missing }: Travel): string {
  if (missing !== undefined) {
    return "it can't be brought";
  }
  return kept ? "nothing: it is kept there" : `${formatBytes(bytes)} at most`;
}
