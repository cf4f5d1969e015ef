import { describe, expect, test } from "@jest/globals";
import type { Body, Entry, TargetId, TargetOutcome } from "../../core/entry";
import { type Ending, noticesOf } from "../../core/notice";

const minute = 60_000;
const begin = Date.parse("2026-11-24T10:00:00.000Z");
/** Entries a minute apart. */
const trail = (...bodies: Body[]): Entry[] =>
  bodies.map((body, at) => ({
    number: at + 1,
    previous: at === 1 ? "5d0c1f2e3a4b".padEnd(64, "0") : "",
    time: new Date(begin + at * minute).toISOString(),
    by: "me@here",
    body,
  }));

const office: TargetId = "onprem/anchorage";
const cloud: TargetId = "cloud/cloud";
const commit = "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a";
const tag = "8e9a12c";
const started = (run: number, trigger: "push" | "sync" = "push"): Body => ({
  ...{ type: "run-started", run, commit, subject: "fix overflow", trigger },
});
const finished = (run: number, outcome: TargetOutcome): Body => ({
  ...{ type: "run-finished", run, exitCode: 3, targets: { [office]: outcome }, stages: {} },
});
const current: TargetOutcome = { state: "current", tag };
const stale: TargetOutcome = { state: "stale", tag, why: "unreachable: 10.0.0.7 does not answer" };
const failed: TargetOutcome = { state: "failed", tag, why: "refused: 10.0.0.8 says no" };

const told = (entries: Entry[], ending: Partial<Ending> & Pick<Ending, "run">) =>
  noticesOf(entries, {
    ...{ service: "flood-formula", targets: new Map(), time: begin + 30 * minute },
    ...ending,
  });
const lines = (entries: Entry[], ending: Partial<Ending> & Pick<Ending, "run">): string[] =>
  told(entries, ending).map(({ kind, text, details }) => [kind, text, ...details].join(" | "));

describe("a run", () => {
  test("is told with its number and the commit's first line, and as a region", () => {
    const entries = trail(started(1), started(2));
    const targets = new Map<TargetId, TargetOutcome>([
      [cloud, current],
      [office, current],
    ]);
    expect(told(entries, { run: 2, targets })).toEqual([
      {
        id: "flood-formula-2-5d0c1f2e3a4b-deploy",
        kind: "deploy",
        service: "flood-formula",
        run: 2,
        text: "Deploy #2 (fix overflow)",
        details: ["flood-formula 8e9a12c: 2 of 2 targets are current"],
        from: begin + minute,
        to: begin + 30 * minute,
      },
    ]);
  });

  test("names what failed and what is stale, and no host", () => {
    const targets = new Map<TargetId, TargetOutcome>([
      [cloud, failed],
      [office, stale],
    ]);
    const found = lines(trail(started(1)), { run: 1, targets });
    expect(found).toEqual([
      "deploy | Deploy #1 (fix overflow) | flood-formula 8e9a12c: 0 of 2 targets are current; stale: onprem/anchorage; failed: cloud/cloud",
      "stale | Stale since #1: onprem/anchorage",
    ]);
    expect(found.join()).not.toContain("10.0.0");
  });

  test("counts what it ships, and names what is pinned to something else", () => {
    const targets = new Map<TargetId, TargetOutcome>([
      [cloud, current],
      [office, { state: "current", tag: "0ddba11" }],
    ]);
    expect(lines(trail(started(1)), { run: 1, targets })).toEqual([
      "deploy | Deploy #1 (fix overflow) | flood-formula 8e9a12c: 1 of 1 targets are current; pinned: onprem/anchorage to 0ddba11",
    ]);
  });

  test("that is refused is told with what refused it and why, and nothing else is", () => {
    const refused = { stage: "compliance", why: "1 finding" };
    expect(lines(trail(started(1)), { run: 1, refused })).toEqual([
      "refusal | Refused deploy #1 (fix overflow) by compliance | flood-formula 8e9a12c: 1 finding",
    ]);
  });
});

describe("a target", () => {
  test("that was stale before is not told to be so again", () => {
    const entries = trail(started(1), finished(1, stale), started(2));
    const kinds = told(entries, { run: 2, targets: new Map<TargetId, TargetOutcome>([[office, stale]]) }).map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(["deploy"]);
  });

  test("is healed by what brings its release, and the region is the time without", () => {
    const entries = trail(started(1), finished(1, stale), started(2, "sync"));
    const receipt: Body = { type: "receipt", run: 2, target: office, tag, receipt: { kind: "nothing" } };
    // What the run itself has read back makes it no less healed.
    const all = [...entries, ...trail(receipt)];
    const found = told(all, { run: 2, targets: new Map<TargetId, TargetOutcome>([[office, current]]) });
    expect(found.map(({ kind, text }) => [kind, text])).toEqual([
      ["deploy", "Sync #2"],
      ["healed", "Healed by #2: onprem/anchorage was stale for 29 min"],
    ]);
    expect([found[1]?.from, found[1]?.to]).toEqual([begin + minute, begin + 30 * minute]);
  });

  test("that was current is not healed", () => {
    const entries = trail(started(1), finished(1, current), started(2));
    const kinds = told(entries, {
      run: 2,
      targets: new Map<TargetId, TargetOutcome>([[office, current]]),
    }).map(({ kind }) => kind);
    expect(kinds).toEqual(["deploy"]);
  });
});

test("a rollback is told with its reason, and a refused one is a refusal", () => {
  const entries = trail({
    ...{ type: "rollback-started", run: 3, reason: "wrong risk", everywhere: true },
    targets: [{ target: office, from: tag, to: "41c0f3e" }],
  });
  expect(lines(entries, { run: 3, targets: new Map<TargetId, TargetOutcome>([[office, current]]) })).toEqual([
    "rollback | Rollback #3 (wrong risk) | flood-formula to 41c0f3e: 1 of 1 targets are current",
  ]);
  expect(lines(entries, { run: 3, refused: { stage: "artefacts", why: "it is gone" } })).toEqual([
    "refusal | Refused rollback #3 (wrong risk) by artefacts | flood-formula to 41c0f3e: it is gone",
  ]);
});

test("each notice of a run has an id of its own", () => {
  const ids = told(trail(started(1), finished(1, stale), started(2)), {
    run: 2,
    targets: new Map<TargetId, TargetOutcome>([
      [office, current],
      [cloud, stale],
    ]),
  }).map(({ id }) => id);
  expect([ids.length, new Set(ids).size]).toEqual([3, 3]);
});
