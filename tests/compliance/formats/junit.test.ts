import { expect, test } from "@jest/globals";
import { XMLParser } from "fast-xml-parser";
import { toJunit } from "../../../compliance/formats/junit";
import { readJunit } from "../../../compliance/steps/junit-file";
import { finding, step } from "./results";

test("each step and each finding is a test case", () => {
  const failed = step({ name: "ethics", passed: false, summary: 'no "basis" & <no> law\n\u0007more' });
  expect(toJunit({ findings: [finding()], skipped: [], steps: [step(), failed] })).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="hms compliance">
  <testsuite name="steps" tests="2" failures="1" errors="0">
    <testcase classname="steps" name="tests" time="1.25"/>
    <testcase classname="steps" name="ethics" time="1.25">
      <failure message="no &quot;basis&quot; &amp; &lt;no&gt; law">no &quot;basis&quot; &amp; &lt;no&gt; law&#10;?more</failure>
    </testcase>
  </testsuite>
  <testsuite name="findings" tests="1" failures="1" errors="0">
    <testcase classname="findings" name="us-ssn in docs/contact.md:3:5">
      <failure message="Remove the number.">docs/contact.md:3:5 us-ssn ***-**-****: Remove the number.</failure>
    </testcase>
  </testsuite>
</testsuites>
`,
  );
});

test("a scan that finds nothing is a case that passed, and what we write we can read", () => {
  const text = toJunit({ findings: [], skipped: [] });
  expect(readJunit(text)).toEqual({ tests: 1, failed: [] });
  expect(() => new XMLParser().parse(text, true) as unknown).not.toThrow();
});
