/** How much of a labelled corpus is found, and how much of what is found is labelled. */
import type { Finding } from "../../../core/report";
import type { Label, Labelled } from "./index";

/** Counts, and the two shares of them. */
export interface Score {
  readonly found: number;
  readonly missed: number;
  readonly wrong: number;
  /** The share of findings that are right. */
  readonly precision: number;
  /** The share of labels that are found. */
  readonly recall: number;
}

/** What a scan did with a corpus. */
export interface Marks {
  readonly whole: Score;
  readonly rules: Readonly<Record<string, Score>>;
  /** What was missed (`-`) or is wrong (`+`): file, line and rule. */
  readonly mistakes: readonly string[];
}

/** Compares a scan's findings with the labels. */
export function mark(documents: readonly Labelled[], findings: readonly Finding[]): Marks {
  const counts = new Map<string, { found: number; missed: number; wrong: number }>();
  const count = (rule: string, what: "found" | "missed" | "wrong"): void => {
    const counted = counts.get(rule) ?? { found: 0, missed: 0, wrong: 0 };
    counts.set(rule, { ...counted, [what]: counted[what] + 1 });
  };
  const mistakes: string[] = [];
  const left = new Set(findings);
  for (const { file, member, labels } of documents) {
    const name = member === "" ? file : `${file}!${member}`;
    const own = findings.filter((finding) => finding.file === name);
    for (const label of labels) {
      const hit = own.find((finding) => left.has(finding) && isOf(finding, label));
      if (hit !== undefined) left.delete(hit);
      else mistakes.push(`- ${name}:${label.line}:${label.column ?? 0} ${label.rule}`);
      count(label.rule, hit === undefined ? "missed" : "found");
    }
  }
  for (const { file, line, column, rule, sample } of left) {
    count(rule, "wrong");
    mistakes.push(`+ ${file}:${line}:${column} ${rule} ${sample}`);
  }
  const all = [...counts.values()];
  const sum = (what: "found" | "missed" | "wrong"): number =>
    all.reduce((total, one) => total + one[what], 0);
  return {
    whole: scoreOf({ found: sum("found"), missed: sum("missed"), wrong: sum("wrong") }),
    rules: Object.fromEntries([...counts].sort().map(([rule, one]) => [rule, scoreOf(one)])),
    mistakes,
  };
}

const isOf = (finding: Finding, label: Label): boolean =>
  finding.rule === label.rule &&
  finding.line === label.line &&
  (label.column === undefined || finding.column === label.column);

const scoreOf = (counts: { found: number; missed: number; wrong: number }): Score => ({
  ...counts,
  precision: counts.found / Math.max(1, counts.found + counts.wrong),
  recall: counts.found / Math.max(1, counts.found + counts.missed),
});
