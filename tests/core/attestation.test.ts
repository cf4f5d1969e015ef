/** Attestations, field by field, as their specifications have them. */
import { describe, expect, test } from "@jest/globals";
import { isPassing, testResultOf } from "../../core/attestation";
import type { Report } from "../../core/report";

const commit = "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a";
const report: Report = {
  commit,
  tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  service: "flood-formula",
  steps: [
    { name: "tests", passed: true, summary: "3 tests passed", seconds: 1, tests: 3 },
    { name: "secrets", passed: true, summary: "no findings", seconds: 1 },
  ],
  findings: [],
  skipped: [],
  passed: true,
  startedAt: "2026-11-23T10:00:00.000Z",
  finishedAt: "2026-11-23T10:00:01.000Z",
};
const failed: Report = {
  ...report,
  passed: false,
  steps: [
    { name: "tests", passed: false, summary: "1 of 3 failed", seconds: 1, tests: 3, failures: ["adds up"] },
    { name: "secrets", passed: true, summary: "no findings", seconds: 1, failures: ["never told"] },
    { name: "ethics", passed: false, summary: "a banned field", seconds: 1 },
  ],
};
const facts = {
  report: "4e".repeat(32),
  source: "5c".repeat(32),
  service: "5e".repeat(32),
  platform: "9f".repeat(32),
};

describe("a test result", () => {
  test("is the in-toto predicate, about the commit and its archive", () => {
    expect(testResultOf(report, facts)).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [
        { name: "flood-formula.tar", digest: { sha256: facts.source } },
        { name: `git:${commit}`, digest: { gitCommit: commit } },
      ],
      predicateType: "https://in-toto.io/attestation/test-result/v0.1",
      predicate: {
        result: "PASSED",
        configuration: [
          { name: "pipeline.yml", digest: { sha256: facts.service } },
          { name: "hms:compliance", digest: { sha256: facts.platform } },
        ],
        passedTests: ["tests", "secrets"],
        warnedTests: [],
        failedTests: [],
        "https://hms.example/report/v1": {
          name: "report.json",
          digest: { sha256: facts.report },
          mediaType: "application/json",
        },
      },
    });
  });

  test("names what failed: the steps, and in them the tests", () => {
    expect(testResultOf(failed, facts).predicate).toMatchObject({
      result: "FAILED",
      passedTests: ["secrets"],
      failedTests: ["tests", "ethics", "tests: adds up"],
    });
  });

  test("passes for its own commit and report alone", () => {
    const read = (of: Report) => JSON.parse(JSON.stringify(testResultOf(of, facts))) as never;
    expect(isPassing(read(report), commit, facts.report)).toBe(true);
    expect(isPassing(read(failed), commit, facts.report)).toBe(false);
    expect(isPassing(read(report), "ab".repeat(20), facts.report)).toBe(false);
    expect(isPassing(read(report), commit, "00".repeat(32))).toBe(false);
    expect(
      isPassing({ ...(read(report) as object), predicateType: "x" } as never, commit, facts.report),
    ).toBe(false);
  });
});
