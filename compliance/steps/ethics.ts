/** The step that runs the agency's own checks: fairness, banned fields, a legal basis, whatever it holds itself to. */
import { z } from "zod";
import type { ComplianceSettings } from "../../core/config";
import type { Objection } from "../../core/report";
import { projectFolder } from "../../store/project";
import { counted } from "../formats/text";
import { runCommand } from "./command";
import type { StepResult, SuiteStep } from "./step";
import { lastLines, oneLine } from "./told";

type Check = ComplianceSettings["ethics"][number];

/** What a check prints. Keys that we don't know are its own affair. */
const answer = z.object({
  findings: z.array(
    z.object({
      file: z.string().min(1).optional(),
      line: z.int().min(1).optional(),
      rule: z.string().min(1),
      message: z.string().min(1),
      remedy: z.string().optional(),
    }),
  ),
});

/** What one check says: its objections, or why it is no verdict. */
type Verdict = { readonly objections: readonly Objection[] } | { readonly fault: string };

/** Passes when every check ran, and none objects. */
export const ethics: SuiteStep = {
  name: "ethics",
  async run({ folder, platform }): Promise<StepResult> {
    const verdicts = await Promise.all(
      platform.ethics.map(async (check) => ({ check, verdict: await runCheck(check, folder) })),
    );
    const faults = verdicts.flatMap(({ check, verdict }) =>
      "fault" in verdict ? [`${check.name}: ${verdict.fault}`] : [],
    );
    const objections = verdicts.flatMap(({ verdict }) => ("fault" in verdict ? [] : verdict.objections));
    const passed = faults.length === 0 && objections.length === 0;
    const summary = passed
      ? `${counted(verdicts.length, "check")} passed`
      : [...faults, ...(objections.length > 0 ? [sentenceOf(objections)] : [])].join("; ");
    return { passed, summary, ...(objections.length > 0 && { objections }) };
  },
};

async function runCheck({ run, timeoutSeconds }: Check, folder: string): Promise<Verdict> {
  const { failure, output, stdout } = await runCommand({
    command: run,
    folder,
    timeoutSeconds,
    variables: { PLATFORM: projectFolder },
  });
  const findings = failure?.startsWith("not done") === true ? undefined : parse(stdout ?? "");
  if (findings === undefined) {
    const said = oneLine(lastLines(output, 1));
    return failure === undefined
      ? { fault: 'it printed no findings as JSON. Let it print {"findings": [...]}' }
      : { fault: `${failure}${said === "" ? "" : ` (${said})`}` };
  }
  if (failure !== undefined && findings.length === 0) {
    return { fault: `${failure}, but it names no finding. Mend the check` };
  }
  return { objections: findings };
}

function parse(text: string): Objection[] | undefined {
  try {
    return answer.parse(JSON.parse(text)).findings.map(({ file, line, rule, message, remedy }) => ({
      ...(file !== undefined && { file: oneLine(file) }),
      ...(line !== undefined && { line }),
      rule: oneLine(rule),
      message: oneLine(message),
      ...(remedy !== undefined && { remedy: oneLine(remedy) }),
    }));
  } catch {
    return undefined;
  }
}

function sentenceOf(objections: readonly Objection[]): string {
  const named = objections.slice(0, 3).map(({ rule, file, message }) => {
    const where = file === undefined ? "" : ` in ${file}`;
    return `${rule}${where}: ${message}`;
  });
  return `${counted(objections.length, "objection")} (${named.join("; ")}${objections.length > 3 ? "; …" : ""})`;
}
