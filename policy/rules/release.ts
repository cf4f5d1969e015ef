/** Rules on releases: what ships is in the trail, and passed. */
import { isDeepStrictEqual } from "node:util";
import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import type { Entry } from "../../core/entry";
import { all, releaseOf } from "../../core/history";
import type { Release } from "../../core/release";
import { trailFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";

/** The components that bring a release to a target. */
const targets = new Set([
  "hms:cloud:KubernetesTarget",
  "hms:cloud:DockerTarget",
  "hms:onprem:Site",
  "hms:partners:PartnerDrop",
]);

/** Nothing ships but what the build stack made. */
export const releaseKnown: ResourceValidationPolicy = {
  name: "release-known",
  description: "A target is given a release of the trail, and nothing else.",
  validateResource: (resource, report) => {
    const release = releaseIn(resource);
    if (release === undefined) {
      return;
    }
    if (!isDeepStrictEqual(releaseOf(entries(), release.tag), release)) {
      report(
        `${resource.name} is given ${release.tag} (${release.image}), which is not a release of the trail. ` +
          'Build it: "npx hms pipeline run".',
      );
    }
  },
};

/** Nothing ships but what the compliance suite let pass. */
export const releasePassed: ResourceValidationPolicy = {
  name: "release-passed",
  description: "A release has a passing compliance report for its own commit.",
  validateResource: (resource, report) => {
    const release = releaseIn(resource);
    if (release === undefined) {
      return;
    }
    const passed = all(entries(), "report").some(
      ({ body }) => body.passed && body.digest === release.report && body.commit === release.commit,
    );
    if (!passed) {
      report(`No passing report for ${release.tag}. Run "npx hms compliance run ${release.tag}".`);
    }
  },
};

/** The release that a target's component is given. */
function releaseIn({ type, props }: ResourceValidationArgs): Release | undefined {
  // The engine's own view of a value is a proxy, which is equal to nothing.
  return targets.has(type)
    ? (JSON.parse(JSON.stringify((props as { release: Release }).release)) as Release)
    : undefined;
}

function entries(): Entry[] {
  return directoryTrail(trailFolder()).entries();
}
