/** One run or rollback at a time; after one that died, what it left locked is unlocked. */
import { trailFolder } from "../store/project";
import { takeLease } from "../store/lease";
import { endRemains, enterLease } from "../store/remains";
import type { LogLine } from "../store/run-log";
import type { StackSettingsOf } from "../core/config";
import { mendStack } from "./mend";
import type { Plugins } from "./plugins";
import { newPlugins, type OpenStack } from "./stack";
import { deliverNews } from "./tell";

/** How a run, a rollback or a sync ended, and the settings that say whom to tell; none when nothing was done. */
export interface Ended<T> {
  readonly result: T;
  readonly settings?: StackSettingsOf<"build">;
}

/** How a turn is waited for. */
export interface Turn {
  /** Told each line of the log. */
  readonly onLine: (line: LogLine) => void;
  /** Whether all others that wait let this one go before them. @default false */
  readonly first?: boolean;
}

/** Does the work of a run, rollback or sync in its turn, and then delivers what there is to tell, while another may begin. */
export async function inTurn<T>(turn: Turn, action: (held: Held) => Promise<Ended<T>>): Promise<T> {
  const { result, settings } = await withLease(turn, action);
  if (settings !== undefined) {
    await deliverNews(settings, turn.onLine);
  }
  return result;
}

/** What somebody has in whose turn it is. */
export interface Held {
  /** Unlocks stacks that a killed run may have left locked. */
  readonly recover: (stacks: readonly OpenStack[]) => Promise<void>;
  /** For all engines of this turn, and ended with it. */
  readonly plugins: Plugins;
}

/**
 * Does something while no other run does anything.
 *
 * @param action is given what it has for as long
 */
async function withLease<T>({ onLine, first }: Turn, action: (held: Held) => Promise<T>): Promise<T> {
  const onWait = (holder: string): void => {
    onLine({ at: 0, sign: "⏸️", text: `waiting for another run to end: ${holder}` });
  };
  const plugins = newPlugins();
  const lease = await takeLease(trailFolder(), { onWait, ...(first && { first }) });
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
    const recover: Held["recover"] = async (stacks) => {
      // Whoever took the lease over may have had nothing to do with these stacks.
      const locked = lease.toMend(stacks.map(({ name }) => name));
      if (locked.length > 0) {
        onLine({ at: 0, sign: "🔓", text: "the run before was killed: unlocking its stacks" });
        const left = stacks.filter(({ name }) => locked.includes(name));
        await Promise.all(left.map(mendStack));
        lease.mended(locked);
      }
    };
    return await action({ recover, plugins });
  } finally {
    plugins.end();
    lease.release();
  }
}
