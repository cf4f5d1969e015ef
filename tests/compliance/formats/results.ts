/** Findings and steps for tests. */
import type { Finding, Step } from "../../../core/report";

/** A finding, with what a test is about set in it. */
export const finding = (parts: Partial<Finding> = {}): Finding => ({
  file: "docs/contact.md",
  line: 3,
  column: 5,
  rule: "us-ssn",
  category: "pii",
  severity: "high",
  sample: "***-**-****",
  remedy: "Remove the number.",
  ...parts,
});

/** A step that passed, with what a test is about set in it. */
export const step = (parts: Partial<Step> = {}): Step => ({
  name: "tests",
  passed: true,
  summary: "12 tests passed",
  seconds: 1.25,
  ...parts,
});
