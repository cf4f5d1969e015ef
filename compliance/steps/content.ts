/** The steps that look into the commit's files: for secrets, for personal data, for banned APIs. */
import path from "node:path";
import type { Finding, Skipped } from "../../core/report";
import { projectFolder } from "../../store/project";
import { findBannedApis } from "../banned-apis";
import { applyExceptions } from "../exceptions";
import { counted } from "../formats/text";
import type { Context, StepResult, SuiteStep } from "./step";

/** How many findings a summary names. */
const named = 3;

/** Passes when no file, and no file's name, holds any. */
export const personalData: SuiteStep = {
  name: "personal data",
  run: async (context) => verdictOf(ofCategory(await context.scan(), "pii"), context),
};

/** Passes when no file holds a key, a password or a token. */
export const secrets: SuiteStep = {
  name: "secrets",
  run: async (context) => verdictOf(ofCategory(await context.scan(), "secret"), context),
};

/** Passes when no code uses what the rules ban. */
export const bannedApis: SuiteStep = {
  name: "banned APIs",
  async run(context) {
    const folders = context.platform.rules.map((folder) => path.resolve(projectFolder, folder));
    return verdictOf(await findBannedApis(context.folder, folders, context.cacheFolder), context);
  },
};

interface Found {
  readonly findings: readonly Finding[];
  readonly skipped: readonly Skipped[];
  readonly files: number;
}

const ofCategory = (found: Found, category: Finding["category"]): Found => ({
  ...found,
  findings: found.findings.filter((finding) => finding.category === category),
});

function verdictOf(found: Found, { exceptions, folder }: Context): StepResult {
  const { findings, excepted } = applyExceptions(found.findings, exceptions, folder);
  const read = [
    `in ${counted(found.files, "file")}`,
    ...(found.skipped.length > 0 ? [`${found.skipped.length} not read`] : []),
    ...(excepted.length > 0 ? [`${excepted.length} excepted`] : []),
  ].join(", ");
  return {
    passed: findings.length === 0,
    summary: findings.length === 0 ? `0 findings ${read}` : sentenceOf(findings),
    findings,
    excepted,
    skipped: found.skipped,
  };
}

/** `2 findings (us-ssn in docs/contact.md:3, email in README.md:1)`. */
export function sentenceOf(findings: readonly Finding[]): string {
  const places = findings.slice(0, named).map(({ rule, file, line }) => `${rule} in ${file}:${line}`);
  const more = findings.length > named ? [`${findings.length - named} more`] : [];
  return `${counted(findings.length, "finding")} (${[...places, ...more].join(", ")})`;
}
