import { expect, test } from "@jest/globals";
import { stamp } from "../../lab/toolchain/progress";

test.each([
  [0, "[00:00]"],
  [3.9, "[00:03]"],
  [75, "[01:15]"],
  [3700, "[61:40]"],
])("%d seconds after the start is %s", (seconds, text) => {
  expect(stamp(seconds)).toBe(text);
});
