/** One pass of the pipeline over one commit: compliance, build, previews, updates of all stacks (design §3). */
import type { StackSettingsOf } from "../core/config";
import type { Body, TargetId, TargetOutcome, Trigger } from "../core/entry";
import { UserError, messageOf } from "../core/errors";
import { isTagQuarantined } from "../core/clearance";
import { nextRun, releaseOf } from "../core/history";
import { exitCodeOf, whyNotBuilt } from "../core/outcome";
import type { Finding } from "../core/report";
import { digestOf, type Release, tagOf } from "../core/release";
import { readPlan } from "../store/plans";
import { enterRun } from "../store/project";
import type { LogLine } from "../store/run-log";
import { type Commit, resolveCommit } from "../store/source";
import { openTrail, type Trail } from "../store/trail";
import { redact } from "../compliance/content";
import { findingsIn, movedTag } from "./built";
import { compare, inPassing, noteDrift } from "./compare";
import { comply, testsIn, whyNot } from "./comply";
import { noteBreak, type RunLog, openLog } from "./log";
import { requireUnchanged } from "./saved-plan";
import { scheduleOf } from "./schedule";
import { pinnedTag, shippedTo } from "./pins";
import { previewAll } from "./previews";
import { point, settledOf, ship, type Wanted } from "./ship";
import { openBuild, type OpenStack, openStacks, update } from "./stack";
import { Stages } from "./stages";
import { type StaleTargets, tellStale } from "./stale";
import { type News, tell, tellTrace } from "./tell";
import { type Ended, type Held, inTurn } from "./turn";

/** What a run is to do. */
export interface RunOptions {
  /** The commit, branch or tag that ships. @default the branch that hms:build names */
  readonly commit?: string;
  /** What started it. @default manual */
  readonly trigger?: Trigger;
  /** The stacks that it ships to. @default HMS_STACKS, or what hms:stacks names */
  readonly stacks?: readonly string[];
  /** The file of a saved plan, which says commit and stacks. @default none: it does what there is to do */
  readonly plan?: string;
  /** Told each line of the log. */
  readonly onLine: (line: LogLine) => void;
}

/** How a run ended. Field names are stable: `--json` prints it. */
export interface RunResult {
  readonly run: number;
  /** The release's tag. */
  readonly tag: string;
  readonly commit: string;
  readonly subject: string;
  /** Other commits that waited and that it ships with its own, oldest first. @default none */
  readonly covers?: readonly string[];
  /** 0 done, 1 refused or failed, 3 shipped, but a target is stale. */
  readonly exitCode: 0 | 1 | 3;
  /** Why nothing shipped. */
  readonly refused?: { readonly stage: string; readonly why: string };
  /** How it ended on each target, by `STACK/NAME`. */
  readonly targets: Readonly<Record<TargetId, TargetOutcome>>;
  /** What is known of those that are stale. @default none is */
  readonly stale?: StaleTargets;
  /** Seconds that each stage took. */
  readonly stages: Readonly<Record<string, number>>;
}

/** A refusal: nothing ships. */
class Refusal extends Error {
  constructor(
    readonly stage: string,
    readonly why: string,
  ) {
    super(why);
  }
}

/** A push that starts no run, since the service ships by a schedule. */
export interface Waiting {
  readonly waits: string;
  readonly exitCode: 0;
}

/**
 * Runs the pipeline.
 *
 * @throws UserError when a plan is not to be trusted, or the world has changed since it was made
 */
export async function run(options: RunOptions): Promise<RunResult | Waiting> {
  const { plan: file } = options;
  const saved = file === undefined ? undefined : readPlan(file);
  return inTurn<RunResult | Waiting>(options, async ({ recover, plugins }) => {
    const build = await openBuild(plugins);
    const { settings } = build;
    if (file !== undefined && saved !== undefined) {
      const { plan, digest } = saved;
      // By who holds the lease: no other run changes anything from here on.
      await requireUnchanged(file, plan, settings);
      saved.keep();
      const asked = { commit: plan.commit, trigger: options.trigger ?? "manual", plan: digest };
      return runInTurn(asked, { build, recover, plugins, options: { ...options, stacks: plan.stacks } });
    }
    const { commit = settings.build.branch, trigger = "manual" } = options;
    if (trigger === "push") {
      const { repository } = settings.build;
      const pushed = await resolveCommit(repository, commit);
      const schedule = await scheduleOf(repository, pushed.commit);
      if (schedule !== undefined) {
        const waits = `${tagOf(pushed.commit)} waits for the service's schedule (${schedule})`;
        options.onLine({ at: 0, sign: "🕐", text: waits });
        return { result: { waits, exitCode: 0 }, settings };
      }
    }
    return runInTurn({ commit, trigger }, { build, recover, plugins, options });
  });
}

/** What a run is about, and what asked for it. */
export interface Asked extends Pick<
  Extract<Body, { type: "run-started" }>,
  "covers" | "requests" | "pushedAt" | "plan"
