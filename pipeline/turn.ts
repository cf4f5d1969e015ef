/** One run or rollback at a time; after one that died, what it left locked is unlocked. */
import { trailFolder } from "../store/project";
import { takeLease } from "../store/lease";
import { endRemains, enterLease } from "../store/remains";
import type { LogLine } from "../store/run-log";
import type { StackSettingsOf } from "../core/config";
import { mendStack } from "./mend";
import type { OpenStack } from "./stack";
import { deliverNews } from "./tell";

/** How a run, a rollback or a sync ended, and the settings that say whom to tell. */
export interface Ended<T> {
  readonly result: T;
  readonly settings: StackSettingsOf<"build">;
}

/** Does the work of a run, rollback or sync in its turn, and then delivers what there is to tell, while another may begin. */
export async function inTurn<T>(
  onLine: (line: LogLine) => void,
  action: (recover: Recover) => Promise<Ended<T>>,
): Promise<T> {
  const { result, settings } = await withLease(onLine, action);
  await deliverNews(settings, onLine);
  return result;
}

/** Unlocks stacks that a killed run may have left locked. */
type Recover = (stacks: readonly OpenStack[]) => Promise<void>;

/**
 * Does something while no other run does anything.
 *
 * @param action is given what unlocks the stacks of a run that was killed
 */
async function withLease<T>(
  onLine: (line: LogLine) => void,
  action: (recover: Recover) => Promise<T>,
): Promise<T> {
  const lease = await takeLease(trailFolder(), (holder) => {
    onLine({ at: 0, sign: "⏸️", text: `waiting for another run to end: ${holder}` });
  });
  try {
    enterLease(lease.id);
    // Before anything is asked or opened: the engines of a run that was killed go on without it.
    const ended = await endRemains(lease.died);
    if (ended > 0) {
      onLine({
        at: 0,
        sign: "🧹",
        text: `ended what the killed run had left at work: ${String(ended)} processes`,
      });
    }
    return await action(async (stacks) => {
      if (lease.takenOver) {
        onLine({ at: 0, sign: "🔓", text: "the run before was killed: unlocking its stacks" });
        await Promise.all(stacks.map(mendStack));
      }
    });
  } finally {
    lease.release();
  }
}
