/** A short part of `npm run test:chaos`: one moment for each kind of fault that matters most. */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { summary, World } from "../chaos/harness";
import type { Moment } from "../chaos/plan";

jest.setTimeout(300_000);

const moments: readonly Omit<Moment, "number">[] = [
  { during: "run", at: 0.75, fault: { kind: "pipeline" }, then: "the same" },
  { during: "run", at: 0.6, fault: { kind: "sshd", at: "mississippi" }, forSeconds: 0.5, then: "the same" },
  { during: "run", at: 0.6, fault: { kind: "partner", at: "usgs" }, forSeconds: 0.5, then: "the same" },
  {
    during: "run",
    at: 0.8,
    fault: { kind: "docker", at: "anchorage" },
    forSeconds: 0.5,
    then: "another run",
  },
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