> {
  /** The commit, branch or tag that ships. */
  readonly commit: string;
  readonly trigger: Trigger;
}

/** What a run has that holds the lease. */
export interface InTurn extends Held {
  readonly build: Awaited<ReturnType<typeof openBuild>>;
  readonly options: Pick<RunOptions, "stacks" | "onLine">;
}

/** Runs the pipeline, in whose turn it is. */
export async function runInTurn(
  asked: Asked,
  { build, options, ...held }: InTurn,
): Promise<Ended<RunResult>> {
  const { settings } = build;
  const found = await resolveCommit(settings.build.repository, asked.commit);
  // What a commit says of itself goes into the trail, and stays there.
  const commit = { ...found, subject: redact(found.subject) };
  const trail = openTrail();
  const number = nextRun(trail.entries());
  enterRun(number);
  const { commit: hash, subject } = commit;
  const { trigger, covers = [], requests = [], pushedAt, plan } = asked;
  trail.append({
    type: "run-started",
    run: number,
    commit: hash,
    subject,
    trigger,
    ...(covers.length > 0 && { covers }),
    ...(requests.length > 0 && { requests }),
    ...(pushedAt !== undefined && { pushedAt }),
    ...(plan !== undefined && { plan }),
  });
  const pass = new Pass(number, commit, covers, trail, openLog(number, options.onLine), settings);
  return { result: await pass.go(build, stackNames(options, settings), held), settings };
}

/** The stacks that a run ships to. */
export function stackNames(
  options: Pick<RunOptions, "stacks">,
  settings: StackSettingsOf<"build">,
): readonly string[] {
  const listed = process.env["HMS_STACKS"]?.split(",").filter((name) => name !== "") ?? [];
  return options.stacks ?? (listed.length > 0 ? listed : settings.stacks);
}

/** One run, step by step. */
class Pass {
  private readonly stages: Stages;

  constructor(
    private readonly run: number,
    private readonly commit: Commit,
    private readonly covers: readonly string[],
    private readonly trail: Trail,
    private readonly log: RunLog,
    private readonly settings: StackSettingsOf<"build">,
  ) {
    this.stages = new Stages(log);
  }

  async go(build: OpenStack, names: readonly string[], { recover, plugins }: Held): Promise<RunResult> {
    const { subject, commit } = this.commit;
    this.log.say("▶️", `run #${String(this.run)}: ${tagOf(commit)} (${subject})`);
    if (this.covers.length > 0) {
      this.log.say("🗂️", `it covers ${this.covers.map(tagOf).join(", ")}, which waited, too`);
    }
    const opening = openStacks(names, plugins);
    // A failing compliance suite is told first; an unopened stack after it.
    opening
      .then((stacks) => {
        // What was built before is likely to be there already: then only previews have anything to do.
        const isNew = this.built === undefined;
        plugins.begin(isNew ? [build, ...stacks] : stacks, isNew);
      })
      .catch(() => undefined);
    // Asked meanwhile, and once: a target that does not answer now is the update's affair.
    const asking = opening.then((stacks) => compare(stacks, this.trail, inPassing));
    asking.catch(() => undefined);
    try {
      this.refuseQuarantined();
      await this.stages.time("compliance", () => this.comply());
      plugins.open();
      const stacks = await opening.catch((error: unknown) => {
        throw error instanceof UserError ? new Refusal("settings", error.message) : error;
      });
      await recover([build, ...stacks]);
      await this.stages.time("build", () => this.build(build));
      await noteDrift(stacks, await asking, { trail: this.trail, log: this.log, run: this.run });
      const settled = await this.stages.time("preview", () => this.preview(stacks));
      const outcomes = await this.stages.time("update", () => this.ship(stacks, settled));
      return this.finish(outcomes);
    } catch (error) {
      if (error instanceof Refusal) {
        return this.refuse(error);
      }
      noteBreak(this.trail, this.run, redact(messageOf(error)));
      this.trace();
      this.log.end("💥", `run #${String(this.run)} broke off: ${messageOf(error)}`, 1);
      throw error;
    }
  }

  private get tag(): string {
    return tagOf(this.commit.commit);
  }

  /** The release, if the trail has it. */
  private get built(): Release | undefined {
    const known = releaseOf(this.trail.entries(), this.tag);
    return known?.commit === this.commit.commit ? known : undefined;
  }

  private refuseQuarantined(): void {
    const why = isTagQuarantined(this.trail.entries(), this.tag);
    if (why !== undefined) {
      throw new Refusal("quarantine", why);
    }
  }

  /** Runs the compliance suite on a clean export of the commit. */
  private async comply(): Promise<void> {
    const report = await comply(this.settings, this.commit, this.trail).catch((error: unknown): never => {
      throw error instanceof UserError ? new Refusal("compliance", error.message) : error;
    });
    if (!report.passed) {
      this.tell(report.findings);
      throw new Refusal("compliance", whyNot(report));
    }
    const findings = String(report.findings.length);
    this.log.say("✅", `compliance passed (${String(testsIn(report))} tests, ${findings} findings)`);
  }

