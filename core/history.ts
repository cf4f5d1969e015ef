/** Questions to the trail's entries: what should run where, and what did. Pure. */
import type { Body, Entry, TargetId } from "./entry";
import { isOf, type Receipt } from "./receipt";
import type { Release } from "./release";

type BodyOf<T extends Body["type"]> = Extract<Body, { type: T }>;

/** An entry of one type. */
export type EntryOf<T extends Body["type"]> = Entry & { readonly body: BodyOf<T> };

/** The entries of one type, oldest first. */
export function all<T extends Body["type"]>(entries: readonly Entry[], type: T): EntryOf<T>[] {
  return entries.filter((entry): entry is EntryOf<T> => entry.body.type === type);
}

/** The newest entry of one type that fits. */
export function newest<T extends Body["type"]>(
  entries: readonly Entry[],
  type: T,
  fits: (body: BodyOf<T>) => boolean = () => true,
): EntryOf<T> | undefined {
  return entries.findLast(
    (entry): entry is EntryOf<T> => entry.body.type === type && fits(entry.body as BodyOf<T>),
  );
}

/** What tells a trail from all others: the digest of its first entry, which the second one holds. */
export function trailId(entries: readonly Entry[]): string {
  return (entries[1]?.previous ?? "").slice(0, 12);
}

/** The number of the next run. */
export function nextRun(entries: readonly Entry[]): number {
  return 1 + Math.max(0, ...entries.map(({ body }) => ("run" in body ? (body.run ?? 0) : 0)));
}

/** The release of a tag. */
export function releaseOf(entries: readonly Entry[], tag: string): Release | undefined {
  return newest(entries, "release", ({ release }) => release.tag === tag)?.body.release;
}

/** The newest release, if there is one. */
export function latestRelease(entries: readonly Entry[]): Release | undefined {
  const bad = quarantined(entries);
  return newest(entries, "release", ({ release }) => !bad.has(release.tag))?.body.release;
}

/** The tag a target should have: its own pointer. */
export function desiredTag(entries: readonly Entry[], target: TargetId): string | undefined {
  return newest(entries, "desired", (body) => body.target === target)?.body.tag;
}

/**
 * The tag that a target was last told to have: unlike its pointer, not what a failed target went back to by itself. The next
 * run or sync tries it again (design D14).
 */
export function toldTag(entries: readonly Entry[], target: TargetId): string | undefined {
  return newest(entries, "desired", (body) => body.target === target && body.cause !== "restore")?.body.tag;
}

/** The release that a receipt is of: one of these first, else the newest that fits. */
export function releaseSaid(
  entries: readonly Entry[],
  receipt: Receipt,
  first: readonly (Release | undefined)[] = [],
): Release | undefined {
  const releases = all(entries, "release").map(({ body }) => body.release);
  return [...first, ...releases.reverse()].find(
    (release): release is Release => release !== undefined && isOf(receipt, release),
  );
}

/**
 * Whether the last run that was to bring a target something did not come to its end there: somebody killed it. The target may
 * answer with its release, and have something left undone behind it.
 */
export function isCutOff(entries: readonly Entry[], target: TargetId): boolean {
  const pointer = newest(entries, "desired", (body) => body.target === target);
  // What plain Pulumi brings is known by its receipt alone, and may need none.
  if (pointer?.body.run === undefined) {
    return false;
  }
  return !entries.some(
    ({ number, body }) =>
      number > pointer.number &&
      (body.type === "run-finished"
        ? body.targets[target] !== undefined
        : body.type === "receipt" && body.target === target),
  );
}

/** Whether the last run that was about a target came to its end there, and it was well then: nothing is known to be left undone. */
export function endedWell(entries: readonly Entry[], target: TargetId): boolean {
  const last = newest(entries, "run-finished", (body) => body.targets[target] !== undefined);
  return last?.body.targets[target]?.state === "current" && !isCutOff(entries, target);
}

/** What a target said last, and which release that was. */
export function lastReceipt(
  entries: readonly Entry[],
  target: TargetId,
): { readonly tag: string; readonly receipt: Receipt; readonly time: string } | undefined {
  const entry = newest(entries, "receipt", (body) => body.target === target);
  return entry && { tag: entry.body.tag, receipt: entry.body.receipt, time: entry.body.saidAt ?? entry.time };
}

/** The bundle that a partner's inbox was given last, unless it was taken out again by us. */
export function lastGiven(entries: readonly Entry[], target: TargetId): EntryOf<"hand-over"> | undefined {
  const last = newest(entries, "hand-over", (body) => body.target === target);
  return last?.body.what === "given" ? last : undefined;
}

/** When a release was made: ISO 8601, UTC. */
export function madeAt(entries: readonly Entry[], release: Release): string | undefined {
  return all(entries, "release").find(({ body }) => body.release.commit === release.commit)?.time;
}

