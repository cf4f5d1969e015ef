/** Rules on releases: what ships is in the trail, and passed. The decisions are those of `core/clearance.ts`. */
import { runtime } from "@pulumi/pulumi";
import { isOlder, isQuarantined, notOfTheTrail, notPassed } from "../../core/clearance";
import type { Entry } from "../../core/entry";
import { provenanceAltered, reportAltered } from "../../store/evidence";
import { type Check, rule } from "../rule";
import { entries, type Given, givenTo, isTarget } from "../trail";

/** A check of what each target is given. */
function onTargets(
  why: (entries: readonly Entry[], given: Required<Pick<Given, "release">> & Given) => string | undefined,
): Check {
  return function* (resource) {
    if (!isTarget(resource)) {
      return;
    }
    const { release, ...rest } = givenTo(resource);
    const sentence =
      release === undefined
        ? "there is no release. Give the component one of the trail."
        : why(entries(), { release, ...rest });
    if (sentence !== undefined) {
      yield `${resource.name}: ${sentence}`;
    }
  };
}

/** Nothing ships but what the build stack made, and signed. */
export const releaseKnown = rule({
  name: "release-known",
  reason: "A target is given a release of the signed trail, image and bundle of one build, and nothing else.",
  remedy: 'Build it: "npx hms pipeline run".',
  severity: "critical",
  control: "SI-7",
  unknown: "violation",
  checks: [
    onTargets((trail, { release }) => notOfTheTrail(trail, release)),
    // What stays for rollback must be one, too; a quarantined one may stay, for it is stopped.
    onTargets((trail, { previous }) => previous && notOfTheTrail(trail, previous)),
  ],
});

/** Nothing ships but what the compliance suite let pass. */
export const releasePassed = rule({
  name: "release-passed",
  reason: "A release has a passing compliance report for its own commit.",
  remedy: 'Run the suite on the commit: "npx hms compliance run COMMIT".',
  severity: "critical",
  control: "CM-3",
  unknown: "violation",
  checks: [onTargets((trail, { release }) => notPassed(trail, release))],
});

/** What the trail names by digest is still what was signed. */
export const releaseEvidence = rule({
  name: "release-evidence",
  reason:
    "The report, the test result, the provenance and the bills of materials of a release are what was signed.",
  remedy: "Put the file back from a copy of the trail, or build the release again.",
  severity: "critical",
  control: "SI-7",
  unknown: "violation",
  checks: [onTargets((trail, { release }) => reportAltered(trail, release) ?? provenanceAltered(release))],
});

/** What was taken back everywhere does not come back by itself. */
export const releaseNotQuarantined = rule({
  name: "release-not-quarantined",
  reason: "A release that was rolled back everywhere does not come back by itself.",
  remedy: "Push a fix, or roll back to it with a reason.",
  severity: "high",
  control: "CM-3",
  unknown: "violation",
  checks: [
    onTargets((trail, { release, liftsQuarantine = false }) =>
      // In an update the trail says it, or nobody does.
      liftsQuarantine && runtime.isDryRun() ? undefined : isQuarantined(trail, release),
    ),
  ],
});

/** An old release is how an old hole comes back. */
export const releaseNotOlder = rule({
  name: "release-not-older",
  reason:
    "A release is not older than what the target runs, unless somebody says why: old releases have old holes.",
  remedy: 'Say why: "npx hms pipeline rollback --to TAG --reason TEXT".',
  severity: "high",
  control: "CM-3",
  unknown: "violation",
  checks: [onTargets((trail, { target, release, reason }) => isOlder(trail, target, release, reason))],
});
