/** `hms release list`: which releases there are, and where they are. */
import type { TargetId } from "../core/entry";
import { formatTable } from "../core/format";
import { releasesIn, type ListedRelease } from "../core/releases";
import { trailFolder } from "../store/project";
import { directoryTrail } from "../store/trail";

/** The releases of the trail, newest first. */
export function listReleases(): ListedRelease[] {
  return releasesIn(directoryTrail(trailFolder()).entries());
}

/** The same for people. */
export function formatReleases(releases: readonly ListedRelease[]): string {
  if (releases.length === 0) {
    return 'There is no release yet. "npx hms pipeline run" makes one.';
  }
  const rows = releases.map(({ tag, time, subject, targets, quarantined }) => [
    tag,
    time.slice(0, 16).replace("T", " "),
    where(targets),
    `${quarantined === undefined ? "" : `(rolled back: ${quarantined}) `}${subject}`,
  ]);
  return formatTable([["RELEASE", "MADE (UTC)", "LAST SEEN AT", "SUBJECT"], ...rows]);
}

const where = (targets: readonly TargetId[]): string => (targets.length === 0 ? "-" : targets.join(", "));