/**
 * The release that a rollback of targets goes back to: the newest that any of them had and that is not the one to leave,
 * nor quarantined, nor one that failed anywhere. A rollback that was killed is gone on with.
 */
export function rollbackTag(entries: readonly Entry[], targets: readonly TargetId[]): string | undefined {
  const begun = unfinishedRollback(entries)?.targets.find(({ target }) => targets.includes(target));
  if (begun !== undefined) {
    // Its pointers may be moved already: to leave what they say now would be to go back twice.
    return begun.to;
  }
  // What a failed target went back to by itself is not what the rollback is about; nor is what some of them have kept.
  const told = new Set(targets.flatMap((target) => toldTag(entries, target) ?? []));
  const left = newest(entries, "release", ({ release }) => told.has(release.tag))?.body.release.tag;
  const bad = new Set([...quarantined(entries).keys(), ...failedTags(entries)]);
  return newest(
    entries,
    "receipt",
    ({ target, tag }) => targets.includes(target) && tag !== left && !bad.has(tag),
  )?.body.tag;
}

/** The rollback that began last, when nothing has begun since and it did not come to its end: somebody killed it. */
function unfinishedRollback(entries: readonly Entry[]): BodyOf<"rollback-started"> | undefined {
  const last = entries.findLast(
    ({ body }) => body.type === "run-started" || body.type === "rollback-started",
  );
  if (last?.body.type !== "rollback-started") {
    return undefined;
  }
  const { body } = last;
  return newest(entries, "run-finished", ({ run }) => run === body.run) === undefined ? body : undefined;
}

/** The tags that failed on some target, and have not come through there since. */
function failedTags(entries: readonly Entry[]): Set<string> {
  const outcomes = new Map<string, { readonly tag: string; readonly state: string }>();
  for (const { body } of all(entries, "run-finished")) {
    for (const [target, { tag, state }] of Object.entries(body.targets)) {
      outcomes.set(`${target} ${tag}`, { tag, state });
    }
  }
  return new Set([...outcomes.values()].filter(({ state }) => state === "failed").map(({ tag }) => tag));
}

/**
 * The tags that were rolled back from everywhere, with the reason: a run does not bring them back (design D8), until somebody lifts
 * that or rolls back to them. A rollback that was refused has touched nothing.
 */
export function quarantined(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const bad = new Map<string, string>();
  const refused = refusedRuns(entries);
  for (const { body } of entries) {
    if (body.type === "quarantine-lifted") bad.delete(body.tag);
    if (body.type === "rollback-started" && body.everywhere && !refused.has(body.run)) {
      for (const { from, to } of body.targets) {
        if (from !== to) bad.set(from, body.reason);
        bad.delete(to);
      }
    }
  }
  return bad;
}

const refusedRuns = (entries: readonly Entry[]): ReadonlySet<number | undefined> =>
  new Set(all(entries, "refusal").map(({ body }) => body.run));

/** The images that were rolled back from everywhere, each by the tag it had then: a new commit makes no image better. */
export function quarantinedImages(
  entries: readonly Entry[],
): ReadonlyMap<string, { readonly tag: string; readonly reason: string }> {
  const bad = new Map<string, { readonly tag: string; readonly reason: string }>();
  const forgive = (image: string | undefined): void => {
    if (image !== undefined) bad.delete(image);
  };
  const refused = refusedRuns(entries);
  for (const { body } of entries) {
    if (body.type === "quarantine-lifted") forgive(releaseOf(entries, body.tag)?.image);
    if (body.type !== "rollback-started" || !body.everywhere || refused.has(body.run)) continue;
    for (const { from, to } of body.targets) {
      const [left, back] = [releaseOf(entries, from)?.image, releaseOf(entries, to)?.image];
      if (left !== undefined && left !== back) bad.set(left, { tag: from, reason: body.reason });
      forgive(back);
    }
  }
  return bad;
}

/**
 * The release that a target ran before another one, by what it says itself: the newest of its receipts that is of another
 * image. While a target is updated, it is the one that serves.
 */
export function runningBefore(
  entries: readonly Entry[],
  target: TargetId,
  release: Release,
): Release | undefined {
  const releases = new Map(all(entries, "release").map(({ body }) => [body.release.tag, body.release]));
  return all(entries, "receipt")
    .filter(({ body }) => body.target === target)
    .map(({ body }) => releases.get(body.tag))
    .findLast((found): found is Release => found !== undefined && found.image !== release.image);
}

/** The release that a docker host keeps beside the one that it said last that it runs: stopped, for a rollback. */
export function keptBeside(entries: readonly Entry[], target: TargetId): Release | undefined {
  const runs = releaseOf(entries, lastReceipt(entries, target)?.tag ?? "");
  return runs && runningBefore(entries, target, runs);
}

/** The passing report of a commit. */
export function passingReport(entries: readonly Entry[], commit: string): BodyOf<"report"> | undefined {
  return newest(entries, "report", (body) => body.commit === commit && body.passed)?.body;
}
