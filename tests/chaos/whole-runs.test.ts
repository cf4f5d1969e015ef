/** Whole runs and rollbacks, broken at many moments: after each, one more run without any hand puts all right. */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { summary, World } from "./harness";
import { chosen, momentsOf } from "./plan";

const number = (name: string, other: number): number => {
  const text = process.env[name] ?? String(other);
  if (!/^\d+$/.test(text)) throw new Error(`${name}: found "${text}"; allowed: a whole number`);
  return Number(text);
};

/** Another one each time, unless somebody wants a certain one again. */
const seed = number("HMS_CHAOS_SEED", Date.now() % 1_000_000);
const count = number("HMS_CHAOS_MOMENTS", 100);
const minutes = number("HMS_CHAOS_MINUTES", 90);
const only = process.env["HMS_CHAOS_ONLY"] ?? `1-${String(count)}`;

jest.setTimeout((minutes + 15) * 60_000);

const world = new World();
beforeAll(() => world.open({ disks: true }));
afterAll(() => world.close());

test(`at ${String(count)} moments of seed ${String(seed)}`, async () => {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const moments = chosen(momentsOf(seed, count), only);
  say(`HMS_CHAOS_SEED=${String(seed)}: ${String(moments.length)} moments, within ${String(minutes)} min`);
  const until = Date.now() + minutes * 60_000;
  const bad: string[] = [];
  let passed = 0;
  let late = 0;
  for (const moment of moments) {
    if (Date.now() > until) break;
    const outcome = await world.pass(moment);
    say(summary(outcome));
    if (outcome.late) late += 1;
    if (outcome.wrong.length === 0) passed += 1;
    else {
      bad.push(summary(outcome));
      // What one moment has left is not laid upon the next.
      await world.close();
      await world.open({ disks: true });
    }
  }
  const done = passed + bad.length;
  say(
    `seed ${String(seed)}: ${String(passed)} of ${String(done)} moments converged, ${String(late)} of them came after the end; ${String(moments.length - done)} were left out`,
  );
  expect(bad).toEqual([]);
  // A machine whose runs take as long as ever meets most of them.
  expect(late).toBeLessThan(Math.max(1, done) / 2);
});
