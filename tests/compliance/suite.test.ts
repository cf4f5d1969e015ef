import { afterEach, describe, expect, test } from "@jest/globals";
import { type Progress, runSuite, type SuiteOptions } from "../../compliance/suite";
import type { Service } from "../../core/service";
import { type ComplianceSettings, complianceSettings } from "../../core/config/compliance";
import { folderWith, remove } from "./folder";
import { ssn } from "./numbers";

let folder = "";
afterEach(() => {
  remove(folder);
});

/** What the platform demands, with some of it set. */
const platform = (parts: object): ComplianceSettings => complianceSettings.parse(parts);

const options = (test: string): SuiteOptions => ({
  folder,
  commit: "8e9a12c0".repeat(5),
  tree: "41c0ffee".repeat(5),
  name: "flood-formula",
  service: {
    trigger: { kind: "push" },
    test,
    steps: [],
    build: { context: ".", dockerfile: "Dockerfile" },
    bundle: ["formula.js"],
  } satisfies Service,
});

test("a good commit passes, and its report says what was done", async () => {
  folder = folderWith({ "formula.js": "1", "picture.png": Buffer.from([0]) });
  const news: Progress[] = [];
  const report = await runSuite({
    ...options("echo '# tests 12'"),
    onProgress: (progress) => news.push(progress),
  });
  expect(report).toEqual({
    commit: "8e9a12c0".repeat(5),
    tree: "41c0ffee".repeat(5),
    service: "flood-formula",
    steps: [
      { name: "tests", passed: true, summary: "12 tests passed", seconds: expect.any(Number), tests: 12 },
      {
        name: "secrets",
        passed: true,
        summary: "0 findings in 1 file, 1 not read",
        seconds: expect.any(Number),
      },
      {
        name: "personal data",
        passed: true,
        summary: "0 findings in 1 file, 1 not read",
        seconds: expect.any(Number),
      },
      { name: "banned APIs", passed: true, summary: "0 findings in 1 file", seconds: expect.any(Number) },
    ],
    findings: [],
    skipped: [{ file: "picture.png", why: "binary" }],
    passed: true,
    startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  expect(news.slice(0, 4)).toEqual([
    { kind: "started", step: "tests" },
    { kind: "started", step: "secrets" },
    { kind: "started", step: "personal data" },
    { kind: "started", step: "banned APIs" },
  ]);
  expect(news.slice(4)).toEqual(
    expect.arrayContaining(report.steps.map((step) => ({ kind: "finished", step }))),
  );
});

test("tests that fail are told by their last lines, without personal data", async () => {
  folder = folderWith({ "a.txt": "a" });
  const failing = `i=0; while [ $i -lt 60 ]; do echo line $i; i=$((i+1)); done; printf "%297s%s" "" ${ssn()}; exit 1`;
  const report = await runSuite(options(failing));
  const [tests] = report.steps;
  expect(report.passed).toBe(false);
  expect(tests?.passed).toBe(false);
  expect(tests?.summary).toMatch(/: exit code 1\nline 21\n(line \d+\n)+line 59\n {297}\*\*\*…$/);
  expect(JSON.stringify(report)).not.toContain(ssn());
});

test("a finding stops a commit whose tests pass", async () => {
  folder = folderWith({ "rules/contacts.json": `{\n  "ssn": "${ssn()}"\n}` });
  const report = await runSuite(options("true"));
  expect(report.passed).toBe(false);
  expect(report.steps.map(({ name, passed, summary }) => [name, passed, summary])).toEqual([
    ["tests", true, "passed"],
    ["secrets", true, "0 findings in 1 file"],
    ["personal data", false, "1 finding (us-ssn in rules/contacts.json:2)"],
    ["banned APIs", true, "0 findings in 0 files"],
  ]);
  expect(report.findings).toMatchObject([
    { file: "rules/contacts.json", line: 2, column: 11, rule: "us-ssn" },
  ]);
  expect(JSON.stringify(report)).not.toContain(ssn());
});

test("a secret and a banned API stop it, each by its own step", async () => {
  const key = ["-----BEGIN RSA PRIVATE", "KEY-----"].join(" ");
  const end = key.replace("BEGIN", "END");
  folder = folderWith({
    "key.pem": `${key}\n${"MIIEpAIBAAKCAQEA".repeat(8)}\n${end}\n`,
    "a.js": "eval(b);\n",
  });
  const report = await runSuite(options("true"));
  expect(report.steps.map(({ name, passed }) => [name, passed])).toEqual([
    ["tests", true],
    ["secrets", false],
    ["personal data", true],
    ["banned APIs", false],
  ]);
  expect(report.findings.map(({ category, rule }) => [category, rule])).toEqual([
    ["secret", "secret-privatekey"],
    ["banned-api", "js-eval"],
  ]);
});

test("tests that test nothing don't pass", async () => {
  folder = folderWith({ "a.txt": "a" });
  const report = await runSuite(options("echo 'ℹ tests 0'"));
  expect(report.passed).toBe(false);
  expect(report.steps[0]?.summary).toBe("echo 'ℹ tests 0': it ran no test. Add one.");
});

test("tests that don't end in time don't pass", async () => {
  folder = folderWith({ "a.txt": "a" });
  const report = await runSuite({ ...options("sleep 30"), platform: platform({ testTimeoutSeconds: 1 }) });
  expect(report.steps[0]?.summary).toBe("sleep 30: not done after 1 s");
  expect(report.passed).toBe(false);
});

test("a step that can't run does not pass", async () => {
  folder = "/nonexistent/export";
  const report = await runSuite(options("true"));
  expect(report.passed).toBe(false);
  expect(report.steps.map(({ passed }) => passed)).toEqual([false, false, false, false]);
  expect(report.steps[2]?.summary).toBe(
    'personal data could not run: There is no file or folder "/nonexistent/export". Name one that is there.',
  );
});

test("steps run side by side, and what the tests write is not scanned", async () => {
  folder = folderWith({ "a.txt": "a" });
  const order: string[] = [];
  await runSuite({
    ...options(`echo ${ssn().slice(0, 4)}''${ssn().slice(4)} > leak.txt; sleep 1`),
    onProgress: (progress) => order.push(progress.kind === "finished" ? progress.step.name : ""),
  });
  expect(order.filter(Boolean).at(-1)).toBe("tests");
  expect(order.filter(Boolean)).toHaveLength(4);
});

const service = (parts: Partial<Service>): Pick<SuiteOptions, "service"> => ({
  service: { ...options("true").service, ...parts },
});

describe("the platform's list", () => {
  test("says which steps there are; a service adds to them", async () => {
    folder = folderWith({ "a.txt": ssn() });
    const report = await runSuite({
      ...options("true"),
      ...service({ steps: [{ name: "lint", run: "echo bad $PLATFORM; exit 2", timeoutSeconds: 9 }] }),
      platform: platform({ mandatory: ["tests", "banned APIs"] }),
    });
    expect(report.steps.map(({ name, passed, summary }) => [name, passed, summary])).toEqual([
      ["tests", true, "passed"],
      ["banned APIs", true, "0 findings in 0 files"],
      ["lint", false, "echo bad $PLATFORM; exit 2: exit code 2\nbad"],
    ]);
  });

  test.each([
    [
      "true",
      "it doesn't say how many tests it ran, and the platform asks for at least 2. Name a JUnit file with junit: PATH in pipeline.yml.",
    ],
    ["echo '# tests 1'", "it ran 1 tests, and the platform asks for at least 2. Add some."],
  ])("a test command that does too little does not pass: %s", async (command, sentence) => {
    folder = folderWith({ "a.txt": "a" });
    const report = await runSuite({
      ...options(command),
      platform: platform({ mandatory: ["tests"], leastTests: 2 }),
    });
    expect(report.steps).toMatchObject([
      { name: "tests", passed: false, summary: `${command}: ${sentence}` },
    ]);
  });
});
