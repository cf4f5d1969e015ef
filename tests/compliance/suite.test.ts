import { afterEach, expect, test } from "@jest/globals";
import { type Progress, runSuite, type SuiteOptions } from "../../compliance/suite";
import type { Service } from "../../core/service";
import { folderWith, remove } from "./folder";
import { ssn } from "./numbers";

let folder = "";
afterEach(() => {
  remove(folder);
});

const options = (test: string): SuiteOptions => ({
  folder,
  commit: "8e9a12c0".repeat(5),
  tree: "41c0ffee".repeat(5),
  name: "flood-formula",
  service: {
    trigger: { kind: "push" },
    test,
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
        name: "personal data",
        passed: true,
        summary: "0 findings in 1 file, 1 not read",
        seconds: expect.any(Number),
      },
    ],
    findings: [],
    skipped: [{ file: "picture.png", why: "binary" }],
    passed: true,
    startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  expect(news.slice(0, 2)).toEqual([
    { kind: "started", step: "tests" },
    { kind: "started", step: "personal data" },
  ]);
  expect(news.slice(2)).toEqual(
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
    ["personal data", false, "1 finding in 1 file"],
  ]);
  expect(report.findings).toMatchObject([
    { file: "rules/contacts.json", line: 2, column: 11, rule: "us-ssn" },
  ]);
  expect(JSON.stringify(report)).not.toContain(ssn());
});

test("tests that test nothing don't pass", async () => {
  folder = folderWith({ "a.txt": "a" });
  const report = await runSuite(options("echo 'ℹ tests 0'"));
  expect(report.passed).toBe(false);
  expect(report.steps[0]?.summary).toBe("echo 'ℹ tests 0': it ran no test. Add one.");
});

test("tests that don't end in time don't pass", async () => {
  folder = folderWith({ "a.txt": "a" });
  const report = await runSuite({ ...options("sleep 30"), testTimeoutSeconds: 0.3 });
  expect(report.steps[0]?.summary).toBe("sleep 30: not done after 0.3 s");
  expect(report.passed).toBe(false);
});

test("a step that can't run does not pass", async () => {
  folder = "/nonexistent/export";
  const report = await runSuite(options("true"));
  expect(report.passed).toBe(false);
  expect(report.steps.map(({ passed }) => passed)).toEqual([false, false]);
  expect(report.steps[1]?.summary).toMatch(/^personal data could not run: .*ENOENT/);
});

test("steps run side by side, and what the tests write is not scanned", async () => {
  folder = folderWith({ "a.txt": "a" });
  const order: string[] = [];
  await runSuite({
    ...options(`echo ${ssn().slice(0, 4)}''${ssn().slice(4)} > leak.txt; sleep 1`),
    onProgress: (progress) => order.push(progress.kind === "finished" ? progress.step.name : ""),
  });
  expect(order.filter(Boolean)).toEqual(["personal data", "tests"]);
});
