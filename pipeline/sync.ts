/** Brings targets that are stale, or that somebody changed, straight to the release that they should have (design D5). */
import type { StackSettingsOf } from "../core/config";
import type { Entry, TargetId, TargetOutcome } from "../core/entry";
import { UserError, messageOf } from "../core/errors";
import { desiredTag, isCutOff, nextRun, releaseOf } from "../core/history";
import { exitCodeOf } from "../core/outcome";
import type { Release } from "../core/release";
import { stalenessOf } from "../core/staleness";
import { enterRun } from "../store/project";
import type { LogLine } from "../store/run-log";
import { openTrail, type Trail } from "../store/trail";
import { isAbout, openAbout } from "./about";
import { compare, type Comparison, noteDrift, tagToSync } from "./compare";
import { noteBreak, openLog, type RunLog } from "./log";
import { type RunOptions, stackNames } from "./run";
import { previewAll } from "./previews";
import { point, settledOf, ship, type Wanted } from "./ship";
import { haveEngine, type OpenStack, openBuild } from "./stack";
import { Stages } from "./stages";
import { type StaleTargets, tellStale } from "./stale";
import { tell, tellTrace } from "./tell";
import { inTurn } from "./turn";

/** What a sync is about. */
export interface SyncOptions extends Pick<RunOptions, "stacks"> {
  /** `STACK` or `STACK/NAME`. @default every target */
  readonly target?: string;
  /** Told each line of the log. */
  readonly onLine: (line: LogLine) => void;
}

/** How a sync ended. Field names are stable: `--json` prints it. */
export interface SyncResult {
  /** The sync's number among the runs. @default none: there was nothing to do */
  readonly run?: number;
  /** 0 done, 1 refused or failed, 3 a target is stale. */
  readonly exitCode: 0 | 1 | 3;
  /** Why nothing was touched. */
  readonly refused?: { readonly stage: string; readonly why: string };
  /** How it ended on each target that it was about, by `STACK/NAME`; empty when there was nothing to do. */
  readonly targets: Readonly<Record<TargetId, TargetOutcome>>;
  /** What is known of those that are stale. @default none is */
  readonly stale?: StaleTargets;
  /** Seconds that each stage took. */
  readonly stages: Readonly<Record<string, number>>;
}

/** Syncs. */
export function sync(options: SyncOptions): Promise<SyncResult> {
  return inTurn(options, async ({ recover, plugins }) => {
    const began = performance.now();
    const build = await openBuild();
    const stacks = await openAbout(options.target, stackNames(options, build.settings), plugins);
    await recover(stacks);
    const trail = openTrail();
    const entries = trail.entries();
    const all = await compare(stacks, trail);
    const about = all.filter(({ target }) => isAbout(options.target, target.id));
    if (about.length === 0) {
      throw new UserError(
        `There is no target ${options.target ?? ""}. "npx hms pipeline status" lists them.`,
      );
    }
    const wanted = new Map(
      all.flatMap(({ target: { id, stack } }) => {
        const open = stacks.find(({ name }) => name === stack);
        const tag = open && tagToSync(entries, open, id);
        return tag === undefined ? [] : [[id, tag] as const];
      }),
    );
    const due = about.filter((each) => isDue(entries, each, wanted));
    if (due.length === 0) {
      const at = (performance.now() - began) / 1000;
      const text = `${String(about.length)} of ${String(about.length)} targets have what they should: nothing to do`;
      options.onLine({ at, sign: "🏁", text });
      return { result: { exitCode: 0, targets: {}, stages: {} }, settings: build.settings };
    }
    const run = nextRun(entries);
    enterRun(run);
    plugins.begin(stacks.filter(({ name }) => due.some(({ target }) => target.stack === name)));
    plugins.open();
    await haveEngine(stacks);
    const log = openLog(run, options.onLine);
    const pass = new Sync(run, { trail, log, stacks, all, due, wanted, settings: build.settings });
    return { result: await pass.go(), settings: build.settings };
  });
}

/** Whether there is anything to do: it differs, it does not answer, it failed or was cut off, or the trail has it for stale. */
function isDue(entries: readonly Entry[], { target: { id }, found }: Comparison, wanted: Wanted): boolean {
  const told = wanted.get(id);
  return (
    found !== "same" ||
    stalenessOf(entries, id) !== undefined ||
    isCutOff(entries, id) ||
    (told !== undefined && desiredTag(entries, id) !== undefined && told !== desiredTag(entries, id))
  );
}

interface Work {
  readonly trail: Trail;
  readonly log: RunLog;
  readonly stacks: readonly OpenStack[];
  /** What was found at every target of these stacks. */
  readonly all: readonly Comparison[];
  /** Those where there is something to do. */
  readonly due: readonly Comparison[];
  readonly wanted: Wanted;
  readonly settings: StackSettingsOf<"build">;
}

/** One sync, step by step. */
class Sync {
  private readonly stages: Stages;

  constructor(
    private readonly run: number,
    private readonly work: Work,
  ) {
    this.stages = new Stages(work.log);
  }

