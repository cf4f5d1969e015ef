import { describe, expect, test } from "@jest/globals";
import type { Body, Entry, TargetOutcome } from "../../core/entry";
import { describeStaleness, staleNow, stalenessOf } from "../../core/staleness";

const target = "onprem/anchorage";

/** Entries, an hour after each other. */
function trail(...bodies: Body[]): Entry[] {
  return bodies.map((body, index) => ({
    number: index + 1,
    previous: "",
    time: at(index),
    by: "root@test",
    body,
  }));
}
const at = (hour: number): string => `2026-11-23T${String(hour).padStart(2, "0")}:00:00.000Z`;

const receipt: Body = { type: "receipt", target, tag: "v1", receipt: { kind: "nothing" } };
const finished = (outcome: TargetOutcome, where: typeof target | "onprem/other" = target): Body => ({
  type: "run-finished",
  run: 1,
  exitCode: 3,
  stages: {},
  targets: { [where]: outcome },
});
const stale = (why: string): Body => finished({ state: "stale", tag: "v2", why: `unreachable: ${why}` });
const failed = finished({ state: "failed", tag: "v2", why: "unhealthy: sick" });

describe("a target is stale", () => {
  test("since the first run that did not reach it, because of what the last one met, after as many tries", () => {
    expect(stalenessOf(trail(receipt, stale("no route"), stale("timed out")), target)).toEqual({
      staleSince: at(1),
      staleBecause: "unreachable: timed out",
      tries: 2,
      lastSeen: at(0),
    });
  });
  test("without having been seen, when it never answered", () => {
    expect(stalenessOf(trail(stale("no route")), target)).not.toHaveProperty("lastSeen");
  });
  test("anew, when it was reached in between", () => {
    const current = finished({ state: "current", tag: "v2" });
    for (const answer of [current, failed, receipt]) {
      expect(stalenessOf(trail(receipt, stale("a"), answer, stale("b")), target)).toEqual({
        staleSince: at(3),
        staleBecause: "unreachable: b",
        tries: 1,
        lastSeen: at(2),
      });
    }
  });
  test("still, when it answered and was not put right", () => {
    const drift: Body = {
      type: "drift",
      target,
      tag: "v2",
      found: "image",
      why: "",
      receipt: { kind: "nothing" },
    };
    expect(stalenessOf(trail(receipt, stale("a"), drift), target)).toMatchObject({
      tries: 1,
      lastSeen: at(2),
    });
  });
});

describe("a target is not stale", () => {
  test("when it failed: it was reached", () => {
    expect(stalenessOf(trail(stale("no route"), failed), target)).toBeUndefined();
  });
  test("when another one is", () => {
    const other = finished({ state: "stale", tag: "v2", why: "unreachable: no" }, "onprem/other");
    expect(stalenessOf(trail(receipt, other), target)).toBeUndefined();
  });
});

describe("a target that can't be reached just now", () => {
  const now = { time: at(9), why: "unreachable: now" };
  test("is stale since now, when no run has met it so", () => {
    expect(staleNow(trail(receipt), target, now)).toEqual({
      staleSince: at(9),
      staleBecause: "unreachable: now",
      tries: 0,
      lastSeen: at(0),
    });
  });
  test("is stale for as long as the trail says", () => {
    expect(staleNow(trail(receipt, stale("a")), target, now)).toMatchObject({ staleSince: at(1), tries: 1 });
  });
});

test("one line says it all", () => {
  const facts = { staleSince: at(1), staleBecause: "unreachable: no route", tries: 1, lastSeen: at(0) };
  expect(describeStaleness(facts, Date.parse(at(4)))).toBe(
    "stale for 3 h, 1 try, last seen 2026-11-23T00:00:00Z; unreachable: no route",
  );
  expect(describeStaleness({ ...facts, tries: 2, lastSeen: undefined }, Date.parse(at(4)))).toBe(
    "stale for 3 h, 2 tries, never seen; unreachable: no route",
  );
});
