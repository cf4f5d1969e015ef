/** Finds out what would travel to each target, before the first one is touched (design D8). */
import { execa } from "execa";
import { hasLayout } from "../components/site/layout";
import type { TargetId } from "../core/entry";
import { messageOf } from "../core/errors";
import { releaseOf } from "../core/history";
import type { Release } from "../core/release";
import type { Probe, Target } from "../core/target";
import { isKept, type Travel, travelTo, type Whereabouts } from "../core/travel";
import { inspectImage } from "../probe/registry";
import { directoryBlobs } from "../store/blobs";
import { trailFolder } from "../store/project";
import type { Trail } from "../store/trail";
import type { Wanted } from "./ship";

/** Milliseconds that a docker host has to say whether it has an image; one that does not is not counted on. */
const answerMilliseconds = 10_000;

/** What travels to each target that a release of the trail is wanted for. */
export async function travels(
  targets: readonly Target[],
  wanted: Wanted,
  trail: Trail,
): Promise<Map<TargetId, Travel>> {
  const entries = trail.entries();
  // Each image is asked for once, however many targets want it.
  const asked = new Map<string, Promise<Whereabouts["registry"]>>();
  const registryOf = ({ image }: Release): Promise<Whereabouts["registry"]> => {
    const known = asked.get(image) ?? inRegistry(image);
    asked.set(image, known);
    return known;
  };
  const found = targets.map(async ({ id, probe }): Promise<[TargetId, Travel][]> => {
    const release = releaseOf(entries, wanted.get(id) ?? "");
    if (release === undefined) {
      return [];
    }
    const keep = probe.kind === "site" || probe.kind === "far" ? probe.settings.keep : 0;
    const where: Whereabouts = {
      registry: probe.kind === "partner" || probe.kind === "far" ? { bytes: 0 } : await registryOf(release),
      laidOut: probe.kind === "site" && hasLayout(release.image),
      onHost: await isOnHost(probe, release),
      bundle: directoryBlobs(trailFolder()).bytes(release.bundle.sha256) !== undefined,
    };
    return [[id, travelTo(probe, release, where, isKept(entries, id, release, keep))]];
  });
  return new Map((await Promise.all(found)).flat());
}

async function inRegistry(image: string): Promise<Whereabouts["registry"]> {
  try {
    const { blobs } = await inspectImage(image);
    return { bytes: blobs.reduce((sum, { size }) => sum + size, 0) };
  } catch (error) {
    return { refused: messageOf(error) };
  }
}

async function isOnHost(probe: Probe, { image }: Release): Promise<boolean> {
  if (probe.kind !== "docker") {
    return false;
  }
  const { host } = probe.settings;
  const { exitCode } = await execa("docker", ["image", "inspect", "--format", "{{.Id}}", image], {
    reject: false,
    timeout: answerMilliseconds,
    ...(host !== undefined && { env: { DOCKER_HOST: host } }),
  });
  return exitCode === 0;
}
