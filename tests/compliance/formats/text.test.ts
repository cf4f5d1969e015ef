import { expect, test } from "@jest/globals";
import {
  findingLine,
  objectionLine,
  scanSentence,
  skippedLine,
  stepLine,
} from "../../../compliance/formats/text";
import { finding, step } from "./results";

test("a line for each", () => {
  expect(findingLine(finding())).toBe("docs/contact.md:3:5 us-ssn ***-**-****: Remove the number.");
  expect(objectionLine({ rule: "fairness", message: "It is unfair." })).toBe("fairness: It is unfair.");
  expect(
    objectionLine({ file: "a.json", line: 2, rule: "basis", message: "None.", remedy: "Add one." }),
  ).toBe("a.json:2 basis: None. Add one.");
  expect(skippedLine({ file: "a.pdf", why: "encrypted" })).toBe("a.pdf: not read: encrypted");
  expect(stepLine(step())).toBe("passed  tests: 12 tests passed (1.3 s)");
});

test("the sentence of a scan", () => {
  const findings = [
    finding(),
    finding(),
    finding({ category: "banned-api" }),
    finding({ category: "secret" }),
  ];
  expect(scanSentence({ findings, skipped: [{ file: "a", why: "b" }], files: 1 })).toBe(
    "4 findings (2 personal data, 1 secret, 1 banned API) in 1 file, 1 not read",
  );
});
