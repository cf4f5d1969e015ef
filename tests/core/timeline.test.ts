/** The time line and the runs of a trail. */
import { expect, test } from "@jest/globals";
import type { Body, Entry, TargetId } from "../../core/entry";
import { noPrevious } from "../../core/entry";
import { endOf, runsIn, unendedRun } from "../../core/run-history";
import { timelineOf } from "../../core/timeline";

const site: TargetId = "onprem/anchorage";
const inbox: TargetId = "partners/usgs";
const commit = "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a";

const trail = (...bodies: Body[]): Entry[] =>
  bodies.map((body, index) => ({
    number: index + 1,
    previous: noPrevious,
    time: `2026-11-27T${String(10 + index).padStart(2, "0")}:00:00.000Z`,
    by: "hms@ship",
    body,
  }));
const begun = (run: number, trigger: "push" | "sync" = "push"): Body => ({
  type: "run-started",
  run,
  commit,
  subject: "Fix overflow",
  trigger,
});
const ended = (
  run: number,
  targets: Extract<Body, { type: "run-finished" }>["targets"],
  exitCode: 0 | 1 | 3 = 0,
): Body => ({ type: "run-finished", run, exitCode, targets, stages: { update: 2 } });
const ok = { state: "current", tag: "8e9a12c" } as const;
const rollback: Body = {
  type: "rollback-started",
  run: 3,
  reason: "wrong risk",
  everywhere: true,
  targets: [
    { target: site, from: "8e9a12c", to: "1c0ffee" },
    { target: inbox, from: "8e9a12c", to: "1c0ffee" },
  ],
};

const texts = (entries: readonly Entry[]): string[] =>
  timelineOf(entries).map(({ kind, text }) => `${kind}: ${text}`);

test("a deployment, a target that goes stale, and its return, with how long and how often", () => {
  const stale = { state: "stale", tag: "8e9a12c", why: "unreachable: no route to host" } as const;
  const entries = trail(
    begun(1),
    ended(1, { [site]: stale, [inbox]: ok }, 3),
    begun(2, "sync"),
    ended(2, { [site]: stale }, 3),
    begun(3, "sync"),
    ended(3, { [site]: ok }),
  );
  expect(texts(entries)).toEqual([
    "stale: onprem/anchorage is stale: unreachable: no route to host",
    "deploy: deploy #1 (Fix overflow): 1 of 2 targets are current",
    "sync: sync #2: 0 of 1 targets are current",
    "healed: onprem/anchorage is back, after 4 h and 2 tries in vain",
    "sync: sync #3: 1 of 1 targets are current",
  ]);
  expect(timelineOf(entries)[0]).toEqual({
    kind: "stale",
    time: "2026-11-27T11:00:00.000Z",
    entry: 2,
    by: "hms@ship",
    run: 1,
    target: site,
    tag: "8e9a12c",
    text: "onprem/anchorage is stale: unreachable: no route to host",
  });
});

test("a failure, and what puts it right", () => {
  const failed = { state: "failed", tag: "8e9a12c", why: "refused: quota" } as const;
  expect(
    texts(trail(begun(1), ended(1, { [inbox]: failed }, 1), begun(2), ended(2, { [inbox]: ok }))),
  ).toEqual([
    "failed: partners/usgs failed: refused: quota",
    "deploy: deploy #1 (Fix overflow): 0 of 1 targets are current",
    "healed: partners/usgs is right again: it has 8e9a12c",
    "deploy: deploy #2 (Fix overflow): 1 of 1 targets are current",
  ]);
});

test("a refusal is told once, and the end of its run is no deployment", () => {
  const entries = trail(
    begun(1),
    { type: "refusal", run: 1, stage: "policy", why: "freeze" },
    ended(1, {}, 1),
  );
  expect(texts(entries)).toEqual(["refused: run #1 refused (policy): freeze"]);
});

test("a rollback is told at its end, or when it begins as long as it has none", () => {
  expect(texts(trail(rollback))).toEqual([
    "rollback: rollback #3 (wrong risk): 8e9a12c → 1c0ffee on 2 targets",
  ]);
  expect(texts(trail(rollback, ended(3, { [site]: ok, [inbox]: ok })))).toEqual([
    "rollback: rollback #3 (wrong risk): 8e9a12c → 1c0ffee on 2 targets, 2 of 2 targets are back",
  ]);
});

test("runs, syncs and rollbacks, with how they ended", () => {
  const runs = runsIn(
    trail(
      { ...begun(1), covers: ["41c0f3e0"] } as Body,
      ended(
        1,
        {
          [site]: { state: "stale", tag: "8e9a12c", why: "x" },
          [inbox]: { state: "failed", tag: "8e9a12c", why: "y" },
        },
        1,
      ),
      begun(2, "sync"),
      { type: "run-broke-off", run: 2, why: "disk full" },
      rollback,
    ),
  );
  expect(runs.map((run) => [run.kind, run.run, run.tag, run.trigger, endOf(run)])).toEqual([
    ["run", 1, "8e9a12c", "push", "1 failed, 1 stale"],
    ["sync", 2, "8e9a12c", undefined, "broke off"],
    ["rollback", 3, "1c0ffee", undefined, "not ended"],
  ]);
  expect(runs[0]).toMatchObject({
    covers: ["41c0f3e0"],
    stages: { update: 2 },
    endTime: "2026-11-27T11:00:00.000Z",
  });
  expect(unendedRun(runs)?.run).toBe(3);
  expect(unendedRun(runs.slice(0, 2))).toBeUndefined();
});
