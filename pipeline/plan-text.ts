/** A plan for people: as plain text, and as Markdown for a review. */
import { formatTable } from "../core/format";
import { describeChanges } from "../core/outcome";
import type { Plan } from "./plan";
import { describePlanned, describeSeconds } from "./planned";

const head = ["TARGET", "HAS", "ANSWERS", "CHANGES", "WHAT TRAVELS"];

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

function sentences({ compliance, built, draft, refused, seconds, saved }: Plan): string[] {
  const { passed, tests, findings } = compliance;
  return [
    `compliance ${passed ? "passes" : "does not pass"} (${String(tests)} tests, ${String(findings)} findings)`,
    built
      ? "It was built before; the policy has judged it."
      : draft
        ? "It was built for this plan, and not pushed; the policy has judged all but what only a run makes: signatures, bills of materials, the look into its layers."
        : "It is not built: the policy judges it once it is, and what travels is known then.",
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
    target.changes === undefined ? "?" : describeChanges(target.changes) || "none",
    describePlanned(target),
  ]);
}
