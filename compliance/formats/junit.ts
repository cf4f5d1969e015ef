/** Findings as JUnit XML, for whatever shows test results: each step and each finding is a test case. */
import type { Finding } from "../../core/report";
import type { Results } from "./sarif";
import { findingLine, objectionLine } from "./text";

interface Case {
  readonly name: string;
  readonly seconds?: number;
  /** Why it failed. @default it passed */
  readonly failure?: { readonly message: string; readonly text: string };
}

/** An XML document. A scan without findings is one case that passed. */
export function toJunit({ findings, steps = [] }: Results): string {
  const suites = [
    ...(steps.length > 0 ? [suiteOf("steps", steps.map(stepCase))] : []),
    suiteOf("findings", findings.length > 0 ? findings.map(findingCase) : [{ name: "no findings" }]),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="hms compliance">\n${suites.join("")}</testsuites>\n`;
}

function stepCase({
  name,
  seconds,
  passed,
  summary,
  objections = [],
}: NonNullable<Results["steps"]>[number]): Case {
  const text = [summary, ...objections.map(objectionLine)].join("\n");
  return { name, seconds, ...(!passed && { failure: { message: summary.split("\n")[0] ?? "", text } }) };
}

const findingCase = (finding: Finding): Case => ({
  name: `${finding.rule} in ${finding.file}:${finding.line}:${finding.column}`,
  failure: { message: finding.remedy, text: findingLine(finding) },
});

function suiteOf(name: string, cases: readonly Case[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const head = `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}" errors="0">\n`;
  return `${head}${cases.map((one) => caseOf(name, one)).join("")}  </testsuite>\n`;
}

function caseOf(suite: string, { name, seconds, failure }: Case): string {
  const time = seconds === undefined ? "" : ` time="${seconds}"`;
  const head = `    <testcase classname="${suite}" name="${escape(name)}"${time}`;
  return failure === undefined
    ? `${head}/>\n`
    : `${head}>\n      <failure message="${escape(failure.message)}">${escape(failure.text)}</failure>\n    </testcase>\n`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
};

/** For attributes and text; what XML can't say at all becomes a question mark. */
function escape(text: string): string {
  return text
    .replaceAll(/[\0-\x08\x0b-\x1f\x7f\ufffe\uffff]|\p{Surrogate}/gu, "?")
    .replaceAll(/[&<>"\n]/g, (sign) => entities[sign] ?? sign);
}
