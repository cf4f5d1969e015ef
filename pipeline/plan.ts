/** What a run of a commit would do, target by target: for reviews. Nothing is shipped, pushed, or written into the trail. */
import { isTagQuarantined } from "../core/clearance";
import type { TargetId } from "../core/entry";
import { UserError } from "../core/errors";
import { releaseOf } from "../core/history";
import { tagOf } from "../core/release";
import { redact } from "../compliance/content";
import { writePlan } from "../store/plans";
import type { LogLine } from "../store/run-log";
import { type Commit, resolveCommit, subjectsBetween } from "../store/source";
import { openTrail, type Trail } from "../store/trail";
import { judge, testsIn, whyNot } from "./comply";
import { type Draft, withDraft } from "./draft";
import { type PlannedTarget, planTargets, usualSeconds, withChanges } from "./planned";
import { shippedTo } from "./pins";
import { previewAll } from "./previews";
import { type RunOptions, stackNames } from "./run";
import { worldOf } from "./saved-plan";
import { targetsIn, type Wanted } from "./ship";
import { openBuild, type OpenStack, openStacks } from "./stack";

/** What a run would do. Field names are stable: `--json` prints it. */
export interface Plan {
  readonly commit: string;
  readonly tag: string;
  readonly subject: string;
  /** 1 when it would be refused. */
  readonly exitCode: 0 | 1;
  readonly compliance: { readonly passed: boolean; readonly tests: number; readonly findings: number };
  /** Whether there is a release of the commit. */
  readonly built: boolean;
  /**
   * Whether it was built for this plan, and not pushed: then the policy has judged all but what a build of the pipeline signs. Where
   * it is neither, the policy has not been asked, since there is nothing to judge.
   */
  readonly draft: boolean;
  readonly targets: Readonly<Record<TargetId, PlannedTarget>>;
  /** What each release that a target has now lacks: the commits' first lines, newest first. Of rewritten history: nothing. */
  readonly commits: Readonly<Record<string, readonly string[]>>;
  /** Seconds that updates took lately. @default there was none */
  readonly seconds?: number;
  readonly refused?: { readonly stage: Stage; readonly why: string };
  /** Where it was saved, `sha256:…` of that file, and until when it may be run. @default it was not */
  readonly saved?: { readonly file: string; readonly digest: string; readonly expiresAt: string };
}

/** What refuses. */
type Stage = "quarantine" | "compliance" | "build" | "policy";

/** What is planned, and where. */
export interface PlanOptions extends Pick<RunOptions, "stacks"> {
  /** The commit, branch or tag. @default the branch that hms:build names */
  readonly revision?: string;
  /** The file that it is signed and written to, so that `run` does it as it is. @default it is not saved */
  readonly save?: string;
  /** Minutes that it may be run for. @default 1440 */
  readonly expires?: number;
  /** Whether what was never built is built for the plan, on this machine's engine. @default true */
  readonly build?: boolean;
  /** Told how it goes on. @default nobody is */
  readonly onLine?: (line: LogLine) => void;
}

/** How long a saved plan may be run for, in minutes: a day. */
const usualExpiry = 1440;

