/** What a run of a commit would do, target by target: for reviews. Nothing is shipped, built, or written into the trail. */
import { isTagQuarantined } from "../core/clearance";
import type { TargetId } from "../core/entry";
import { formatTable } from "../core/format";
import { releaseOf } from "../core/history";
import { tagOf } from "../core/release";
import { redact } from "../compliance/content";
import { trailFolder } from "../store/project";
import { writePlan } from "../store/plans";
import { resolveCommit, subjectsBetween } from "../store/source";
import { directoryTrail } from "../store/trail";
import { judge, testsIn, whyNot } from "./comply";
import { describePlanned, describeSeconds, type PlannedTarget, planTargets, usualSeconds } from "./planned";
import { type RunOptions, stackNames } from "./run";
import { worldOf } from "./saved-plan";
import { targetsIn, vetoes } from "./ship";
import { openBuild, openStack } from "./stack";

/** What a run would do. Field names are stable: `--json` prints it. */
export interface Plan {
  readonly commit: string;
  readonly tag: string;
  readonly subject: string;
  /** 1 when it would be refused. */
  readonly exitCode: 0 | 1;
  readonly compliance: { readonly passed: boolean; readonly tests: number; readonly findings: number };
  /** Whether there is a release of the commit; without one the policy has not been asked, since there is nothing to judge. */
  readonly built: boolean;
  readonly targets: Readonly<Record<TargetId, PlannedTarget>>;
  /** What each release that a target has now lacks: the commits' first lines, newest first. Of rewritten history: nothing. */
  readonly commits: Readonly<Record<string, readonly string[]>>;
  /** Seconds that updates took lately. @default there was none */
  readonly seconds?: number;
  readonly refused?: { readonly stage: "quarantine" | "compliance" | "policy"; readonly why: string };
  /** Where it was saved, `sha256:…` of that file, and until when it may be run. @default it was not */
  readonly saved?: { readonly file: string; readonly digest: string; readonly expiresAt: string };
}

/** What is planned, and where. */
export interface PlanOptions extends Pick<RunOptions, "stacks"> {
  /** The commit, branch or tag. @default the branch that hms:build names */
  readonly revision?: string;
  /** The file that it is signed and written to, so that `run` does it as it is. @default it is not saved */
  readonly save?: string;
  /** Minutes that it may be run for. @default 1440 */
  readonly expires?: number;
}

/** How long a saved plan may be run for, in minutes: a day. */
const usualExpiry = 1440;

/** Checks a commit, asks every target, and lets the policy judge what is built. */
export async function plan(options: PlanOptions): Promise<Plan> {
  const { settings } = await openBuild();
  const { repository, branch } = settings.build;
  const revision = options.revision ?? branch;
  const found = await resolveCommit(repository, revision);
  const tag = tagOf(found.commit);
  const trail = directoryTrail(trailFolder());
  const stacks = await Promise.all(stackNames(options, settings).map(openStack));
  const targets = targetsIn(stacks);
  const wanted = new Map(targets.map(({ id }) => [id, tag]));
  const built = releaseOf(trail.entries(), tag)?.commit === found.commit;
  const [{ report }, planned, reasons] = await Promise.all([
    judge(settings, found, trail),
    planTargets(stacks, targets, wanted, trail),
    built ? vetoes(stacks, { tags: wanted }) : [],
  ]);
  const quarantine = isTagQuarantined(trail.entries(), tag);
  const refused =
    quarantine !== undefined
      ? ({ stage: "quarantine", why: quarantine } as const)
      : !report.passed
        ? ({ stage: "compliance", why: redact(whyNot(report)) } as const)
        : reasons.length > 0
          ? ({ stage: "policy", why: reasons.join("; ") } as const)
          : undefined;
  const had = [...new Set([...planned.values()].flatMap(({ release }) => release ?? []))];
  const between = await Promise.all(
    had.map(async (from): Promise<[string, string[]]> => {
      const commit = releaseOf(trail.entries(), from)?.commit ?? "";
      return [from, (await subjectsBetween(repository, commit, found.commit)).map(redact)];
    }),
  );
  const seconds = usualSeconds(trail);
  const save = (file: string): Plan["saved"] => {
    const now = Date.now();
    const expiresAt = new Date(now + (options.expires ?? usualExpiry) * 60_000).toISOString();
    const digest = writePlan(file, {
      ...worldOf({ settings, stacks, trail, commit: found.commit, targets: planned }),
      ...{ revision, subject: redact(found.subject), stacks: stacks.map(({ name }) => name) },
      ...{ plannedAt: new Date(now).toISOString(), expiresAt },
    });
    return { file, digest, expiresAt };
  };
  // What would be refused is not worth a signature.
  const saved = options.save === undefined || refused !== undefined ? undefined : save(options.save);
  return {
    ...{ commit: found.commit, tag, subject: redact(found.subject), exitCode: refused === undefined ? 0 : 1 },
    compliance: { passed: report.passed, tests: testsIn(report), findings: report.findings.length },
    built,
    targets: Object.fromEntries(planned),
    commits: Object.fromEntries(between),
    ...(seconds !== undefined && { seconds }),
    ...(refused !== undefined && { refused }),
    ...(saved !== undefined && { saved }),
  };
}

