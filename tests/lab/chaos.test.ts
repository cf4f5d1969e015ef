/** A short part of `npm run test:chaos`: the two faults that leave most behind. */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { summary, World } from "../chaos/harness";
import type { Moment } from "../chaos/plan";

jest.setTimeout(300_000);

const moments: readonly Omit<Moment, "number">[] = [
  { during: "run", at: 0.75, fault: { kind: "pipeline" }, then: "the same" },
  { during: "rollback", at: 0.7, fault: { kind: "engine" }, then: "the same" },
];

const world = new World();
beforeAll(() => world.open({ disks: false }));
afterAll(() => world.close());

test.each(moments.map((moment, index) => [moment.fault.kind, { ...moment, number: index + 1 }] as const))(
  "after %s was killed, one more run puts all right, and what was not cut off was served throughout",
  async (_, moment) => {
    const outcome = await world.pass(moment);
    expect(outcome.late).toBe(false);
    expect([outcome.wrong, outcome.wrong.length === 0 ? "" : summary(outcome)]).toEqual([[], ""]);
  },
);
