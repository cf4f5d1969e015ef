import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { distance, nearest } from "../../core/suggest";

test.each([
  ["build", "build", 0],
  ["buidl", "build", 1],
  ["tst", "test", 1],
  ["tests", "test", 1],
  ["text", "test", 1],
  ["", "on", 2],
  ["kitten", "sitting", 3],
])("from %j to %j it is %d", (from, to, expected) => {
  expect(distance(from, to)).toBe(expected);
});

test("it is as far there as back, and no farther than the longer word is long", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(distance(one, other)).toBe(distance(other, one));
      expect(distance(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length));
    }),
  );
});

test("only what is near is suggested", () => {
  expect(nearest("buidl", ["on", "build", "bundle"])).toBe("build");
  expect(nearest("notify", ["on", "build", "bundle"])).toBeUndefined();
  expect(nearest("at", ["on"])).toBeUndefined();
  expect(nearest("any", [])).toBeUndefined();
});
