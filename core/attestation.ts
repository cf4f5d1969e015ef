/** Attestations in the field's own formats, for tools that know nothing of the trail. docs/attestations.md describes them. */
import type { Resource } from "./provenance";
import type { Report } from "./report";
import { statement, type Statement } from "./statement";

/** What the compliance suite said: an in-toto test result. */
export const testResultType = "https://in-toto.io/attestation/test-result/v0.1";

/** The field that names the whole report. A predicate's own further fields have URIs as names (in-toto v1, parsing rules). */
export const reportField = "https://hms.example/report/v1";

/** The predicate of a test result. `WARNED` is not used: what the platform excepts is in the report, and decided. */
export interface TestResult {
  readonly result: "PASSED" | "FAILED";
  /** What the suite was told to check: the service's own file, and the platform's settings. */
  readonly configuration: readonly Resource[];
  /** The suite's steps that passed. */
  readonly passedTests: readonly string[];
  /** Always empty: a step passes or it does not. */
  readonly warnedTests: readonly string[];
  /** The suite's steps that failed, and `STEP: TEST` for each test that is known to have failed in one. */
  readonly failedTests: readonly string[];
  readonly [reportField]: Resource;
}

/** What a test result refers to. Digests are hex SHA-256. */
export interface TestResultFacts {
  /** Of the report's own file. */
  readonly report: string;
  /** Of `git archive --format=tar COMMIT`, which stands for the commit where a tool wants a file. */
  readonly source: string;
  /** Of the service's `pipeline.yml`. */
  readonly service: string;
  /** Of the platform's settings of the suite, as JSON. */
  readonly platform: string;
}

/** The test result of a report. */
export function testResultOf(report: Report, facts: TestResultFacts): Statement<TestResult> {
  const names = (passed: boolean): string[] =>
    report.steps.filter((step) => step.passed === passed).map(({ name }) => name);
  const failures = report.steps.flatMap((step) =>
    step.passed ? [] : (step.failures ?? []).map((test) => `${step.name}: ${test}`),
  );
  return statement(
    [
      { name: `${report.service}.tar`, digest: { sha256: facts.source } },
      { name: `git:${report.commit}`, digest: { gitCommit: report.commit } },
    ],
    testResultType,
    {
      result: report.passed ? "PASSED" : "FAILED",
      configuration: [
        { name: "pipeline.yml", digest: { sha256: facts.service } },
        { name: "hms:compliance", digest: { sha256: facts.platform } },
      ],
      passedTests: names(true),
      warnedTests: [],
      failedTests: [...names(false), ...failures],
      [reportField]: {
        name: "report.json",
        digest: { sha256: facts.report },
        mediaType: "application/json",
      },
    },
  );
}

/** Whether a statement is the passing test result of a report on a commit. @param reportSha256 hex */
export function isPassing(found: Statement, commit: string, reportSha256: string): boolean {
  const { result, [reportField]: report } = found.predicate as unknown as Partial<TestResult>;
  return (
    found.predicateType === testResultType &&
    result === "PASSED" &&
    report?.digest?.["sha256"] === reportSha256 &&
    found.subject.some(({ digest }) => digest["gitCommit"] === commit)
  );
}
