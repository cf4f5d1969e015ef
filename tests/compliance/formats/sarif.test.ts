import { expect, test } from "@jest/globals";
import { toSarif } from "../../../compliance/formats/sarif";
import { finding, step } from "./results";

test("findings, objections, and what could not be read", () => {
  const log = toSarif({
    findings: [
      finding({ file: "a b/c#1.zip!d.txt" }),
      finding({ rule: "js-eval", category: "banned-api", severity: "medium" }),
    ],
    skipped: [{ file: "x.pdf", why: "encrypted" }],
    steps: [
      step({ name: "tests" }),
      step({
        name: "ethics",
        passed: false,
        summary: "1 objection",
        objections: [
          { rule: "legal-basis", message: "There is none.", remedy: "Add one.", file: "rules/a.json" },
        ],
      }),
    ],
  });
  expect(log).toEqual({
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "hms compliance",
            rules: [{ id: "js-eval" }, { id: "legal-basis" }, { id: "us-ssn" }],
          },
        },
        columnKind: "utf16CodeUnits",
        results: [
          {
            ruleId: "us-ssn",
            ruleIndex: 2,
            level: "error",
            message: { text: "***-**-****: Remove the number." },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: "a%20b/c%231.zip!d.txt" },
                  region: { startLine: 3, startColumn: 5 },
                },
              },
            ],
            properties: { category: "pii", severity: "high" },
          },
          expect.objectContaining({ ruleId: "js-eval", ruleIndex: 0, level: "warning" }),
          {
            ruleId: "legal-basis",
            ruleIndex: 1,
            level: "error",
            message: { text: "There is none. Add one." },
            locations: [{ physicalLocation: { artifactLocation: { uri: "rules/a.json" } } }],
            properties: { category: "ethics" },
          },
        ],
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: [
              { level: "error", message: { text: "ethics: 1 objection" } },
              { level: "note", message: { text: "x.pdf: not read: encrypted" } },
            ],
          },
        ],
      },
    ],
  });
});

test("nothing found", () => {
  expect(toSarif({ findings: [], skipped: [] }).runs[0]).toMatchObject({
    results: [],
    tool: { driver: { rules: [] } },
  });
});
