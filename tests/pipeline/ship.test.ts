import { describe, expect, test } from "@jest/globals";
import type { Body, Entry, TargetOutcome } from "../../core/entry";
import { settledOf } from "../../pipeline/ship";
import type { OpenStack } from "../../pipeline/stack";
import type { Trail } from "../../store/trail";

const open = (): OpenStack =>
  ({
    name: "partners",
    settings: {
      role: "partners",
      release: "current",
      partners: [{ name: "usgs" }, { name: "noaa" }],
    },
  }) as unknown as OpenStack;

/** The trail of a run that ended so at the two partners. */
const after = (...states: readonly TargetOutcome["state"][]): Trail => {
  const [usgs, noaa] = states.map((state) => ({ state, tag: "v2", why: "" }));
  const targets = { "partners/usgs": usgs, "partners/noaa": noaa };
  const body = { type: "run-finished", run: 1, exitCode: 0, stages: {}, targets } as unknown as Body;
  return { entries: () => [{ number: 1, body } as Entry] } as Trail;
};

describe("a stack needs no update", () => {
  const found = { settled: new Set(["partners"]) };

  test("when its preview found nothing to do, and all of its targets were well", () => {
    expect([...settledOf([open()], found, after("current", "current"))]).toEqual(["partners"]);
  });
  test("and else does: its preview found something", () => {
    expect([...settledOf([open()], { settled: new Set() }, after("current", "current"))]).toEqual([]);
  });
  test.each(["failed", "stale"] as const)("and else does: a target was %s", (state) => {
    expect([...settledOf([open()], found, after("current", state))]).toEqual([]);
  });
});
