import { expect, test } from "@jest/globals";
import { countTests } from "../../../compliance/steps/test-summary";

test.each([
  ["node --test", "✔ a (1ms)\nℹ tests 12\nℹ suites 0\nℹ pass 12\nℹ fail 0", 12],
  ["node --test of Node 20", "TAP version 13\nok 1 - a\n1..2\n# tests 12\n# suites 2\n# pass 12", 12],
  [
    "jest",
    "Test Suites: 1 failed, 2 passed, 3 total\nTests:       1 failed, 11 passed, 12 total\nTime: 1 s",
    12,
  ],
  ["TAP", "TAP version 14\n1..12\nok 1 - a\n", 12],
  ["two packages of one repository", "ℹ tests 12\nℹ pass 12\n\nℹ tests 30\nℹ pass 30", 42],
  ["no test", "ℹ tests 0\nℹ pass 0", 0],
])("%s", (_, output, count) => {
  expect(countTests(output)).toBe(count);
});

test.each(["", "ok", "12 tests", "my tests 12", "All tests: fine, 3 in total"])(
  "%j tells nothing",
  (output) => {
    expect(countTests(output)).toBeUndefined();
  },
);
