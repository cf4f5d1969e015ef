/** Looks for banned APIs in code, by rules that one reads and adds to. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Finding } from "../../core/report";
import { redact } from "../pii";
import { byPlace } from "../order";
import { type Match, runEngine } from "./engine";
import { ownRules, readRules, type Rule, textOf } from "./rules";
import { stage, type Staged } from "./stage";

/** What was found. */
export interface BannedApis {
  readonly findings: readonly Finding[];
  /** Code that could not be read, and why. */
  readonly skipped: Staged["skipped"];
  /** How many files are code. */
  readonly files: number;
}

/** What a rule's severity is to a report. */
const severities = { error: "high", warning: "medium", info: "low", hint: "low" } as const;

/**
 * The uses of banned APIs in a folder, or in a file. What the folder itself says about ignoring, by file or by comment, is
 * not listened to.
 *
 * @param rulesFolders folders with rules, beside those of the suite
 * @throws UserError when a rule is not good
 */
export async function findBannedApis(
  root: string,
  rulesFolders: readonly string[] = [],
): Promise<BannedApis> {
  const rules = readRules([ownRules, ...rulesFolders]);
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "hms-code-"));
  try {
    const code = path.join(scratch, "code");
    const rulesFile = path.join(scratch, "rules.yml");
    await Promise.all([fs.mkdir(code), fs.writeFile(rulesFile, textOf(rules))]);
    const { originals, skipped, files } = await stage(root, code, rules);
    const matches = originals.size > 0 ? await runEngine(code, rulesFile) : [];
    return { findings: findingsOf(matches, originals, rules), skipped, files };
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

/** In the order of files and places. */
function findingsOf(
  matches: readonly Match[],
  originals: ReadonlyMap<string, string>,
  rules: readonly Rule[],
): Finding[] {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const findings = matches.map(({ file, ruleId, severity, text, range }): Finding => {
    const rule = byId.get(ruleId);
    return {
      file: redact(originals.get(path.basename(file)) ?? file),
      line: range.start.line + 1,
      column: range.start.column + 1,
      rule: ruleId,
      category: "banned-api",
      severity: severities[severity],
      sample: sampleOf(text),
      remedy: [rule?.message, rule?.note].filter(Boolean).join(" "),
    };
  });
  return findings.sort(byPlace);
}

/** The code's first line, without what stands in quotes: that may be a secret, or somebody's data. */
function sampleOf(text: string): string {
  const [line = ""] = text.split("\n", 1);
  const bare = redact(line.replaceAll(/(["'`])(?:\\.|(?!\1).)*(?:\1|$)/g, "$1…$1"));
  return bare.length > 80 ? `${bare.slice(0, 80)}…` : bare;
}
