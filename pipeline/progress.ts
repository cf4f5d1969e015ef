/** Tells how far the transfers of a run are, while they go on. */
import { describeProgress, isDue, percent, type Progress, type Said, secondsLeft } from "../core/transfer";
import { clearProgress, clearProgressUpTo, readProgress } from "../store/progress";
import type { RunLog } from "./log";

const lookMilliseconds = 500;

/** Tells the progress of a run's transfers until the work is done. */
export async function withProgress<T>(
  log: Pick<RunLog, "progress" | "live" | "seconds">,
  run: number,
  work: () => Promise<T>,
): Promise<T> {
  clearProgressUpTo(run);
  const tell = telling(log);
  const timer = setInterval(() => {
    tell(readProgress(run));
  }, lookMilliseconds);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    tell(new Map());
    clearProgress(run);
  }
}

/** Tells a log how far transfers are: each a line now and then, and all of them at each moment. */
export function telling(
  log: Pick<RunLog, "progress" | "live" | "seconds">,
): (transfers: ReadonlyMap<string, Progress>) => void {
  const said = new Map<string, Said>();
  let live = "";
  return (transfers) => {
    // First: where it is drawn, the lines that stay need not be.
    const next = liveText(transfers);
    if (next !== live) {
      live = next;
      log.live(next);
    }
    for (const [target, progress] of transfers) {
      const now = { at: log.seconds(), percent: percent(progress) };
      if (isDue(said.get(target), now)) {
        said.set(target, now);
        const left = secondsLeft(progress);
        const facts = { target, ...progress, ...(left !== undefined && { secondsLeft: left }) };
        log.progress(describeTransfer(target, progress), facts);
      }
    }
  };
}

/** All transfers, a line each. */
export function liveText(transfers: ReadonlyMap<string, Progress>): string {
  return [...transfers].map(([target, progress]) => describeTransfer(target, progress)).join("\n");
}

function describeTransfer(target: string, progress: Progress): string {
  return `${target}: ${describeProgress(progress)}`;
}
