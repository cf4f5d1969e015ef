/** Ships to all stacks: updates of all, side by side (design D5, D14). */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { TargetId, TargetOutcome } from "../core/entry";
import { endedWell, lastReceipt, releaseOf } from "../core/history";
import { explain, failureOf, failures, nameOf, shortfallOf, targetOf } from "../core/outcome";
import { isHealthy, isOf } from "../core/receipt";
import { type Target, targetsOf } from "../core/target";
import { ask } from "../probe";
import { askSettled } from "../probe/settled";
import type { Trail } from "../store/trail";
import { announce } from "./announce";
import { readBackGone } from "./gone";
import type { RunLog } from "./log";
import type { Previews } from "./previews";
import { withProgress } from "./progress";
import { type OpenStack, type Operation, update } from "./stack";

/** Which release each target is to get. */
export type Wanted = ReadonlyMap<TargetId, string>;

/** The targets of some stacks. */
export function targetsIn(stacks: readonly OpenStack[]): Target[] {
  return stacks.flatMap(({ name, settings }) => targetsOf(name, settings));
}

/** Moves the pointers of targets. */
export function point(
  trail: Trail,
  wanted: Wanted,
  cause: "run" | "rollback" | "restore" | "sync",
  run: number,
): void {
  for (const [target, tag] of wanted) {
    trail.append({ type: "desired", target, tag, cause, run });
  }
}

/** What a run has that ships. */
export interface Shipping {
  readonly trail: Trail;
  readonly log: RunLog;
  readonly run: number;
  /** The stacks that need no update, see {@link settledOf}: their targets are asked. */
  readonly settled: ReadonlySet<string>;
}

/**
 * The stacks that need no update: their previews found nothing to do, and all of their targets were well when the last run ended. What
 * a killed engine leaves in a state, such as pending operations, no preview tells. To be asked before the pointers are moved.
 */
export function settledOf(
  stacks: readonly OpenStack[],
  { settled }: Pick<Previews, "settled">,
  trail: Trail,
): ReadonlySet<string> {
  const entries = trail.entries();
  const found = stacks.filter(
    (open) => settled.has(open.name) && targetsIn([open]).every(({ id }) => endedWell(entries, id)),
  );
  return new Set(found.map(({ name }) => name));
}

/**
 * Updates all stacks to what the trail's pointers say, side by side; says of each target how it ended.
 * What failed goes back to what it served before; the others keep what they got.
 */
export async function ship(
  stacks: readonly OpenStack[],
  wanted: Wanted,
  context: Shipping,
): Promise<Map<TargetId, TargetOutcome>> {
  const outcomes = new Map<TargetId, TargetOutcome>();
  const { log, settled } = context;
  const quiet = stacks.filter(({ name }) => settled.has(name)).map(({ name }) => name);
  if (quiet.length > 0) {
    log.say("🟰", `nothing to do in ${quiet.join(", ")}`);
  }
  await readBackGone(
    stacks.filter(({ name }) => !settled.has(name)),
    wanted,
    context,
  );
  await withProgress(context.log, context.run, async () => {
    await Promise.all(
      stacks.map(async (open) => {
        for (const [id, outcome] of await shipStack(open, wanted, context)) {
          outcomes.set(id, outcome);
        }
      }),
    );
    await restore(stacks, outcomes, context);
  });
  return outcomes;
}

