/** Tells the agency's dashboards and other systems what happened (design D9). Nothing of it can fail a run. */
import type { StackSettingsOf } from "../core/config";
import type { TargetId, TargetOutcome } from "../core/entry";
import { messageOf } from "../core/errors";
import type { EventType } from "../core/events";
import { releaseOf } from "../core/history";
import { annotationQueue, annotationsTo } from "../notify/annotate";
import { type Delivered, deliverAll, type Destination, type Patience } from "../notify/deliver";
import { eventsTo, subscriberQueue } from "../notify/events";
import { queueFolder } from "../notify/queues";
import type { LogLine } from "../store/run-log";
import { keep } from "../store/spool";
import type { Trail } from "../store/trail";
import type { RunLog } from "./log";

type Settings = StackSettingsOf<"build">;

/** What a run or rollback did. */
export interface News {
  readonly type: EventType;
  readonly run: number;
  /** The release that it brought. */
  readonly tag: string;
  readonly targets: ReadonlyMap<TargetId, TargetOutcome>;
  /** The text of its annotation. */
  readonly annotation: string;
}

/**
 * Keeps what there is to tell until it is delivered; see {@link deliverNews}. Subscribers are told when some target has the
 * release, as its receipt says.
 */
export function tell(log: RunLog, trail: Trail, settings: Settings, news: News): void {
  try {
    if (metricUrlOf(settings) !== undefined) {
      const { run, annotation } = news;
      keep(queueFolder(annotationQueue), `annotation-${run}`, { text: annotation, ts: Date.now() });
    }
    const entries = trail.entries();
    const release = releaseOf(entries, news.tag);
    const arrived = [...news.targets.values()].some(({ state }) => state === "current");
    if (release !== undefined && arrived && settings.subscribers.length > 0) {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- most commands tell nobody
      const { releaseEvent } = require("../core/events") as typeof import("../core/events");
      const event = releaseEvent({ ...news, release, entries, time: new Date().toISOString() });
      for (const { name } of settings.subscribers) {
        keep(queueFolder(subscriberQueue(name)), event.id, event);
      }
    }
  } catch (error) {
    log.say("📝", `nobody will be told of #${news.run}: ${messageOf(error)}`);
  }
}

/** Where everything that waits goes to. */
export function destinationsOf(settings: Settings): Destination[] {
  const url = metricUrlOf(settings);
  return [...(url === undefined ? [] : [annotationsTo(url)]), ...settings.subscribers.map(eventsTo)];
}

const metricUrlOf = ({ metricUrl }: Settings): string | undefined => metricUrl ?? process.env["METRIC_URL"];

/** How long a command that has done its work stays to deliver. */
const staysSeconds = 5;

/**
 * Delivers what waits, once a run is over and another may begin. What is not taken in a few seconds waits for the next run, or for
 * `hms notify flush`.
 */
export async function deliverNews(settings: Settings, onLine: (line: LogLine) => void): Promise<void> {
  const began = Date.now();
  const delivered = await deliverAll(destinationsOf(settings), {
    until: began + staysSeconds * 1000,
    hard: true,
  });
  for (const text of sentencesOf(delivered)) {
    onLine({ at: (Date.now() - began) / 1000, sign: "📝", text });
  }
}

/** What is worth saying of a delivery. */
export function sentencesOf(delivered: readonly Delivered[]): string[] {
  return delivered.flatMap(({ what, left, why, setAside }) => [
    ...setAside,
    ...(left === 0
      ? []
      : [
          `${what}: ${left} ${left === 1 ? "waits" : "wait"} for the next run${why === undefined ? "" : `: ${why}`}`,
        ]),
  ]);
}

export type { Delivered, Patience };
