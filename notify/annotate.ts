/** Annotations: marks on a dashboard that say when what was deployed (design D9). */
import { queueFolder } from "./queues";
import type { Destination } from "./deliver";

/** A mark, as `METRIC_URL/annotate` takes it. */
export interface Annotation {
  readonly text: string;
  /** Milliseconds since 1970, UTC. */
  readonly ts: number;
}

/** The queue of annotations. */
export const annotationQueue = "annotations";

/** Where annotations go. */
export function annotationsTo(metricUrl: string): Destination {
  return {
    what: "annotations",
    queue: queueFolder(annotationQueue),
    url: `${metricUrl.replace(/\/$/, "")}/annotate`,
    message: ({ content }) => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify(content),
    }),
    timeoutSeconds: 2,
    keepDays: 7,
  };
}
