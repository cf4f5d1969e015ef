import { expect, test } from "@jest/globals";
import { whyNot } from "../../pipeline/comply";
import type { Report } from "../../core/report";
import { step } from "../compliance/formats/results";

test("why a commit did not pass: each step that failed, and what it counts", () => {
  const report = {
    steps: [
      step(),
      step({ name: "personal data", passed: false, summary: "1 finding (us-ssn in docs/contact.md:3)" }),
      step({ name: "governance", passed: false, summary: "https://a.example/ refused: Not yet." }),
    ],
  } as unknown as Report;
  expect(whyNot(report)).toBe(
    "personal data: 1 finding (us-ssn in docs/contact.md:3); governance: https://a.example/ refused: Not yet.",
  );
});
