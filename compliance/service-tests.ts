/** The step that runs the service's own tests. */
import { runCommand } from "./command";
import { redact } from "./pii";
import type { StepResult, SuiteStep } from "./suite";
import { countTests } from "./test-summary";

const defaultTimeoutSeconds = 600;

/** How much of a failing command's output is told: lines, and characters of each. */
const toldLines = 40;
const toldColumns = 300;

/** Passes when the command ends with 0, unless it says that it ran no test at all. */
export const serviceTests: SuiteStep = {
  name: "tests",
  async run({ folder, service, testTimeoutSeconds = defaultTimeoutSeconds }): Promise<StepResult> {
    const { failure, output } = await runCommand({
      command: service.test,
      folder,
      timeoutSeconds: testTimeoutSeconds,
    });
    const tests = countTests(output);
    const command = redact(service.test);
    if (failure !== undefined) {
      return { passed: false, summary: `${command}: ${failure}\n${lastLines(output)}`.trim(), tests };
    }
    if (tests === 0) {
      return { passed: false, summary: `${command}: it ran no test. Add one.`, tests };
    }
    return { passed: true, summary: tests === undefined ? "passed" : `${tests} tests passed`, tests };
  },
};

/** Redacted before it is cut: half a number would not be found. */
function lastLines(output: string): string {
  const lines = redact(output)
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines
    .slice(-toldLines)
    .map((line) => (line.length > toldColumns ? `${line.slice(0, toldColumns)}…` : line))
    .join("\n");
}
