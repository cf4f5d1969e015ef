/** Finds out what would travel to each target, before the first one is touched (design D8). */
import { execa } from "execa";
import { engineEnvironment } from "../core/docker-engine";
import { hasLayout } from "../components/site/layout";
import type { Entry, TargetId } from "../core/entry";
import { messageOf } from "../core/errors";
import { releaseOf } from "../core/history";
import type { Release } from "../core/release";
import type { Target } from "../core/target";
import { isKept, lastImages, type Travel, travelTo, type Whereabouts } from "../core/travel";
import { partsOf } from "../probe/registry";
import { directoryBlobs } from "../store/blobs";
import { trailFolder } from "../store/project";
import type { Trail } from "../store/trail";
import type { Draft } from "./draft";
import type { Wanted } from "./ship";

/** Milliseconds that a docker host has to say which images it has; one that does not is not counted on. */
const answerMilliseconds = 10_000;

/** How many of the images that a docker host ran last are asked for. It keeps all, until somebody removes them. */
const askedOnHost = 5;

/**
 * What travels to each target that a release is wanted for.
 *
 * @param draft the release of what is not built yet; default none, and nothing is said of its targets
 */
export async function travels(
  targets: readonly Target[],
  wanted: Wanted,
  trail: Trail,
  draft?: Draft,
): Promise<Map<TargetId, Travel>> {
  const entries = trail.entries();
  const images = new Images(draft);
  const found = targets.map(async ({ id, probe }): Promise<[TargetId, Travel][]> => {
    const tag = wanted.get(id) ?? "";
    const release = draft?.release.tag === tag ? draft.release : releaseOf(entries, tag);
    if (release === undefined) {
      return [];
    }
    const keep = probe.kind === "site" || probe.kind === "far" ? probe.settings.keep : 0;
    const hasImage = probe.kind !== "partner" && probe.kind !== "far";
    const [registry, there] = await Promise.all([
      hasImage ? images.partsOf(release.image) : { configSize: 0, layers: [] },
      layersAt({ id, probe }, release, entries, images),
    ]);
    const where: Whereabouts = {
      registry,
      ...there,
      laidOut: probe.kind === "site" && hasLayout(release.image),
      bundle:
        release === draft?.release ||
        directoryBlobs(trailFolder()).bytes(release.bundle.sha256) !== undefined,
    };
    return [[id, travelTo(probe, release, where, isKept(entries, id, release, keep))]];
  });
  return new Map((await Promise.all(found)).flat());
}

/** What images consist of: each is asked for once, however many targets want it. */
class Images {
  private readonly asked = new Map<string, Promise<Whereabouts["registry"]>>();

  constructor(draft: Draft | undefined) {
    if (draft !== undefined) {
      this.asked.set(draft.release.image, Promise.resolve(draft.image));
    }
  }

  partsOf(image: string): Promise<Whereabouts["registry"]> {
    const known =
      this.asked.get(image) ?? partsOf(image).catch((error: unknown) => ({ refused: messageOf(error) }));
    this.asked.set(image, known);
    return known;
  }
}

/** The layers that a target has, and whether a docker host has the image as a whole. Of a cluster's nodes nobody knows. */
async function layersAt(
  { id, probe }: Pick<Target, "id" | "probe">,
  release: Release,
  entries: readonly Entry[],
  images: Images,
): Promise<Pick<Whereabouts, "held" | "onHost">> {
  switch (probe.kind) {
    case "docker": {
      const asked = [release.image, ...lastImages(entries, id, askedOnHost)];
      const there = await imagesOnHost(probe.settings.host, asked);
      return { held: new Set([...there.values()].flat()), onHost: there.has(release.image) };
    }
    case "site": {
      const kept = await Promise.all(
        lastImages(entries, id, probe.settings.keep).map((image) => images.partsOf(image)),
      );
      const layers = kept.flatMap((parts) => ("refused" in parts ? [] : parts.layers));
      return { held: new Set(layers.map(({ diffId }) => diffId)), onHost: false };
    }
    default:
      return { held: new Set(), onHost: false };
  }
}

/** Those images that a docker host has, each with its layers' `diffId`s. */
async function imagesOnHost(
  host: string | undefined,
  images: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const found = await Promise.all(
    [...new Set(images)].map(async (image): Promise<[string, readonly string[]][]> => {
      const format = ["image", "inspect", "--format", "{{json .RootFS.Layers}}", image];
      const { exitCode, stdout } = await execa("docker", format, {
        reject: false,
        timeout: answerMilliseconds,
        env: engineEnvironment(host),
      });
      return exitCode === 0 ? [[image, JSON.parse(stdout) as readonly string[]]] : [];
    }),
  );
  return new Map(found.flat());
}
