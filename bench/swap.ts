/** Requests that fail while releases are swapped under a steady load: on the cluster and on sites. */
import { startLoad } from "../tests/lab/steady-load";
import { places, question } from "../tests/lab/world";
import { type Bench, samples } from "./bench";
import { newCommit, openLab, push } from "./lab";

/** @see Bench */
export const bench: Bench = async (tell) => {
  await openLab(tell);
  // No stack of these ships to the docker host.
  const urls = Object.entries(await places()).flatMap(([where, url]) => (where === "docker" ? [] : [url]));
  const loads = urls.map((url) => startLoad(`${url}${question}`));
  for (let sample = 1; sample <= samples; sample += 1) {
    await push(await newCommit());
    const failed = loads.reduce((sum, load) => sum + load.answers().failures.length, 0);
    tell(`swap ${sample} of ${samples} on ${urls.length} targets: ${failed} requests failed so far`);
  }
  const answers = await Promise.all(loads.map((load) => load.stop()));
  const requests = answers.reduce((sum, each) => sum + each.requests, 0);
  const failures = answers.flatMap((each) => each.failures);
  const longestMs = Math.max(...answers.map((each) => each.longestMs));
  return {
    numbers: {
      ratio: failures.length / requests,
      goal: 0,
      samples,
      unit: "requests that failed, over all of a steady load through the swaps",
      failed: failures.length,
      requests,
      longestMilliseconds: longestMs,
      failures,
    },
    text: `${samples} swaps on ${urls.length} targets: ${failures.length} of ${requests} requests failed, the longest took ${longestMs} ms; goal 0`,
  };
};
