/** `hms release list`: which releases there are, and where they are. */
import type { TargetId } from "../core/entry";
import { type Lifted, quarantineOf } from "../core/clearance";
import { UserError } from "../core/errors";
import { formatTable } from "../core/format";
import { releaseOf } from "../core/history";
import { releasesIn, type ListedRelease } from "../core/releases";
import { openTrail } from "../store/trail";

/** The releases of the trail, newest first. */
export function listReleases(): ListedRelease[] {
  return releasesIn(openTrail().entries());
}

/**
 * Lets a release ship again that was rolled back from everywhere, and its image under any other tag. Nothing ships by it.
 *
 * @throws UserError when the release is not quarantined
 */
export function unquarantine(tag: string, reason: string): Unquarantined {
  const trail = openTrail();
  const entries = trail.entries();
  const why = quarantineOf(entries, tag);
  if (why === undefined) {
    const known = releaseOf(entries, tag) === undefined ? "is not in the trail" : "may ship as it is";
    throw new UserError(
      `${tag} is not quarantined: it ${known}. "npx hms release list" shows what was rolled back.`,
    );
  }
  trail.append({ type: "quarantine-lifted", tag, reason });
  return { tag, reason, rolledBack: why };
}

/** A quarantine that was lifted, and why. Field names are stable: `--json` prints it. */
export interface Unquarantined extends Lifted {
  readonly reason: string;
}

/** The list for people. */
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
