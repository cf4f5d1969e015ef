/** The guard at work: what it knows is kept up to date in memory, and each answer comes from there. */
import type { GuardSettings } from "../core/config/guard";
import type { TargetId } from "../core/entry";
import { decide, type Histories, neededBy, noteEntry, type Verdict } from "../core/guard";
import { plainHost, plainPath } from "../core/request-path";
import { lastBeat } from "../store/heartbeat";
import { watchTrail } from "./trail-watch";

/** A guard that watches a trail. */
export interface Guard {
  readonly settings: GuardSettings;
  /** May a request be served that needs these targets? */
  about(needs: readonly TargetId[]): Verdict;
  /**
   * May this request be served?
   *
   * @param target path and query, as the request says them
   * @param host as the request says it
   * @returns undefined when that is no path
   */
  aboutRequest(target: string, host: string): Verdict | undefined;
  /** What it knows of the trail, and when the pipeline's heart beat last (milliseconds since 1970). */
  state(): { readonly trail: string; readonly entries: number; readonly lastBeat?: number };
  close(): void;
}

const lookAtHeartMilliseconds = 500;

/**
 * Starts to watch the trail in a folder. Until all of it is read, nothing is open that needs a target.
 *
 * @param say told in one sentence what an operator should know
 */
export function startGuard(folder: string, settings: GuardSettings, say: (line: string) => void): Guard {
  const histories: Histories = new Map();
  let beat = lastBeat(folder);
  let isWarned = false;

  const trail = watchTrail(
    folder,
    {
      restart: () => {
        histories.clear();
      },
      add: (entries) => {
        for (const entry of entries) noteEntry(histories, entry);
      },
      changed: () => {
        if (!isWarned && trail.state === "read") {
          isWarned = true;
          warnOfUnknown(settings, histories, say);
        }
      },
    },
    say,
  );
  const timer = setInterval(() => {
    beat = lastBeat(folder);
  }, lookAtHeartMilliseconds);

  const about = (needs: readonly TargetId[]): Verdict =>
    decide(needs, { trail: trail.state, histories, lastBeat: beat }, settings, Date.now());
  return {
    settings,
    about,
    aboutRequest: (target, host) => {
      const path = plainPath(target);
      return path === undefined ? undefined : about(neededBy(path, plainHost(host), settings));
    },
    state: () => ({
      trail: trail.state,
      entries: trail.entries,
      ...(beat !== undefined && { lastBeat: beat }),
    }),
    close: () => {
      clearInterval(timer);
      trail.close();
    },
  };
}

/** A slip in a name closes its routes; who runs the guard hears of it at once. */
function warnOfUnknown(
  { routes, otherwise }: GuardSettings,
  histories: Histories,
  say: (line: string) => void,
): void {
  const named = new Set([...routes.flatMap(({ needs }) => needs), ...otherwise]);
  const unknown = [...named].filter((target) => !histories.has(target));
  if (unknown.length > 0) {
    say(
      `The trail has never heard of ${unknown.join(", ")}: requests that need it are not served. "npx hms pipeline status" lists the targets.`,
    );
  }
}
