/** The releases of a trail, and which targets said last that they have them. Pure. */
import type { Entry, TargetId } from "./entry";
import { all, lastReceipt, quarantined } from "./history";

/** One release. Field names are stable: `--json` prints it. */
export interface ListedRelease {
  readonly tag: string;
  readonly commit: string;
  readonly subject: string;
  /** `repository@sha256:…` */
  readonly image: string;
  /** When it was made: ISO 8601, UTC. */
  readonly time: string;
  /** The run that made it. @default plain Pulumi did */
  readonly run?: number;
  /** The targets whose last receipt is of it. */
  readonly targets: readonly TargetId[];
  /** Why it was rolled back from everywhere, if it was. */
  readonly quarantined?: string;
}

/** Every release, newest first; of one that was made again, the newest. */
export function releasesIn(entries: readonly Entry[]): ListedRelease[] {
  const bad = quarantined(entries);
  const targets = [...new Set(all(entries, "receipt").map(({ body }) => body.target))];
  const last = targets.map((target) => ({ target, tag: lastReceipt(entries, target)?.tag }));
  const byTag = new Map(all(entries, "release").map((entry) => [entry.body.release.tag, entry]));
  return [...byTag.values()]
    .sort((a, b) => b.number - a.number)
    .map(({ time, body: { release, run } }) => {
      const { tag, commit, subject, image } = release;
      const reason = bad.get(tag);
      return {
        ...{ tag, commit, subject, image, time },
        ...(run !== undefined && { run }),
        targets: last.filter((each) => each.tag === tag).map(({ target }) => target),
        ...(reason !== undefined && { quarantined: reason }),
      };
    });
}
