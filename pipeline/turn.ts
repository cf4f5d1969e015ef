/** One run or rollback at a time; after one that died, what it left locked is unlocked. */
import { trailFolder } from "../store/project";
import { takeLease } from "../store/lease";
import type { LogLine } from "../store/run-log";
import type { OpenStack } from "./stack";

/**
 * Does something while no other run does anything.
 *
 * @param action is given what unlocks stacks that a killed run may have left locked
 */
export async function withLease<T>(
  onLine: (line: LogLine) => void,
  action: (recover: (stacks: readonly OpenStack[]) => Promise<void>) => Promise<T>,
): Promise<T> {
  const lease = await takeLease(trailFolder(), (holder) => {
    onLine({ at: 0, sign: "⏸️", text: `waiting for another run to end: ${holder}` });
  });
  try {
    return await action(async (stacks) => {
      if (lease.takenOver) {
        onLine({ at: 0, sign: "🔓", text: "the run before was killed: unlocking its stacks" });
        await Promise.all(stacks.map(({ stack }) => stack.cancel().catch(() => undefined)));
      }
    });
  } finally {
    lease.release();
  }
}
