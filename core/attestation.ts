/** Attestations in the field's own formats, for tools that know nothing of the trail. */
import type { Report } from "./report";
import { statement, type Statement } from "./statement";

/** What the compliance suite said, as an in-toto test result (https://in-toto.io/attestation/test-result/v0.1). */
export interface TestResult {
  readonly result: "PASSED" | "FAILED";
  /** What was checked by: here, the whole report. */
  readonly configuration: readonly {
    readonly name: string;
    readonly digest: Readonly<Record<string, string>>;
  }[];
  readonly passedTests: readonly string[];
  readonly failedTests: readonly string[];
}

/**
 * The test result of a report.
 *
 * @param reportSha256 hex digest of the report's own file
 * @param sourceSha256 hex digest of `git archive --format=tar COMMIT`, which stands for the commit where a tool wants a file
 */
export function testResultOf(
  report: Report,
  reportSha256: string,
  sourceSha256: string,
): Statement<TestResult> {
  const names = (passed: boolean): string[] =>
    report.steps.filter((step) => step.passed === passed).map(({ name }) => name);
  return statement(
    [
      { name: `${report.service}.tar`, digest: { sha256: sourceSha256 } },
      { name: `git:${report.commit}`, digest: { gitCommit: report.commit } },
    ],
    "https://in-toto.io/attestation/test-result/v0.1",
    {
      result: report.passed ? "PASSED" : "FAILED",
      configuration: [{ name: "report.json", digest: { sha256: reportSha256 } }],
      passedTests: names(true),
      failedTests: names(false),
    },
  );
}
