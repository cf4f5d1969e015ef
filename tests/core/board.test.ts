/** How targets stand, by the trail and by what they answer. */
import { describe, expect, test } from "@jest/globals";
import { type Answers, headline, type Standing, standings } from "../../core/board";
import type { Body, Entry, TargetId } from "../../core/entry";
import { noPrevious } from "../../core/entry";

const site: TargetId = "onprem/anchorage";
const at = (minute: number): string => `2026-11-27T10:${String(minute).padStart(2, "0")}:00.000Z`;

/** Entries, a minute apart from 10:01 on. */
const trail = (...bodies: Body[]): Entry[] =>
  bodies.map((body, index) => ({
    number: index + 1,
    previous: noPrevious,
    time: at(index + 1),
    by: "hms@ship",
    body,
  }));

const desired = (tag: string, run = 1): Body => ({ type: "desired", target: site, tag, cause: "run", run });
const receipt = (tag: string): Body => ({
  type: "receipt",
  target: site,
  tag,
  receipt: { kind: "runs", image: "sha256:1d", health: "healthy", since: at(0), units: ["a"] },
});
const ended = (outcome: Extract<Body, { type: "run-finished" }>["targets"][TargetId], run = 1): Body => ({
  type: "run-finished",
  run,
  exitCode: 0,
  targets: { [site]: outcome },
  stages: {},
});
const stale = (run = 1): Body =>
  ended({ state: "stale", tag: "b", why: "unreachable: no route to host" }, run);
const answered = (minute: number, parts: Partial<Answers["targets"][number]>): Answers => ({
  time: at(minute),
  targets: [{ target: site, state: "current", health: "healthy", ...parts }],
});
const only = (all: readonly Standing[]): Standing | undefined => {
  expect(all).toHaveLength(1);
  return all[0];
};

describe("by the trail alone", () => {
  test("a receipt of what it should have is current", () => {
    expect(standings(trail(desired("a"), receipt("a"), ended({ state: "current", tag: "a" })))).toEqual([
      {
        target: site,
        state: "current",
        desired: "a",
        release: "a",
        health: "healthy",
        hasSince: at(0),
        lastSeen: at(3),
      },
    ]);
  });
  test("one that was not reached is stale since the first time, with the last reason, and has what it had", () => {
    const entries = trail(desired("a"), receipt("a"), desired("b", 2), stale(2), stale(3));
    expect(only(standings(entries))).toMatchObject({
      state: "stale",
      desired: "b",
      release: "a",
      since: at(4),
      tries: 2,
      why: "unreachable: no route to host",
      lastSeen: at(2),
    });
  });
  test("one that refused has failed since then, until its next receipt", () => {
    const failed = ended({ state: "failed", tag: "b", why: "refused: quota", serves: "a" });
    const entries = trail(desired("a"), receipt("a"), failed, failed);
    expect(only(standings(entries))).toMatchObject({ state: "failed", why: "refused: quota", since: at(3) });
    expect(only(standings([...entries, ...trail(receipt("a"))]))).toMatchObject({ state: "current" });
  });
  test("one that somebody changed has failed", () => {
    const drift: Body = {
      type: "drift",
      target: site,
      tag: "a",
      found: "image",
      why: "it runs another image",
      receipt: { kind: "nothing" },
    };
    expect(only(standings(trail(desired("a"), receipt("a"), drift)))).toMatchObject({
      state: "failed",
      why: "it runs another image",
      since: at(3),
    });
  });
  test("one that has another release than it should is not current", () => {
    expect(only(standings(trail(receipt("a"), desired("b"))))).toMatchObject({
      state: "failed",
      why: "it has a: it should have b",
    });
  });
  test("a run without any change to it makes it current, without a new receipt", () => {
    const entries = trail(receipt("a"), desired("b", 2), ended({ state: "current", tag: "b" }, 2));
    expect(only(standings(entries))).toMatchObject({ state: "current", release: "b" });
  });
  test("while the run is on that points to it, it is updating, whatever was wrong before", () => {
    const entries = trail(receipt("a"), stale(1), desired("b", 2));
    const on = only(standings(entries, undefined, 2));
    expect(on).toMatchObject({ state: "updating", desired: "b", release: "a" });
    expect([on?.why, on?.since, on?.tries]).toEqual([undefined, undefined, undefined]);
    expect(
      only(
        standings(
          [...entries, ...trail(receipt("b"))].map((entry, n) => ({ ...entry, number: n + 1 })),
          undefined,
          2,
        ),
      ),
    ).toMatchObject({
      state: "current",
    });
  });
  test("a site that was removed is none", () => {
    const removed: Body = {
      type: "site-removed",
      target: site,
      service: "s",
      host: "h",
      user: "u",
      purged: true,
    };
    expect(standings(trail(receipt("a"), removed))).toEqual([]);
  });
});

describe("with answers", () => {
  const entries = trail(desired("a"), receipt("a"));
  test("what a target said just now counts", () => {
    expect(
      only(standings(entries, answered(5, { state: "failed", health: "unhealthy", why: "unhealthy: sick" }))),
    ).toMatchObject({
      state: "failed",
      health: "unhealthy",
      why: "unhealthy: sick",
      since: at(5),
    });
  });
  test("what the trail wrote afterwards counts more", () => {
    expect(only(standings(entries, answered(1, { state: "failed", why: "unhealthy: sick" })))).toMatchObject({
      state: "current",
    });
    const moved = trail(desired("a"), receipt("a"), desired("b"));
    expect(only(standings(moved, answered(2, { release: "a", desired: "a" })))).toMatchObject({
      state: "failed",
      desired: "b",
      why: "it has a: it should have b",
    });
  });
  test("a stale one that answers again says so", () => {
    const facts = {
      state: "stale" as const,
      why: "it runs another image",
      staleSince: at(2),
      staleBecause: "unreachable: x",
      tries: 3,
    };
    expect(only(standings(entries, answered(9, facts)))).toMatchObject({
      since: at(2),
      tries: 3,
      why: "unreachable: x. It answers again: it runs another image",
    });
  });
  test("a target that no settings name is left out, and one that the trail never heard of is there", () => {
    const answers: Answers = {
      time: at(9),
      targets: [{ target: "cloud/new", state: "empty", health: "nothing" }],
    };
    expect(standings(entries, answers)).toEqual([{ target: "cloud/new", state: "empty", health: "nothing" }]);
  });
});

test.each([
  [[], "No target has been told of yet"],
  [["current"], "The one target is current"],
  [["current", "current"], "All 2 targets are current"],
  [["current", "updating"], "1 of 2 targets is being updated"],
  [["empty", "empty"], "2 of 2 targets have nothing yet"],
  [["stale", "updating", "current"], "1 stale of 3 targets"],
  [["stale", "failed", "failed"], "2 failed and 1 stale of 3 targets"],
] as const)("%j: %s", (states, sentence) => {
  const all = states.map((state): Standing => ({ target: site, state }));
  expect(headline(all)).toBe(sentence);
});
