/** The step that looks at the exceptions themselves: one that is over must not be forgotten. */
import path from "node:path";
import { projectFolder } from "../../store/project";
import { ownRules, readRules } from "../banned-apis/rules";
import { expiredExceptions } from "../exceptions";
import { counted } from "../formats/text";
import type { SuiteStep } from "./step";

/** Passes when none has expired. */
export const standingExceptions: SuiteStep = {
  name: "exceptions",
  run({ exceptions, platform }) {
    const folders = platform.rules.map((folder) => path.resolve(projectFolder, folder));
    const banned = new Set(readRules([ownRules, ...folders]).map(({ id }) => id));
    const findings = expiredExceptions(exceptions, (rule) => banned.has(rule));
    const inForce = exceptions.all.length - findings.length;
    const over = findings.map(({ sample, remedy }) => `${sample}: ${remedy}`).join("; ");
    return Promise.resolve({
      passed: findings.length === 0,
      summary:
        findings.length === 0
          ? `${inForce} in force`
          : `${counted(findings.length, "exception")} expired (${over})`,
      findings,
    });
  },
};
