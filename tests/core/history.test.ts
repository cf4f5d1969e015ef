import { describe, expect, test } from "@jest/globals";
import type { Body, Entry } from "../../core/entry";
import {
  desiredTag,
  latestRelease,
  nextRun,
  passingReport,
  previousTag,
  quarantined,
} from "../../core/history";
import { aRelease } from "../fixtures";

const target = "onprem/mississippi";

function trail(...bodies: Body[]): Entry[] {
  return bodies.map((body, index) => ({
    number: index + 1,
    previous: "",
    time: "2026-11-23T00:00:00.000Z",
    by: "root@test",
    body,
  }));
}

const release = (tag: string): Body => ({ type: "release", release: aRelease({ tag }) });
const desired = (tag: string): Body => ({ type: "desired", target, tag, cause: "run" });
const receipt = (tag: string): Body => ({ type: "receipt", target, tag, receipt: { kind: "nothing" } });
const rollback = (from: string, to: string, everywhere = true): Body => ({
  type: "rollback-started",
  run: 9,
  reason: "wrong risk",
  everywhere,
  targets: [{ target, from, to }],
});

describe("the pointer of a target", () => {
  test("is the newest entry that moved it", () => {
    expect(desiredTag(trail(desired("v1"), desired("v2")), target)).toBe("v2");
  });
  test("is nothing before the first", () => {
    expect(desiredTag(trail(release("v1")), target)).toBeUndefined();
  });
});

describe("the release before", () => {
  test("is the last one with a receipt that is not the one it should have", () => {
    const entries = trail(desired("v1"), receipt("v1"), desired("v2"), receipt("v2"));
    expect(previousTag(entries, target)).toBe("v1");
  });
  test("is never one that the target never had", () => {
    const entries = trail(desired("v1"), receipt("v1"), desired("v2"), desired("v3"), receipt("v3"));
    expect(previousTag(entries, target)).toBe("v1");
  });
  test("is not one that was rolled back from", () => {
    const entries = trail(receipt("v0"), receipt("v1"), receipt("v2"), rollback("v2", "v1"), desired("v1"));
    expect(previousTag(entries, target)).toBe("v0");
  });
});

describe("quarantine", () => {
  test("holds what every target was rolled back from, with the reason", () => {
    expect([...quarantined(trail(rollback("v2", "v1")))]).toEqual([["v2", "wrong risk"]]);
  });
  test("does not hold what one target alone was rolled back from", () => {
    expect(quarantined(trail(rollback("v2", "v1", false))).size).toBe(0);
  });
  test("ends when the release is put back", () => {
    expect(quarantined(trail(rollback("v2", "v1"), rollback("v1", "v2"))).has("v2")).toBe(false);
  });
  test("keeps a release from being the latest", () => {
    expect(latestRelease(trail(release("v1"), release("v2"), rollback("v2", "v1")))?.tag).toBe("v1");
  });
});

test("runs and rollbacks are numbered together", () => {
  expect(nextRun(trail())).toBe(1);
  expect(nextRun(trail(rollback("v2", "v1")))).toBe(10);
});

test("a report lets its own commit pass, and no other", () => {
  const report: Body = {
    type: "report",
    commit: "a".repeat(40),
    passed: true,
    digest: "sha256:1",
    tests: 3,
    findings: 0,
  };
  expect(passingReport(trail(report), "a".repeat(40))?.digest).toBe("sha256:1");
  expect(passingReport(trail(report), "b".repeat(40))).toBeUndefined();
  expect(passingReport(trail({ ...report, passed: false }), "a".repeat(40))).toBeUndefined();
});
