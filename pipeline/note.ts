/** Tells the agency's dashboards what happened (design D9). */
import type { StackSettingsOf } from "../core/config";
import { annotate } from "../notify/annotate";
import type { RunLog } from "./log";

/** Sends an annotation where there is somebody to send it to; says so when it has to wait. */
export async function note(
  log: RunLog,
  { metricUrl }: StackSettingsOf<"build">,
  text: string,
): Promise<void> {
  const url = metricUrl ?? process.env["METRIC_URL"];
  if (url !== undefined && !(await annotate(url, { text, ts: Date.now() }))) {
    log.say("📝", `the annotation "${text}" waits: ${url} does not take it`);
  }
}
