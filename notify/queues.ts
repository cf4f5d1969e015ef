/** The queues of the spool: one for annotations, one for each subscriber, Grafana and webhook, and one for traces. */
import fs from "node:fs";
import path from "node:path";
import { trailFolder } from "../store/project";

const spoolFolder = (): string => path.join(trailFolder(), "spool");

/** The folder of a queue. */
export function queueFolder(queue: string): string {
  return path.join(spoolFolder(), queue);
}

/** The queues that there are, also those that nobody takes from any more. */
export function queues(): string[] {
  return fs
    .globSync(["annotations", "grafana/*", "subscribers/*", "traces", "webhooks/*"], { cwd: spoolFolder() })
    .map((queue) => queue.split(path.sep).join("/"))
    .sort();
}
