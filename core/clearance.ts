/** Why a release may not go to a target: each check is one function that gives a sentence, or nothing. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { Entry, TargetId } from "./entry";
import { all, lastReceipt, newest, quarantined, quarantinedImages, releaseOf } from "./history";
import type { Release } from "./release";

/** A release that the build stack did not make, or whose facts were changed. */
export function notOfTheTrail(entries: readonly Entry[], release: Release): string | undefined {
  // A record that was read from Pulumi has no undefined values, and no particular order of keys.
  return isDeepStrictEqual(releaseOf(entries, release.tag), release)
    ? undefined
    : `${release.tag} (${release.image}) is not a release of the trail. Build it: "npx hms pipeline run".`;
}

/** A release without a passing report for its own commit. */
export function notPassed(entries: readonly Entry[], release: Release): string | undefined {
  const reports = all(entries, "report").map(({ body }) => body);
  const own = reports.find(({ digest }) => digest === release.report);
  if (own !== undefined && own.commit !== release.commit) {
    return `The report of ${release.tag} is about another commit, ${own.commit.slice(0, 7)}. Run "npx hms compliance run ${release.tag}" and build it again.`;
  }
  return own?.passed === true
    ? undefined
    : `No passing report for ${release.tag}. Run "npx hms compliance run ${release.tag}".`;
}

/** A release that was rolled back from everywhere (design D8). */
export function isQuarantined(entries: readonly Entry[], release: Release): string | undefined {
  const why = isTagQuarantined(entries, release.tag);
  const bad = quarantinedImages(entries).get(release.image);
  return why !== undefined || bad === undefined
    ? why
    : `${release.tag} is the same image as ${bad.tag}, which was rolled back (${bad.reason}). ${wayOut(release.tag)}`;
}

/** The same of a tag whose release need not be there. */
export function isTagQuarantined(entries: readonly Entry[], tag: string): string | undefined {
  const reason = quarantined(entries).get(tag);
  return reason === undefined ? undefined : `${tag} was rolled back (${reason}). ${wayOut(tag)}`;
}

/** Why a release, or its image by another tag, was rolled back from everywhere, and is not to ship; undefined when it may. */
export function quarantineOf(entries: readonly Entry[], tag: string): string | undefined {
  const image = releaseOf(entries, tag)?.image;
  return (
    quarantined(entries).get(tag) ??
    (image === undefined ? undefined : quarantinedImages(entries).get(image)?.reason)
  );
}

/** A quarantine that a rollback lifts. */
export interface Lifted {
  /** The release that may ship again. */
  readonly tag: string;
  /** Why it was rolled back. */
  readonly rolledBack: string;
}

/** The same for people. */
export function describeLifted({ tag, rolledBack }: Lifted): string {
  return `It lifts the quarantine of ${tag}, which was rolled back (${rolledBack}): runs may ship it again.`;
}

const wayOut = (tag: string): string =>
  `Push a fix, or run "npx hms release unquarantine ${tag} --reason TEXT".`;

/**
 * A release that is older than what the target runs, and that no rollback with a reason brings.
 *
 * @param reason the one that the settings give @default none
 */
export function isOlder(
  entries: readonly Entry[],
  target: TargetId,
  release: Release,
  reason?: string,
): string | undefined {
  const current = lastReceipt(entries, target)?.tag;
  const place = (tag: string): number =>
    entries.findIndex(({ body }) => body.type === "release" && body.release.tag === tag);
  if (
    reason !== undefined ||
    current === undefined ||
    place(release.tag) >= place(current) ||
    isRolledBack(entries, target, release.tag)
  ) {
    return undefined;
  }
  return (
    `${release.tag} is older than ${current}, which ${target} runs. Say why: ` +
    `"npx hms pipeline rollback --to ${release.tag} --target ${target} --reason TEXT", or hms:reason beside hms:release.`
  );
}

/**
 * Whether the last that the trail says of where a target is to go is a rollback to a tag. What a target went back to by itself, when
 * that failed, is no word against it: the next sync tries it again (design D14).
 */
export function isRolledBack(entries: readonly Entry[], target: TargetId, tag: string): boolean {
  const back = newest(entries, "rollback-started", ({ targets }) =>
    targets.some((move) => move.target === target),
  );
  const since = entries.filter(({ number }) => number > (back?.number ?? 0));
  const movedOn = newest(
    since,
    "desired",
    (body) => body.target === target && body.tag !== tag && body.cause !== "restore",
  );
  return (
    back?.body.targets.some((move) => move.target === target && move.to === tag) === true &&
    movedOn === undefined
  );
}
