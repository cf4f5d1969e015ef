import { describe, expect, test } from "@jest/globals";
import { budgetOf, describeBudget } from "../../core/budget";
import type { Body, Entry, TargetId, TargetOutcome, Trigger } from "../../core/entry";

const commit = "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a";
const tag = "8e9a12c";
const [c, o] = ["cloud/cloud", "onprem/anchorage"] as const;
const at = (minutes: number): string =>
  new Date(Date.parse("2026-11-24T10:00:00Z") + minutes * 60_000).toISOString();
const now = Date.parse(at(600));

/** Entries, each at its minute. */
const trail = (...timed: [number, Body][]): Entry[] =>
  timed.map(([minutes, body], place) => ({
    ...{ number: place + 1, previous: "", time: at(minutes), by: "me@here", body },
  }));
const started = (run: number, trigger: Trigger | "sync" = "push", pushedAt?: number): Body => ({
  ...{ type: "run-started", run, commit, subject: "s", trigger },
  ...(pushedAt !== undefined && { pushedAt: at(pushedAt) }),
});
const desired = (run: number, target: TargetId): Body => ({
  type: "desired",
  target,
  tag,
  cause: "run",
  run,
});
const receipt = (run: number, target: TargetId): Body => ({
  ...{ type: "receipt", run, target, tag, receipt: { kind: "nothing" } },
});
const finished = (run: number, targets: Record<TargetId, TargetOutcome>): Body => ({
  ...{ type: "run-finished", run, exitCode: 0, targets, stages: {} },
});
const current: TargetOutcome = { state: "current", tag };
const stale: TargetOutcome = { state: "stale", tag, why: "unreachable: no route" };
const both = (run: number): [number, Body][] => [
  [8, desired(run, c)],
  [8, desired(run, o)],
];

describe("the time from the push to the last receipt", () => {
  test("begins when the oldest push came, and ends with the last target", () => {
    const entries = trail([5, started(1, "push", 0)], ...both(1), [9, receipt(1, c)], [12, receipt(1, o)]);
    expect(budgetOf(entries, 1, 60, now)).toEqual({
      ...{ minutes: 60, from: at(0), usedSeconds: 12 * 60, kept: true },
    });
  });

  test("begins with the run where nobody pushed", () => {
    const entries = trail([5, started(1, "manual")], ...both(1), [9, receipt(1, c)], [12, receipt(1, o)]);
    expect(budgetOf(entries, 1, 60, now)).toMatchObject({ from: at(5), usedSeconds: 7 * 60 });
  });

  test("is too long", () => {
    const entries = trail([5, started(1, "push", 0)], ...both(1), [9, receipt(1, c)], [61, receipt(1, o)]);
    expect(budgetOf(entries, 1, 60, now)).toMatchObject({ usedSeconds: 61 * 60, kept: false });
    expect(budgetOf(entries, 1, 90, now)).toMatchObject({ kept: true });
  });

  test("goes on while a target is stale, until a sync brings it", () => {
    const run: [number, Body][] = [
      [5, started(1, "push", 0)],
      ...both(1),
      [9, receipt(1, c)],
      [10, finished(1, { [c]: current, [o]: stale })],
    ];
    expect(budgetOf(trail(...run), 1, 60, now)).toEqual({
      ...{ minutes: 60, from: at(0), usedSeconds: 600 * 60, kept: false, missing: [o] },
    });
    const healed = trail(...run, [30, started(2, "sync")], [31, receipt(2, o)]);
    expect(budgetOf(healed, 1, 60, now)).toMatchObject({ usedSeconds: 31 * 60, kept: true });
  });

  test("ends where the next run takes its place", () => {
    const entries = trail(
      [5, started(1, "push", 0)],
      ...both(1),
      [10, finished(1, { [c]: current, [o]: stale })],
      [40, started(2)],
    );
    expect(budgetOf(entries, 1, 60, now)).toMatchObject({ usedSeconds: 40 * 60, missing: [o] });
  });

  test("of a target that had it already ends with the run", () => {
    const entries = trail([5, started(1)], ...both(1), [9, finished(1, { [c]: current, [o]: current })]);
    expect(budgetOf(entries, 1, 60, now)).toMatchObject({ usedSeconds: 4 * 60, kept: true });
  });

  test("does not wait for a target that is kept on another release", () => {
    const kept: Body = { ...desired(1, o), tag: "0ddba11" } as Body;
    const entries = trail([0, started(1, "push", 0)], [8, desired(1, c)], [8, kept], [9, receipt(1, c)]);
    expect(budgetOf(entries, 1, 60, now)).toMatchObject({ usedSeconds: 540, kept: true });
  });
  test("is nobody's where no commit ships: a sync, a refusal, a run that there is not", () => {
    const refused = trail([5, started(1)], [6, { type: "refusal", run: 1, stage: "policy", why: "w" }]);
    const sync = trail([5, started(1, "sync")], ...both(1));
    expect([budgetOf(refused, 1, 60, now), budgetOf(sync, 1, 60, now), budgetOf([], 1, 60, now)]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
  });
});

test.each([
  [{ usedSeconds: 599, kept: true }, "9 of 60 min"],
  [{ usedSeconds: 3700, kept: false }, "61 of 60 min: too late"],
  [{ usedSeconds: 700, kept: false, missing: [o] }, "11 of 60 min, not at onprem/anchorage"],
  [{ usedSeconds: 7200, kept: false, missing: [o] }, "120 of 60 min: too late, not at onprem/anchorage"],
])("%j reads %s", (facts, text) => {
  expect(describeBudget({ minutes: 60, from: at(0), ...facts })).toBe(text);
});
