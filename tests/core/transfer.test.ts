import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { advance, describeProgress, isDue, meter, percent, progressOf } from "../../core/transfer";

describe("a meter", () => {
  test("never goes back and never past its end, whatever it is told", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10, max: 2000 })), (told) => {
        let gauge = meter(100, 1000, 0);
        told.forEach((bytes, at) => {
          const next = advance(gauge, bytes, at);
          expect(next.bytes).toBeGreaterThanOrEqual(gauge.bytes);
          expect(next.bytes).toBeLessThanOrEqual(1000);
          expect(progressOf(next).bytesPerSecond).toBeGreaterThanOrEqual(0);
          gauge = next;
        });
      }),
    );
  });

  test("starts where an earlier try ended, and counts that for no speed", () => {
    const gauge = advance(meter(500_000, 1_000_000, 10), 550_000, 15);
    expect(progressOf(gauge)).toEqual({ bytes: 550_000, total: 1_000_000, bytesPerSecond: 10_000 });
  });

  test("says no speed of the first seconds", () => {
    expect(progressOf(advance(meter(0, 1_000_000, 10), 289, 12)).bytesPerSecond).toBe(0);
  });

  test("shows the speed of the last ten seconds", () => {
    let gauge = meter(0, 10_000, 0);
    for (let at = 1; at <= 20; at++) gauge = advance(gauge, at <= 10 ? at * 100 : 1000 + (at - 10) * 50, at);
    expect(progressOf(gauge).bytesPerSecond).toBe(50);
    expect(gauge.samples.length).toBeLessThan(13);
  });
});

describe("progress in words", () => {
  const progress = { bytes: 12_400_000, total: 40_000_000, bytesPerSecond: 118_000 };
  test("is percent, bytes, speed and the time that is left", () => {
    expect(describeProgress(progress)).toBe("31 %, 12 MB of 40 MB, 118 KB/s, 3 min left");
  });
  test("says no time while no speed is known", () => {
    expect(describeProgress({ ...progress, bytesPerSecond: 0 })).toBe("31 %, 12 MB of 40 MB");
  });
  test("says why nothing moves", () => {
    expect(describeProgress({ ...progress, waits: "the line broke" })).toBe(
      "31 %, 12 MB of 40 MB, the line broke",
    );
  });
  test("is 100 percent of what is whole, and of nothing less", () => {
    expect([percent({ bytes: 999_999, total: 1_000_000 }), percent({ bytes: 5, total: 5 })]).toEqual([
      99, 100,
    ]);
  });
});

test.each([
  ["the first", undefined, { at: 0, percent: 0 }, true],
  ["a tenth further, too soon", { at: 0, percent: 0 }, { at: 9, percent: 90 }, false],
  ["a tenth further", { at: 0, percent: 0 }, { at: 10, percent: 10 }, true],
  ["less than a tenth further", { at: 0, percent: 0 }, { at: 59, percent: 9 }, false],
  ["a minute later", { at: 0, percent: 0 }, { at: 60, percent: 0 }, true],
])("a line is due: %s", (_what, last, now, due) => {
  expect(isDue(last, now)).toBe(due);
});
