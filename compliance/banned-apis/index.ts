/** Looks for banned APIs in code, by rules that one reads and adds to. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Finding } from "../../core/report";
import { scratchFolder } from "../../store/scratch";
import { redact } from "../content";
import { byPlace } from "../order";
import { openCodeCache, type Place } from "./cache";
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
 * @param cacheFolder where results are kept, so that code that did not change is not parsed again; by default nowhere
 * @throws UserError when a rule is not good
 */
export async function findBannedApis(
  root: string,
  rulesFolders: readonly string[] = [],
  cacheFolder?: string,
): Promise<BannedApis> {
  const rules = readRules([ownRules, ...rulesFolders]);
  const text = textOf(rules);
  const cache = openCodeCache(cacheFolder, text);
  const scratch = scratchFolder(os.tmpdir(), "hms-code");
  try {
    const code = path.join(scratch, "code");
    const rulesFile = path.join(scratch, "rules.yml");
    await Promise.all([fs.mkdir(code), fs.writeFile(rulesFile, text)]);
    const isKnown = (key: string): boolean => cache.get(key) !== undefined;
    const { originals, known, skipped, files } = await stage(root, code, rules, isKnown);
    const matches = originals.size > 0 ? await runEngine(code, rulesFile) : [];
    const places = groupByFile(matches);
    for (const [staged, { key }] of originals) cache.set(key, placesOf(places.get(staged) ?? [], rules));
    cache.save();
    const findings = [...originals.values(), ...known].flatMap(({ name, key }) =>
      (cache.get(key) ?? []).map((place): Finding => ({ file: redact(name), ...place })),
    );
    return { findings: findings.sort(byPlace), skipped, files };
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

function groupByFile(matches: readonly Match[]): ReadonlyMap<string, readonly Match[]> {
  const groups = new Map<string, Match[]>();
  for (const match of matches) {
    const file = path.basename(match.file);
    groups.set(file, [...(groups.get(file) ?? []), match]);
  }
  return groups;
}

/** What was found in one file. */
function placesOf(matches: readonly Match[], rules: readonly Rule[]): Place[] {
  return matches.map(({ ruleId, severity, text, range }) => {
    const rule = rules.find(({ id }) => id === ruleId);
    return {
      line: range.start.line + 1,
      column: range.start.column + 1,
      rule: ruleId,
      category: "banned-api",
      severity: severities[severity],
      sample: sampleOf(text),
      remedy: [rule?.message, rule?.note].filter(Boolean).join(" "),
    };
  });
}

/** The code's first line, without what stands in quotes: that may be a secret, or somebody's data. */
function sampleOf(text: string): string {
  const [line = ""] = text.split("\n", 1);
  const bare = redact(line.replaceAll(/(["'`])(?:\\.|(?!\1).)*(?:\1|$)/g, "$1…$1"));
  return bare.length > 80 ? `${bare.slice(0, 80)}…` : bare;
}
