/** Findings as SARIF 2.1.0, for code hosts that show them beside the code. */
import type * as sarif from "sarif";
import type { Finding, Objection, Skipped, Step } from "../../core/report";
import { skippedLine } from "./text";

/** What is told. */
export interface Results {
  readonly findings: readonly Finding[];
  readonly skipped: readonly Skipped[];
  /** @default none: a scan has no steps */
  readonly steps?: readonly Step[];
}

const levels = { high: "error", medium: "warning", low: "note" } as const;

/** The log of one run of the suite, or of one scan. */
export function toSarif({ findings, skipped, steps = [] }: Results): sarif.Log {
  const objections = steps.flatMap((step) => step.objections ?? []);
  const rules = [...new Set([...findings, ...objections].map(({ rule }) => rule))].sort();
  const indexOf = (rule: string): number => rules.indexOf(rule);
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "hms compliance", rules: rules.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: [
          ...findings.map((finding) => resultOf(finding, indexOf(finding.rule))),
          ...objections.map((objection) => objectionOf(objection, indexOf(objection.rule))),
        ],
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: [
              ...steps.filter(({ passed }) => !passed).map(notificationOf),
              ...skipped.map((skip) => ({ level: "note" as const, message: { text: skippedLine(skip) } })),
            ],
          },
        ],
      },
    ],
  };
}

function resultOf(finding: Finding, ruleIndex: number): sarif.Result {
  const { file, line, column, rule, category, severity, sample, remedy } = finding;
  return {
    ruleId: rule,
    ruleIndex,
    level: levels[severity],
    message: { text: `${sample}: ${remedy}` },
    locations: [placeOf(file, { startLine: line, startColumn: column })],
    properties: { category, severity },
  };
}

function objectionOf({ file, line, rule, message, remedy }: Objection, ruleIndex: number): sarif.Result {
  return {
    ruleId: rule,
    ruleIndex,
    level: "error",
    message: { text: [message, remedy].filter(Boolean).join(" ") },
    ...(file !== undefined && {
      locations: [placeOf(file, line === undefined ? undefined : { startLine: line })],
    }),
    properties: { category: "ethics" },
  };
}

const notificationOf = ({ name, summary }: Step): sarif.Notification => ({
  level: "error",
  message: { text: `${name}: ${summary}` },
});

function placeOf(file: string, region: sarif.Region | undefined): sarif.Location {
  const uri = file.split("/").map(encodeURIComponent).join("/");
  return { physicalLocation: { artifactLocation: { uri }, ...(region !== undefined && { region }) } };
}
