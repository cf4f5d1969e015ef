/** What waits for dashboards, channels and subscribers: delivered now, or listed. */
import { formatAge, formatTable } from "../core/format";
import { type Delivered, deliverAll } from "../notify/deliver";
import { queueFolder, queues } from "../notify/queues";
import { failing, readItem, setAsideIn, waiting } from "../store/spool";
import { openBuild } from "./stack";
import { destinationsOf } from "./tell";

/** How a flush ended. Field names are stable: `--json` prints it. */
export interface Flushed {
  readonly delivered: readonly Delivered[];
  /** 0 nothing waits, 3 something waits: a receiver does not take it. */
  readonly exitCode: 0 | 3;
}

/**
 * Delivers what waits.
 *
 * @param waitSeconds how long to go on trying; 0 tries each queue until its first failure
 */
export async function flush(waitSeconds: number): Promise<Flushed> {
  const { settings } = await openBuild();
  const delivered = await deliverAll(destinationsOf(settings), { until: Date.now() + waitSeconds * 1000 });
  return { delivered, exitCode: delivered.some(({ left }) => left > 0) ? 3 : 0 };
}

/** One queue. Field names are stable: `--json` prints it. */
export interface QueueStatus {
  /** `annotations`, `grafana/NAME`, `subscribers/NAME`, `traces` or `webhooks/NAME`. */
  readonly queue: string;
  readonly waiting: number;
  /** Seconds since the oldest came. */
  readonly oldestSeconds?: number;
  /** How many were set aside. */
  readonly setAside: number;
  /** Since when, how often and why the oldest was not taken. */
  readonly failing?: { readonly since: string; readonly tries: number; readonly why: string };
  /** Where it lies. */
  readonly folder: string;
}

/** The queues, and what waits in them. Nobody is asked. */
export function listQueues(): QueueStatus[] {
  return queues().map((queue) => {
    const folder = queueFolder(queue);
    const names = waiting(folder);
    const oldest = names[0] === undefined ? undefined : readItem(folder, names[0]);
    const facts = { queue, waiting: names.length, setAside: setAsideIn(folder).length, folder };
    return {
      ...facts,
      ...(typeof oldest === "object" && {
        oldestSeconds: Math.max(0, (Date.now() - Date.parse(oldest.keptAt)) / 1000),
      }),
      ...(names.length > 0 && { failing: failing(folder) }),
    };
  });
}

/** The queues as a table, for people. */
export function formatQueues(found: readonly QueueStatus[]): string {
  const rows = found.map(({ queue, waiting: count, oldestSeconds, setAside, failing: state }) => [
    queue,
    String(count),
    oldestSeconds === undefined ? "-" : formatAge(oldestSeconds),
    String(setAside),
    state === undefined ? "-" : `${state.why} (${state.tries} tries since ${state.since})`,
  ]);
  return formatTable([["QUEUE", "WAITING", "OLDEST", "SET ASIDE", "WHY"], ...rows]);
}