async function shipStack(
  open: OpenStack,
  wanted: Wanted,
  { trail, log, settled }: Shipping,
): Promise<Map<TargetId, TargetOutcome>> {
  const targets = targetsIn([open]).filter(({ id }) => wanted.has(id));
  const read = new Set<string>();
  const facts = new Map<string, Record<string, unknown>>();
  const onEvent = (event: EngineEvent): void => {
    const metadata = event.resOutputsEvent?.metadata;
    const target = metadata && targetOf(metadata);
    if (
      metadata === undefined ||
      target === undefined ||
      !["create", "update", "replace"].includes(metadata.op)
    ) {
      return;
    }
    facts.set(nameOf(metadata.urn), metadata.new?.outputs ?? {});
    if (metadata.urn.includes("hms:MappedDrop::")) {
      log.say("📤", `uploaded ${nameOf(metadata.urn)}`);
    }
    if (nameOf(metadata.urn) === `${target}-receipt`) {
      read.add(target);
      const found = targets.find(({ name }) => name === target);
      if (found !== undefined) {
        announce(log, found, facts);
      }
    }
  };
  const {
    events,
    error,
    cutOff = false,
  }: Operation = settled.has(open.name)
    ? { events: [], userError: false }
    : await update(open, {}, { onEvent, onAgain: again(log, open) });
  const failed = failures(events);
  const ends = await Promise.all(
    targets.map(async (target): Promise<[TargetId, TargetOutcome]> => {
      const tag = wanted.get(target.id) ?? "";
      const failure = failed.get(target.name);
      if (failure !== undefined) {
        return [target.id, { tag, ...failure, serves: lastReceipt(trail.entries(), target.id)?.tag }];
      }
      if (read.has(target.name)) {
        return [target.id, { state: "current", tag }];
      }
      // Nothing was done there, or the update as a whole did not come so far: the target says what is true.
      const outcome = await check(target, tag, trail, error);
      const serves = lastReceipt(trail.entries(), target.id)?.tag;
      return [target.id, cutOff && outcome.state === "current" ? { ...undone(tag), serves } : outcome];
    }),
  );
  for (const [id, outcome] of ends) {
    if (outcome.state !== "current") {
      log.say(outcome.state === "stale" ? "⏳" : "❌", `${nameIn(id)} ${outcome.state}: ${outcome.why}`);
    }
  }
  return new Map(ends);
}

/** How it ended on a target that answers with its release, though nobody knows what is left undone there. */
const undone = (tag: string) =>
  ({ tag, state: "failed", why: "refused: its engine was killed twice, before it came to the end" }) as const;

/** Says that a stack is updated once more. */
const again =
  (log: RunLog, { name }: OpenStack) =>
  (): void => {
    log.say("🔁", `the engine of ${name} was killed: once more`);
  };

/** Asks a target that the update did not touch. */
async function check(
  target: Target,
  tag: string,
  trail: Trail,
  error: string | undefined,
): Promise<TargetOutcome> {
  const release = releaseOf(trail.entries(), tag);
  try {
    const receipt = release === undefined ? await ask(target.probe) : await askSettled(target.probe, release);
    if (release !== undefined && isOf(receipt, release) && isHealthy(receipt)) {
      return { state: "current", tag };
    }
    return {
      tag,
      ...(error === undefined ? shortfallOf(receipt, release) : explain(error)),
    };
  } catch (thrown) {
    return { tag, ...failureOf(thrown) };
  }
}

/** Takes the targets that failed back to what they served before, so that the stacks say so, too. */
async function restore(
  stacks: readonly OpenStack[],
  outcomes: ReadonlyMap<TargetId, TargetOutcome>,
  { trail, log, run }: Omit<Shipping, "settled">,
): Promise<void> {
  const back = new Map<TargetId, string>();
  for (const [id, outcome] of outcomes) {
    if (outcome.state === "failed" && outcome.serves !== undefined && outcome.serves !== outcome.tag) {
      back.set(id, outcome.serves);
    }
  }
  if (back.size === 0) {
    return;
  }
  point(trail, back, "restore", run);
  const touched = stacks.filter(({ name }) => [...back.keys()].some((id) => id.startsWith(`${name}/`)));
  const choice = { tags: back };
  const results = await Promise.all(
    touched.map((open) => update(open, choice, { onAgain: again(log, open) })),
  );
  const failed = results.map(({ events }) => failures(events));
  for (const [id, tag] of back) {
    const index = touched.findIndex(({ name }) => id.startsWith(`${name}/`));
    const failure = failed[index]?.get(nameIn(id));
    if (failure === undefined) {
      log.say("↩️", `${nameIn(id)} serves ${tag} again`);
    } else {
      log.say("❌", `${nameIn(id)} did not go back to ${tag}: ${failure.why}`);
    }
  }
}

const nameIn = (id: TargetId): string => id.slice(id.indexOf("/") + 1);
