import { afterEach, expect, test } from "@jest/globals";
import { clearProgressUpTo, readProgress, writeProgress } from "../../store/progress";

/** Far from the numbers of any real run, and below them: those of others stay. */
const runs = [-30, -20, -10];
const progress = { bytes: 1, total: 2, bytesPerSecond: 1 };

afterEach(() => {
  clearProgressUpTo(-1);
});

test("what a killed run has left is forgotten when the next one begins, and no later one's", () => {
  for (const run of runs) writeProgress(run, "mississippi", progress);
  clearProgressUpTo(-20);
  expect(runs.map((run) => readProgress(run).size)).toEqual([0, 0, 1]);
});
