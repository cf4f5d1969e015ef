/** The step that runs the service's own tests. */
import { redact } from "../content";
import { runCommand } from "./command";
import { readJunit } from "./junit-file";
import type { StepResult, SuiteStep } from "./step";
import { countTests } from "./test-summary";
import { lastLines, oneLine } from "./told";

/** How many failing tests are named. */
const namedFailures = 20;

/**
 * Passes when the command ends with 0, unless it says that it ran no test at all, or fewer than the platform asks for. A
 * JUnit file that names a failure is believed more than the exit code.
 */
export const serviceTests: SuiteStep = {
  name: "tests",
  async run({ folder, service, platform }): Promise<StepResult> {
    const { failure, output, written } = await runCommand({
      command: service.test,
      folder,
      timeoutSeconds: platform.testTimeoutSeconds,
      writes: service.junit,
    });
    const command = redact(service.test);
    const junit = service.junit === undefined ? undefined : readJunit(written);
    if (junit !== undefined && "fault" in junit && failure === undefined) {
      return { passed: false, summary: `${command}: ${service.junit ?? ""} ${junit.fault}` };
    }
    const told = junit === undefined || "fault" in junit ? { tests: countTests(output), failed: [] } : junit;
    const failures = told.failed.slice(0, namedFailures).map(oneLine);
    const facts = { tests: told.tests, ...(failures.length > 0 && { failures }) };
    if (failure !== undefined || failures.length > 0) {
      const why = failure ?? `${service.junit ?? ""} names failures`;
      const names = failures.length > 0 ? `; failed: ${failures.join(", ")}` : "";
      return { passed: false, summary: `${command}: ${why}${names}\n${lastLines(output)}`.trim(), ...facts };
    }
    const missing = tooFew(told.tests, platform.leastTests);
    if (missing !== undefined) {
      return { passed: false, summary: `${command}: ${missing}`, ...facts };
    }
    const summary = told.tests === undefined ? "passed" : `${told.tests} tests passed`;
    return { passed: true, summary, ...facts };
  },
};

/** Why so many tests are not enough. */
function tooFew(tests: number | undefined, least: number): string | undefined {
  if (tests === 0) return "it ran no test. Add one.";
  if (least === 0 || (tests !== undefined && tests >= least)) return undefined;
  return tests === undefined
    ? `it doesn't say how many tests it ran, and the platform asks for at least ${least}. Name a JUnit file with junit: PATH in pipeline.yml.`
    : `it ran ${tests} tests, and the platform asks for at least ${least}. Add some.`;
}
