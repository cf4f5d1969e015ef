/** Waits for what comes in its own time. */
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until something is so.
 *
 * @param pauseMilliseconds between two looks: longer where a look is work
 * @returns how long it took, in milliseconds
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  limitMilliseconds = 10_000,
  pauseMilliseconds = 10,
): Promise<number> {
  const begun = performance.now();
  while (!(await isSo())) {
    if (performance.now() - begun > limitMilliseconds) throw new Error("it does not become so");
    await sleep(pauseMilliseconds);
  }
  return performance.now() - begun;
}
