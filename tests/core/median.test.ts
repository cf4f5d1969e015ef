import { expect, test } from "@jest/globals";
import { median } from "../../core/median";

test("the one in the middle, in whatever order; nothing of nothing", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(3);
  expect(median([])).toBeUndefined();
});