  async go(): Promise<SyncResult> {
    const { trail, log, due } = this.work;
    this.begin();
    const reached = due.filter(({ found }) => found !== "unreachable");
    // Pulumi updates a stack as a whole: what else is due in it is tried, too.
    const stacks = this.work.stacks.filter(({ name }) => reached.some(({ target }) => target.stack === name));
    const touched = new Set(stacks.map(({ name }) => name));
    const wanted = new Map([...this.work.wanted].filter(([id]) => touched.has(id.split("/")[0] ?? "")));
    try {
      await this.stages.time("compare", () =>
        noteDrift(
          stacks,
          this.work.all.filter(({ target }) => touched.has(target.stack)),
          {
            trail,
            log,
            run: this.run,
          },
        ),
      );
      const previews = await this.stages.time("preview", () => previewAll(stacks, { tags: wanted }));
      if (previews.reasons.length > 0) {
        return this.refuse(previews.reasons.join("; "));
      }
      if (stacks.length > 0) {
        log.say("🛂", `previews of ${stacks.map(({ name }) => name).join(", ")} passed the policy`);
      }
      const settled = settledOf(stacks, previews, trail);
      const outcomes = await this.stages.time("update", () => this.ship(stacks, wanted, settled));
      for (const { target, why = "", desired = "" } of due.filter(
        ({ target: { id } }) => !outcomes.has(id),
      )) {
        outcomes.set(target.id, { state: "stale", tag: this.work.wanted.get(target.id) ?? desired, why });
      }
      return this.finish(outcomes);
    } catch (error) {
      noteBreak(trail, this.run, messageOf(error));
      this.trace();
      log.end("💥", `sync #${String(this.run)} broke off: ${messageOf(error)}`, 1);
      throw error;
    }
  }

  private begin(): void {
    const { trail, log, due } = this.work;
    const { commit, subject } = this.newestWanted();
    trail.append({ type: "run-started", run: this.run, commit, subject, trigger: "sync" });
    const what = due.map(({ target, found, desired = "-" }) => {
      const tag = this.work.wanted.get(target.id) ?? desired;
      return `${target.id} (${found === "same" ? "stale, failed or cut off before" : found}) to ${tag}`;
    });
    log.say("🔄", `sync #${String(this.run)}: ${what.join(", ")}`);
  }

  /** The newest release among those that are due. */
  private newestWanted(): Pick<Release, "tag" | "commit" | "subject"> {
    const entries = this.work.trail.entries();
    const tags = new Set(this.work.due.map(({ target }) => this.work.wanted.get(target.id)));
    const release = entries.findLast(
      ({ body }) => body.type === "release" && tags.has(body.release.tag),
    )?.body;
    if (release?.type !== "release") {
      throw new UserError('There is no release yet: nothing to bring anywhere. Run "npx hms pipeline run".');
    }
    return release.release;
  }

  private async ship(
    stacks: readonly OpenStack[],
    wanted: Wanted,
    settled: ReadonlySet<string>,
  ): Promise<Map<TargetId, TargetOutcome>> {
    const { trail, log } = this.work;
    const entries = trail.entries();
    const moved = [...wanted].filter(
      ([id, tag]) => desiredTag(entries, id) !== tag && releaseOf(entries, tag) !== undefined,
    );
    point(trail, new Map(moved), "sync", this.run);
    return ship(stacks, wanted, { trail, log, run: this.run, settled });
  }

  private trace(): void {
    const { log, trail, settings } = this.work;
    tellTrace(log, trail, settings, { run: this.run, stages: this.stages.times });
  }

  private refuse(why: string): SyncResult {
    const { trail, log, settings } = this.work;
    trail.append({ type: "refusal", run: this.run, stage: "policy", why });
    log.say("🚫", `refused by policy: ${why}`);
    tell(log, trail, settings, { run: this.run, targets: new Map(), refused: { stage: "policy", why } });
    return { ...this.end(1, {}, "nothing was touched"), refused: { stage: "policy", why } };
  }

  private finish(outcomes: ReadonlyMap<TargetId, TargetOutcome>): SyncResult {
    const states = [...outcomes.values()].map(({ state }) => state);
    const { trail, log, settings } = this.work;
    const { tag } = this.newestWanted();
    // One that was rolled back by itself has another release.
    const about = new Map([...outcomes].filter(([, outcome]) => outcome.tag === tag));
    const release = { type: "hms.build_published", tag, targets: about } as const;
    tell(log, trail, settings, { run: this.run, targets: outcomes, release });
    const current = states.filter((state) => state === "current").length;
    const text = `${String(current)} of ${String(states.length)} targets are current`;
    return this.end(exitCodeOf(states), Object.fromEntries(outcomes), text);
  }

  private end(exitCode: 0 | 1 | 3, targets: SyncResult["targets"], text: string): SyncResult {
    const { trail, log } = this.work;
    const stages = this.stages.seconds;
    trail.append({ type: "run-finished", run: this.run, exitCode, targets, stages });
    this.trace();
    const stale = tellStale(trail, log, targets);
    log.end(exitCode === 0 ? "🏁" : "⚠️", `sync #${String(this.run)}: ${text}`, exitCode);
    const result = { run: this.run, exitCode, targets, stages };
    return Object.keys(stale).length === 0 ? result : { ...result, stale };
  }
}
