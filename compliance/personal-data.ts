/** The step that looks for personal data in the commit's files. */
import { scanFolder } from "./scan";
import type { SuiteStep } from "./suite";

/** Passes when no file, and no file's name, holds any. */
export const personalData: SuiteStep = {
  name: "personal data",
  async run({ folder }) {
    const { findings, skipped, files } = await scanFolder(folder);
    const unread = skipped.length > 0 ? `, ${skipped.length} not read` : "";
    const summary = `${count(findings.length, "finding")} in ${count(files, "file")}${unread}`;
    return { passed: findings.length === 0, summary, findings, skipped };
  },
};

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
