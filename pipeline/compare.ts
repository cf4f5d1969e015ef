/** Asks targets what they run or hold, and compares it with what they should: for drift, sync, and the beginning of a run. */
import { setTimeout } from "node:timers/promises";
import { type Difference, findingOf, type Found } from "../core/drift";
import type { Entry, TargetId } from "../core/entry";
import { Unreachable } from "../core/errors";
import { desiredTag, lastReceipt, latestRelease, releaseOf, releaseSaid, toldTag } from "../core/history";
import { failureOf } from "../core/outcome";
import type { Receipt } from "../core/receipt";
import { shouldBe, type Target, targetsOf } from "../core/target";
import { askSettled } from "../probe/settled";
import type { Trail } from "../store/trail";
import type { RunLog } from "./log";
import { pinnedTag } from "./pins";
import { type OpenStack, readBack } from "./stack";

/** What was found at one target. */
export interface Comparison {
  readonly target: Target;
  /** The tag of the release that it should have. @default none: nothing was released yet */
  readonly desired?: string;
  /** The tag of the release that it says it has. @default none of the trail's */
  readonly release?: string;
  readonly found: Found;
  /** One sentence; absent when nothing differs. */
  readonly why?: string;
  /** What it said. @default nobody answered, or somebody refused to say */
  readonly receipt?: Receipt;
  /** Whether it changed without us since it was last read back. */
  readonly drifted: boolean;
}

/** The tag that a target should have: what the settings say, else its pointer, else the newest release. */
export function tagFor(entries: readonly Entry[], open: OpenStack, id: TargetId): string | undefined {
  return pinnedTag(open) ?? desiredTag(entries, id) ?? latestRelease(entries)?.tag;
}

/** The same for a sync: a release that failed there, and that the target went back from, is tried again (design D14). */
export function tagToSync(entries: readonly Entry[], open: OpenStack, id: TargetId): string | undefined {
  return pinnedTag(open) ?? toldTag(entries, id) ?? latestRelease(entries)?.tag;
}

/** How much time a question may take that others wait for. */
export interface Haste {
  readonly tries: number;
  readonly limitSeconds: number;
}

/** For who has something else to do: a target that does not say at once is not waited for. */
export const inPassing: Haste = { tries: 1, limitSeconds: 15 };

/**
 * Asks all targets of some stacks, side by side.
 *
 * @param haste default: none; a target is tried as often as its settings say, and has its probe's own limits
 */
export async function compare(
  stacks: readonly OpenStack[],
  trail: Trail,
  haste?: Haste,
): Promise<Comparison[]> {
  const entries = trail.entries();
  return Promise.all(
    stacks.flatMap((open) =>
      targetsOf(open.name, open.settings).map((target) => compareOne(entries, open, target, haste)),
    ),
  );
}

async function compareOne(
  entries: readonly Entry[],
  open: OpenStack,
  target: Target,
  haste: Haste | undefined,
): Promise<Comparison> {
  const { id, probe } = target;
  const desired = tagFor(entries, open, id);
  const release = desired === undefined ? undefined : releaseOf(entries, desired);
  const known = { target, ...(desired !== undefined && { desired }) };
  try {
    // Health is asked for in one moment, and a busy machine may miss that one: what differs is asked for twice.
    const asking = askSettled(
      probe,
      release ?? { image: "", imageId: "", bundle: { sha256: "", size: 0, signature: "" } },
      {
        times: 2,
        pauseMilliseconds: 1000,
        tries: haste?.tries,
      },
    );
    const receipt = await (haste === undefined ? asking : within(haste.limitSeconds, asking, target.name));
    const last = lastReceipt(entries, id);
    const had = last === undefined ? undefined : releaseOf(entries, last.tag);
    const said = releaseSaid(entries, receipt, [release, had])?.tag;
    const finding = findingOf(receipt, shouldBe(probe, release), had);
    return { ...known, ...(said !== undefined && { release: said }), receipt, ...finding };
  } catch (error) {
    const { state, why } = failureOf(error);
    return { ...known, found: state === "stale" ? "unreachable" : "refused", why, drifted: false };
  }
}

/** An answer, or Unreachable when it does not come in time. */
async function within<T>(seconds: number, answer: Promise<T>, name: string): Promise<T> {
  const ended = new AbortController();
  const limit = setTimeout(seconds * 1000, undefined, { signal: ended.signal }).then((): never => {
    throw new Unreachable(`${name} did not say within ${String(seconds)} s`);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    ended.abort();
    // Nobody waits for either any more.
    limit.catch(() => undefined);
    answer.catch(() => undefined);
  }
}

/**
 * Makes ready that an update puts right what changed without us: says so in the trail, which changes what the program
 * declares, and reads it back into the stacks' states (design D15).
 */
export async function noteDrift(
  stacks: readonly OpenStack[],
  found: readonly Comparison[],
  { trail, log, run }: { readonly trail: Trail; readonly log: RunLog; readonly run: number },
): Promise<void> {
  const drifted = found.filter((each) => each.drifted);
  for (const { target, desired = "", found: difference, why = "", receipt } of drifted) {
    if (receipt !== undefined) {
      const body = { target: target.id, tag: desired, found: difference as Difference, why, receipt, run };
      trail.append({ type: "drift", ...body });
      log.say("🔧", `${target.name} changed without us: ${why}`);
    }
  }
  await Promise.all(
    stacks.map(async (open) => {
      const names = drifted
        .filter(({ target }) => target.stack === open.name)
        .map(({ target }) => target.name);
      const { error } = names.length === 0 ? {} : await readBack(open, names);
      if (error !== undefined) {
        // The update goes on by what the state says, and says itself what it does not come to.
        log.say("⚠️", `${open.name} could not be read back: ${error}`);
      }
    }),
  );
}
