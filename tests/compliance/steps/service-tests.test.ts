import { afterEach, describe, expect, test } from "@jest/globals";
import { serviceTests } from "../../../compliance/steps/service-tests";
import type { StepResult } from "../../../compliance/steps/step";
import { folderWith, remove } from "../folder";
import { context, platform } from "./context";

let folder = "";
afterEach(() => {
  remove(folder);
});

/** What the step says of a test command and its JUnit file. */
const runTests = (command: string, junit: string): Promise<StepResult> => {
  const { service } = context({});
  return serviceTests.run(
    context({
      folder,
      service: { ...service, test: command, junit },
      platform: platform({ leastTests: 1 }),
    }),
  );
};

describe("a JUnit file that the tests write", () => {
  const xml = (...cases: string[]): string =>
    `<testsuites><testsuite>${cases.join("")}</testsuite></testsuites>`;
  const run = async (text: string, exit = 0): Promise<unknown> => {
    folder = folderWith({ "given.xml": text });
    const command = `cp given.xml out.xml; exit ${String(exit)}`;
    const result = await runTests(command, "out.xml");
    return { ...result, summary: result.summary.replace(command, "it") };
  };

  test("says how many ran", async () => {
    expect(
      await run(
        xml('<testcase name="a"/>', '<testcase name="b"/>', '<testcase name="c"><skipped/></testcase>'),
      ),
    ).toMatchObject({
      passed: true,
      tests: 2,
      summary: "2 tests passed",
    });
  });

  test("and which failed, whatever the exit code", async () => {
    const failing = xml(
      '<testcase classname="risk" name="clay"><failure>63</failure></testcase>',
      "<testcase/>",
    );
    expect(await run(failing)).toMatchObject({
      passed: false,
      tests: 2,
      failures: ["risk: clay"],
      summary: "it: out.xml names failures; failed: risk: clay",
    });
    expect(await run(failing, 1)).toMatchObject({ summary: "it: exit code 1; failed: risk: clay" });
  });

  test.each([
    ["<nothing/>", "it: out.xml is no JUnit XML: it has no testsuite."],
    ["nothing", "it: out.xml is no XML. Look at what the tests write."],
    ["<!DOCTYPE a><testsuite/>", "it: out.xml has a DOCTYPE. Write it without one."],
    [xml(), "it: it ran no test. Add one."],
  ])("that is none does not pass: %s", async (text, summary) => {
    expect(await run(text)).toMatchObject({ passed: false, summary });
  });

  test("must be written by this run, and lie in the folder", async () => {
    const sentence =
      "was not written by the tests, or is in the commit already. Let the tests write it, or remove junit from pipeline.yml.";
    for (const command of ["true", "ln -s /etc/hostname new.xml"]) {
      folder = folderWith({ "old.xml": xml('<testcase name="a"/>') });
      for (const junit of ["old.xml", "new.xml"]) {
        const { summary } = await runTests(command, junit);
        expect(summary).toBe(`${command}: ${junit} ${sentence}`);
      }
    }
  });
});
