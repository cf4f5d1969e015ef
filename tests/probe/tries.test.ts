import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Refused, Unreachable } from "../../core/errors";
import { delayAfter, inTries } from "../../probe/tries";

/** Fails with each of the errors in turn, then answers. */
function failing(...errors: Error[]): { attempt: () => Promise<string>; count: () => number } {
  let count = 0;
  return {
    attempt: () => {
      const error = errors[count++];
      return error === undefined ? Promise.resolve("answer") : Promise.reject(error);
    },
    count: () => count,
  };
}
const silence = new Unreachable("no answer within 5 s");

test("asks again when nobody answers", async () => {
  const { attempt, count } = failing(silence, silence);
  await expect(inTries({ tries: 3, retryDelaySeconds: 0.001 }, attempt)).resolves.toBe("answer");
  expect(count()).toBe(3);
});

test("gives up after the last try, and says how many there were", async () => {
  const { attempt, count } = failing(silence, silence, silence, silence);
  const outcome = inTries({ tries: 3, retryDelaySeconds: 0.001 }, attempt);
  await expect(outcome).rejects.toThrow(/^no answer within 5 s \(3 tries\)$/);
  await expect(outcome).rejects.toBeInstanceOf(Unreachable);
  expect(count()).toBe(3);
});

test("takes the first no for a no", async () => {
  const { attempt, count } = failing(silence, new Refused("530 Login incorrect."));
  await expect(inTries({ tries: 3, retryDelaySeconds: 0.001 }, attempt)).rejects.toThrow(
    new Refused("530 Login incorrect."),
  );
  expect(count()).toBe(2);
});

test("waits longer each time, by a time that varies", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, chance) => {
      const seconds = delayAfter(n, 2, chance);
      expect(seconds).toBeGreaterThanOrEqual(2 ** (n - 1));
      expect(seconds).toBeLessThanOrEqual(3 * 2 ** (n - 1));
    }),
  );
  expect(delayAfter(2, 2, 0.1)).not.toBe(delayAfter(2, 2, 0.9));
});

test("a try that found that something had come does not count, and its wait is the first one again", async () => {
  const { attempt, count } = failing(silence, silence, silence, silence, silence);
  const advances = [false, true, true, false, false];
  const waits: number[] = [];
  const outcome = inTries(
    {
      tries: 2,
      retryDelaySeconds: 0.001,
      advanced: () => advances.shift() ?? false,
      onWait: (_why, seconds) => waits.push(seconds),
    },
    attempt,
  );
  await expect(outcome).rejects.toThrow(/^no answer within 5 s \(5 tries\)$/);
  expect(count()).toBe(5);
  expect(Math.max(...waits)).toBeLessThanOrEqual(0.0015);
});

test("no try begins once the time of all is over", async () => {
  const { attempt, count } = failing(silence, silence, silence);
  const outcome = inTries({ tries: 9, retryDelaySeconds: 60, until: Date.now() + 1000 }, attempt);
  await expect(outcome).rejects.toThrow(/^no answer within 5 s \(1 try\)$/);
  expect(count()).toBe(1);
});
