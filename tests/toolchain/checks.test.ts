import { describe, expect, test } from "@jest/globals";
import { jestArguments, memoryFolder, ran, scoreOf, staticChecks, sum } from "../../lab/toolchain/checks";

const report = { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };

describe("the score of a run of Jest", () => {
  test.each([
    ["all passed", { ...report, numPassedTests: 7 }, false, { passed: 7, failed: 0 }],
    ["some failed", { ...report, numPassedTests: 5, numFailedTests: 2 }, true, { passed: 5, failed: 2 }],
    [
      "a file did not load",
      { ...report, numPassedTests: 5, numFailedTests: 2, numRuntimeErrorTestSuites: 1 },
      true,
      { passed: 5, failed: 3 },
    ],
    [
      "it failed for a reason that is no test",
      { ...report, numPassedTests: 5 },
      true,
      { passed: 5, failed: 1 },
    ],
    ["it left no report", undefined, true, { passed: 0, failed: 1 }],
  ] as const)("%s", (_, found, failed, score) => {
    expect(scoreOf(found, failed)).toEqual(score);
  });
});

test("the sum adds up what passed and what failed", () => {
  expect(
    sum([
      { passed: 1, failed: 0 },
      { passed: 0, failed: 1 },
      { passed: 40, failed: 2 },
    ]),
  ).toEqual({
    passed: 41,
    failed: 3,
  });
});

test("format comes first, then lint, then types", () => {
  expect(staticChecks.map(([title]) => title)).toEqual(["format", "lint", "types"]);
});

test("tests on the lab take turns, unit tests don't; a path goes to both", () => {
  expect(jestArguments("unit", ["tests/x"])).toEqual([
    "--maxWorkers=100%",
    "tests/x",
    "--selectProjects",
    "unit",
  ]);
  expect(jestArguments("lab", ["tests/x"])).toEqual(["--runInBand", "tests/x", "--selectProjects", "lab"]);
});

test.each([
  ["tmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0", "/dev/shm"],
  ["proc /proc proc rw 0 0\nshm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime 0 0", undefined],
  ["tmpfs /dev/shm tmpfs ro 0 0", undefined],
  ["", undefined],
])("unit tests write into memory where programs may run from it: %j", (mounts, folder) => {
  expect(memoryFolder(mounts)).toBe(folder);
});

test("that no test ran is a failure; that one of the two had none is not", () => {
  const none = { passed: 0, failed: 0 };
  expect(ran([none, none])).toEqual({ passed: 0, failed: 1 });
  expect(ran([none, { passed: 1, failed: 0 }])).toEqual(none);
});