  /** Builds image and bundle; a release that the trail has is not built again. */
  private async build(open: OpenStack): Promise<void> {
    const known = this.built;
    if (known === undefined) {
      const { error, events } = await update(open, { commit: this.commit.commit });
      if (error !== undefined) {
        this.tell(findingsIn(this.trail.entries(), this.run));
        throw new Refusal("build", whyNotBuilt(events) ?? error);
      }
    }
    const release = releaseOf(this.trail.entries(), this.tag);
    if (release === undefined) {
      throw new Refusal("build", `the build stack made no release of ${this.tag}`);
    }
    const moved = await movedTag(release);
    if (moved !== undefined) {
      throw new Refusal("registry", moved);
    }
    const verb = known === undefined ? "built" : "was built before";
    this.log.say(
      "📦",
      `image ${release.service}:${this.tag} ${verb}, ${digestOf(release.image).slice(0, 19)}…`,
    );
  }

  private tell(findings: readonly Finding[]): void {
    for (const { file, line, column, rule, sample, remedy } of findings) {
      this.log.say("🔎", `${file}:${String(line)}:${String(column)} ${rule} ${sample}: ${remedy}`);
    }
  }

  /** @returns the stacks that need no update */
  private async preview(stacks: readonly OpenStack[]): Promise<ReadonlySet<string>> {
    for (const open of stacks) {
      const pinned = pinnedTag(open);
      if (pinned !== undefined && pinned !== this.tag) {
        this.log.say("📌", `${open.name} keeps ${pinned}: its settings say so (hms:release)`);
      }
    }
    const previews = await previewAll(stacks, { tags: this.wanted(stacks) });
    if (previews.reasons.length > 0) {
      throw new Refusal("policy", previews.reasons.join("; "));
    }
    this.log.say("🛂", `previews of ${stacks.map(({ name }) => name).join(", ")} passed the policy`);
    return settledOf(stacks, previews, this.trail);
  }

  private async ship(
    stacks: readonly OpenStack[],
    settled: ReadonlySet<string>,
  ): Promise<Map<TargetId, TargetOutcome>> {
    const wanted = this.wanted(stacks);
    point(this.trail, wanted, "run", this.run);
    return ship(stacks, wanted, { trail: this.trail, log: this.log, run: this.run, settled });
  }

  private wanted(stacks: readonly OpenStack[]): Wanted {
    return shippedTo(stacks, this.tag);
  }

  private trace(): void {
    tellTrace(this.log, this.trail, this.settings, { run: this.run, stages: this.stages.times });
  }

  private refuse(refusal: Refusal): RunResult {
    const { stage } = refusal;
    const why = redact(refusal.why);
    this.trail.append({ type: "refusal", run: this.run, stage, why });
    this.log.say("🚫", `refused by ${stage}: ${why}`);
    this.tellNews({ run: this.run, targets: new Map(), refused: { stage, why } });
    return this.end(1, new Map(), `nothing shipped, anywhere`, { stage, why });
  }

  private finish(outcomes: ReadonlyMap<TargetId, TargetOutcome>): RunResult {
    const states = [...outcomes.values()].map(({ state }) => state);
    const exitCode = exitCodeOf(states);
    // A stack that is pinned has another release.
    const about = new Map([...outcomes].filter(([, outcome]) => outcome.tag === this.tag));
    const release = { type: "hms.build_published", tag: this.tag, targets: about } as const;
    this.tellNews({ run: this.run, targets: outcomes, release });
    const here = [...about.values()].filter(({ state }) => state === "current").length;
    const kept =
      outcomes.size === about.size
        ? ""
        : `; ${String(outcomes.size - about.size)} keep what they are pinned to`;
    return this.end(
      exitCode,
      outcomes,
      `${String(here)} of ${String(about.size)} targets are current${kept}`,
    );
  }

  private tellNews(news: News): void {
    tell(this.log, this.trail, this.settings, news);
  }

  private end(
    exitCode: 0 | 1 | 3,
    outcomes: ReadonlyMap<TargetId, TargetOutcome>,
    text: string,
    refused?: { stage: string; why: string },
  ): RunResult {
    const targets = Object.fromEntries(outcomes) as RunResult["targets"];
    const stages = this.stages.seconds;
    this.trail.append({ type: "run-finished", run: this.run, exitCode, targets, stages });
    this.trace();
    const stale = tellStale(this.trail, this.log, targets);
    this.log.end(exitCode === 0 ? "🏁" : "⚠️", `run #${String(this.run)}: ${text}`, exitCode);
    const { commit, subject } = this.commit;
    return {
      run: this.run,
      tag: this.tag,
      commit,
      subject,
      exitCode,
      targets,
      stages,
      ...(this.covers.length > 0 && { covers: this.covers }),
      ...(refused !== undefined && { refused }),
      ...(Object.keys(stale).length > 0 && { stale }),
    };
  }
}
