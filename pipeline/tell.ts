/** Tells the agency's dashboards, channels and other systems what happened (design D9). Nothing of it can fail a run. */
import type { StackSettingsOf } from "../core/config";
import type { Entry, TargetId, TargetOutcome } from "../core/entry";
import { messageOf } from "../core/errors";
import type { EventType } from "../core/events";
import { releaseOf } from "../core/history";
import { maskSecrets } from "../core/mask";
import { type Notice, noticesOf } from "../core/notice";
import { type StageTime, traceOf } from "../core/trace";
import { redact } from "../compliance/content";
import { annotationQueue, annotationsTo } from "../notify/annotate";
import { type Delivered, deliverAll, type Destination, type Patience } from "../notify/deliver";
import { eventsTo, subscriberQueue } from "../notify/events";
import { grafanaQueue, notesTo } from "../notify/grafana";
import { queueFolder } from "../notify/queues";
import { traceName, traceQueue, tracesTo, traceUrl } from "../notify/traces";
import { linesTo, webhookQueue } from "../notify/webhooks";
import { version } from "../package.json";
import type { LogLine } from "../store/run-log";
import { keep } from "../store/spool";
import type { Trail } from "../store/trail";
import type { RunLog } from "./log";

type Settings = StackSettingsOf<"build">;

/** What a run, rollback or sync did. */
export interface News {
  readonly run: number;
  /** How it ended on each target; none when it was refused. */
  readonly targets: ReadonlyMap<TargetId, TargetOutcome>;
  /** Why nothing shipped. */
  readonly refused?: { readonly stage: string; readonly why: string };
  /** The release that it brought, for subscribers. @default none: it was refused */
  readonly release?: {
    readonly type: EventType;
    readonly tag: string;
    /** How it ended on those targets that it was for. */
    readonly targets: ReadonlyMap<TargetId, TargetOutcome>;
  };
}

/**
 * Keeps what there is to tell until it is delivered; see {@link deliverNews}. Subscribers are told when some target has the
 * release, as its receipt says.
 */
export function tell(log: RunLog, trail: Trail, settings: Settings, news: News): void {
  try {
    const entries = trail.entries();
    const time = Date.now();
    keepNotices(settings, noticesOf(entries, { ...news, service: settings.service, time }).map(clean));
    keepEvent(settings, entries, news);
  } catch (error) {
    log.say("📝", `nobody will be told of #${news.run}: ${messageOf(error)}`);
  }
}

/** What others wrote, a commit's first line for one, goes no further than it should. */
function clean(notice: Notice): Notice {
  const masked = (text: string): string => redact(maskSecrets(text));
  return { ...notice, text: masked(notice.text), details: notice.details.map(masked) };
}

function keepNotices(settings: Settings, notices: readonly Notice[]): void {
  for (const notice of notices) {
    const { id, kind, text, to } = notice;
    if (metricUrlOf(settings) !== undefined) {
      keep(queueFolder(annotationQueue), id, { text, ts: to });
    }
    for (const { name, on } of settings.grafana) {
      if (on.includes(kind)) keep(queueFolder(grafanaQueue(name)), id, notice);
    }
    for (const { name, on } of settings.webhooks) {
      if (on.includes(kind)) keep(queueFolder(webhookQueue(name)), id, notice);
    }
  }
}

function keepEvent(settings: Settings, entries: readonly Entry[], { run, release: brought }: News): void {
  const release = releaseOf(entries, brought?.tag ?? "");
  if (brought === undefined || release === undefined || settings.subscribers.length === 0) {
    return;
  }
  const { type, targets } = brought;
  if (![...targets.values()].some(({ state }) => state === "current")) {
    return;
  }
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- most commands tell nobody
  const { releaseEvent } = require("../core/events") as typeof import("../core/events");
  const event = releaseEvent({ type, run, release, targets, entries, time: new Date().toISOString() });
  for (const { name } of settings.subscribers) {
    keep(queueFolder(subscriberQueue(name)), event.id, event);
  }
}

/** Keeps the trace of a run, rollback or sync that ended, also badly, where somebody takes traces. */
export function tellTrace(
  log: RunLog,
  trail: Trail,
  { service }: Pick<Settings, "service">,
  { run, stages }: { readonly run: number; readonly stages: readonly StageTime[] },
): void {
  if (traceUrl() === undefined) {
    return;
  }
  try {
    const entries = trail.entries();
    const trace = traceOf({ run, entries, stages, service, name: traceName(), version });
    if (trace !== undefined) {
      keep(queueFolder(traceQueue), `trace-${run}`, trace);
    }
  } catch (error) {
    log.say("📝", `there will be no trace of #${run}: ${messageOf(error)}`);
  }
}

/** Where everything that waits goes to. */
export function destinationsOf(settings: Settings): Destination[] {
  const url = metricUrlOf(settings);
  const traces = traceUrl();
  return [
    ...(url === undefined ? [] : [annotationsTo(url)]),
    ...settings.subscribers.map(eventsTo),
    ...settings.grafana.map(notesTo),
    ...settings.webhooks.map(linesTo),
    ...(traces === undefined ? [] : [tracesTo(traces)]),
  ];
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
