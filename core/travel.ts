/** What travels to a target that is to get a release, and whether there is anything to send. Pure. */
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
  /** How many of the image's layers travel, and how many it has. @default nothing of an image travels */
  readonly layers?: { readonly sent: number; readonly all: number };
  /** Why it can't be brought there, in a sentence. @default it can */
  readonly missing?: string;
}

/** A layer of an image. */
export interface ImageLayer {
  /** `sha256:…` of it before it is compressed: it has the same in every image (OCI image specification 1.1, "Layer DiffID"). */
  readonly diffId: string;
  /** Bytes, as it travels: compressed. */
  readonly size: number;
}

/** An image, as it travels. */
export interface ImageParts {
  /** Bytes of its configuration. */
  readonly configSize: number;
  /** The lowest first. */
  readonly layers: readonly ImageLayer[];
}

/** Where a release's artefacts are. */
export interface Whereabouts {
  /** The image, or what the registry says when it does not give it. */
  readonly registry: ImageParts | { readonly refused: string };
  /** The layers that the target has already, by their `diffId`. */
  readonly held: ReadonlySet<string>;
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
  const { registry, held, laidOut, onHost, bundle } = where;
  const image = "refused" in registry ? { bytes: 0 } : partsToSend(registry, held);
  const lost =
    "refused" in registry
      ? `${settings.name} can't get the image of ${release.tag}: ${registry.refused.replace(/\.$/, "")}. Push it there again, or name another release with --to TAG.`
      : undefined;
  switch (kind) {
    case "cluster":
      return { kept: false, ...image, ...(lost !== undefined && { missing: lost }) };
    case "docker":
      return onHost
        ? { kept: true, bytes: 0 }
        : { kept: false, ...image, ...(lost !== undefined && { missing: lost }) };
    case "site":
      return {
        ...(keptThere ? { kept: true, bytes: 0 } : { kept: false, ...image }),
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

/** What of an image travels to who has some layers already. */
function partsToSend(
  { configSize, layers }: ImageParts,
  held: ReadonlySet<string>,
): Pick<Travel, "bytes" | "layers"> {
  const sent = layers.filter(({ diffId }) => !held.has(diffId));
  return {
    bytes: configSize + sent.reduce((sum, { size }) => sum + size, 0),
    layers: { sent: sent.length, all: layers.length },
  };
}

/** The last releases' images that a target ran by what it said itself, the newest first. */
export function lastImages(entries: readonly Entry[], target: TargetId, count: number): string[] {
  const images = all(entries, "receipt")
    .filter(({ body }) => body.target === target)
    .flatMap(({ body }) => releaseOf(entries, body.tag)?.image ?? [])
    .reverse();
  return [...new Set(images)].slice(0, count);
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
  return lastImages(entries, target, keep).includes(release.image);
}

/** For people: `nothing: it is kept there`, `31 KB at most, 1 of 6 layers`. */
export function describeTravel({ kept, bytes, layers, missing }: Travel): string {
  if (missing !== undefined) {
    return "it can't be brought";
  }
  const share = layers === undefined ? "" : `, ${String(layers.sent)} of ${String(layers.all)} layers`;
  return kept ? "nothing: it is kept there" : `${formatBytes(bytes)} at most${share}`;
}