const head = ["TARGET", "HAS", "ANSWERS", "WHAT TRAVELS"];

/** The plan for people. */
export function formatPlan(plan: Plan): string {
  return [
    `plan of ${plan.tag} (${plan.subject})`,
    ...sentences(plan),
    formatTable([head, ...rowsOf(plan)]),
    ...Object.entries(plan.commits).flatMap(([from, lines]) =>
      lines.length === 0 ? [] : [`since ${from}:`, ...lines.map((line) => `  ${line}`)],
    ),
  ].join("\n");
}

/** The plan as a comment for a review. What the commit says of itself is quoted as it is, and no Markdown. */
export function formatPlanAsMarkdown(plan: Plan): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => code(cell, "\\|")).join(" | ")} |`;
  return [
    `### Plan of ${code(plan.tag)}: ${code(plan.subject)}`,
    "",
    ...sentences(plan).map((line) => `- ${code(line)}`),
    "",
    `| ${head.join(" | ")} |`,
    `| ${head.map(() => "---").join(" | ")} |`,
    ...rowsOf(plan).map(row),
    ...Object.entries(plan.commits).flatMap(([from, lines]) =>
      lines.length === 0 ? [] : ["", `Since ${code(from)}:`, "", ...lines.map((line) => `- ${code(line)}`)],
    ),
    "",
    "Nothing was shipped.",
  ].join("\n");
}

/** A code span, which ends at no backtick of the text (CommonMark 0.31, 6.1). */
function code(text: string, bar = "|"): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  const space = text.includes("`") ? " " : "";
  return `${fence}${space}${text.replaceAll("|", bar).replaceAll(/[\r\n]+/g, " ")}${space}${fence}`;
}

function sentences({ compliance, built, refused, seconds, saved }: Plan): string[] {
  const { passed, tests, findings } = compliance;
  return [
    `compliance ${passed ? "passes" : "does not pass"} (${String(tests)} tests, ${String(findings)} findings)`,
    built
      ? "It was built before; the policy has judged it."
      : "It is not built yet: the policy judges it then, and what travels is known then.",
    ...(seconds === undefined ? [] : [describeSeconds(seconds)]),
    ...(refused === undefined ? [] : [`It would be refused by ${refused.stage}: ${refused.why}`]),
    ...(saved === undefined
      ? []
      : [`Saved until ${saved.expiresAt}. Do it: npx hms pipeline run --plan ${saved.file}`]),
  ];
}

function rowsOf({ targets }: Plan): string[][] {
  return Object.entries(targets).map(([id, target]) => [
    id,
    target.release ?? "-",
    target.answers,
    describePlanned(target),
  ]);
}