/** Checks a commit, asks every target, and lets the policy judge what would be there. */
export async function plan(options: PlanOptions): Promise<Plan> {
  const began = performance.now();
  const say = (sign: string, text: string): void =>
    options.onLine?.({ at: (performance.now() - began) / 1000, sign, text });
  const { settings } = await openBuild();
  const { repository, branch } = settings.build;
  const revision = options.revision ?? branch;
  const commit = await resolveCommit(repository, revision);
  const tag = tagOf(commit.commit);
  const trail = openTrail();
  const stacks = await openStacks(stackNames(options, settings));
  const built = releaseOf(trail.entries(), tag)?.commit === commit.commit;
  const outlook = new Outlook(stacks, tag, trail);
  const ahead = built ? outlook.of() : undefined;
  // What the suite says comes first, also where this fails.
  ahead?.catch(() => undefined);
  const { report } = await judge(settings, commit, trail);
  const tests = testsIn(report);
  say(
    report.passed ? "✅" : "❌",
    `compliance ${report.passed ? "passed" : "did not pass"} (${String(tests)} tests)`,
  );
  const quarantine = isTagQuarantined(trail.entries(), tag);
  const verdict: Plan["refused"] =
    quarantine !== undefined
      ? { stage: "quarantine", why: quarantine }
      : report.passed
        ? undefined
        : { stage: "compliance", why: redact(whyNot(report)) };
  const builds = !built && verdict === undefined && options.build !== false;
  const found = builds
    ? await withOutlook(settings, commit, outlook, () => {
        say("📦", `${tag} is built for this plan, and not pushed`);
      })
    : await (ahead ?? outlook.ofTargets());
  const refused = verdict ?? found.refused;
  const seconds = usualSeconds(trail);
  const save = (file: string): Plan["saved"] => {
    const now = Date.now();
    const expiresAt = new Date(now + (options.expires ?? usualExpiry) * 60_000).toISOString();
    const digest = writePlan(file, {
      ...worldOf({ settings, stacks, trail, commit: commit.commit, targets: found.targets }),
      ...{ revision, subject: redact(commit.subject), stacks: stacks.map(({ name }) => name) },
      ...{ plannedAt: new Date(now).toISOString(), expiresAt },
    });
    return { file, digest, expiresAt };
  };
  // What would be refused is not worth a signature.
  const saved = options.save === undefined || refused !== undefined ? undefined : save(options.save);
  return {
    ...{ commit: commit.commit, tag, subject: redact(commit.subject) },
    exitCode: refused === undefined ? 0 : 1,
    compliance: { passed: report.passed, tests, findings: report.findings.length },
    ...{ built, draft: builds && found.refused?.stage !== "build" },
    targets: Object.fromEntries(found.targets),
    commits: await commitsSince(repository, found.targets, commit, trail),
    ...(seconds !== undefined && { seconds }),
    ...(refused !== undefined && { refused }),
    ...(saved !== undefined && { saved }),
  };
}

/** What each release that a target has lacks. */
async function commitsSince(
  repository: string,
  targets: ReadonlyMap<TargetId, PlannedTarget>,
  { commit }: Commit,
  trail: Trail,
): Promise<Plan["commits"]> {
  const moved = [...targets.values()].filter(({ pinned }) => pinned === undefined);
  const had = [...new Set(moved.flatMap(({ release }) => release ?? []))];
  const between = await Promise.all(
    had.map(async (from): Promise<[string, string[]]> => {
      const then = releaseOf(trail.entries(), from)?.commit ?? "";
      return [from, (await subjectsBetween(repository, then, commit)).map(redact)];
    }),
  );
  return Object.fromEntries(between);
}

/** What would become of the targets. */
interface Found {
  readonly targets: ReadonlyMap<TargetId, PlannedTarget>;
  readonly refused?: Plan["refused"];
}

/** Looks ahead, by asking the targets and by previews. */
class Outlook {
  private readonly wanted: Wanted;

  constructor(
    private readonly stacks: readonly OpenStack[],
    private readonly tag: string,
    private readonly trail: Trail,
  ) {
    this.wanted = shippedTo(stacks, tag);
  }

  /** Of the targets alone, where there is nothing to preview. */
  async ofTargets(draft?: Draft): Promise<Found> {
    const { stacks, wanted, trail, tag } = this;
    const targets = await planTargets(stacks, targetsIn(stacks), wanted, trail, draft);
    const pinnedTo = (id: TargetId) => (wanted.get(id) === tag ? {} : { pinned: wanted.get(id) ?? "" });
    return { targets: new Map([...targets].map(([id, target]) => [id, { ...target, ...pinnedTo(id) }])) };
  }

  /**
   * Of everything.
   *
   * @param draft what is not built; default none: the trail has a release
   */
  async of(draft?: Draft): Promise<Found> {
    const choice = { tags: this.wanted, ...(draft !== undefined && { draft }) };
    const [{ targets }, { changes, reasons }] = await Promise.all([
      this.ofTargets(draft),
      previewAll(this.stacks, choice),
    ]);
    return {
      targets: withChanges(targets, changes),
      ...(reasons.length > 0 && { refused: { stage: "policy", why: reasons.join("; ") } }),
    };
  }
}

/** Looks ahead to what was never built, by building it. What can't be built would be refused. */
async function withOutlook(
  settings: Parameters<typeof withDraft>[0],
  commit: Commit,
  outlook: Outlook,
  onBuilt: () => void,
): Promise<Found> {
  try {
    return await withDraft(settings, commit, (draft) => {
      onBuilt();
      return outlook.of(draft);
    });
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw error;
    }
    return { ...(await outlook.ofTargets()), refused: { stage: "build", why: redact(error.message) } };
  }
}
