/** Annotations: marks on a dashboard that say when what was deployed (design D9). */
import path from "node:path";
import { trailFolder } from "../store/project";
import { drain, spool } from "../store/spool";

/** A mark, as `METRIC_URL/annotate` takes it. */
export interface Annotation {
  readonly text: string;
  /** Milliseconds since 1970, UTC. */
  readonly ts: number;
}

/** A dead receiver must not delay a run. */
const timeoutMilliseconds = 2_000;

/**
 * Sends an annotation, after those that could not be sent before. What can't be sent is kept for the next time.
 *
 * @returns whether all are delivered
 */
export async function annotate(metricUrl: string, annotation: Annotation): Promise<boolean> {
  const folder = path.join(trailFolder(), "spool", "annotations");
  spool(folder, annotation);
  const left = await drain(folder, async (item) => {
    const answer = await fetch(`${metricUrl.replace(/\/$/, "")}/annotate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(item),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    return answer.ok;
  });
  return left === 0;
}
