import { describe, expect, test } from "@jest/globals";
import type { Body, Entry, TargetId } from "../../core/entry";
import {
  desiredTag,
  endedWell,
  isCutOff,
  keptBeside,
  latestRelease,
  nextRun,
  passingReport,
  quarantined,
  quarantinedImages,
  releaseSaid,
  rollbackTag,
  toldTag,
} from "../../core/history";
import { aRelease } from "../fixtures";

const target = "onprem/mississippi";
const other = "partners/usgs";

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

test("what a docker host keeps beside what it runs is the content that it ran before, under whatever tag", () => {
  const made = (tag: string, image: string): Body => ({ type: "release", release: aRelease({ tag, image }) });
  const three = [made("v1", "r@sha256:1"), made("v2", "r@sha256:2"), made("v3", "r@sha256:2")];
  const kept = (...tags: string[]) => keptBeside(trail(...three, ...tags.map(receipt)), target)?.tag;
  expect([kept(), kept("v1"), kept("v1", "v2"), kept("v1", "v2", "v3")]).toEqual([
    undefined,
    undefined,
    "v1",
    "v1",
  ]);
});

describe("a rollback goes back to", () => {
  const made = ["v0", "v1", "v2", "v3"].map(release);
  const back = (...bodies: Body[]): string | undefined =>
    rollbackTag(trail(...made, ...bodies), [target, other]);
  const finished = (tag: string, state: "current" | "failed"): Body => ({
    type: "run-finished",
    run: 1,
    exitCode: 1,
    stages: {},
    targets: { [target]: state === "failed" ? { state, tag, why: "sick" } : { state, tag } },
  });

  test("the newest release that a target had, and that is not the one to leave", () => {
    expect(back(desired("v1"), receipt("v1"), desired("v2"), receipt("v2"))).toBe("v1");
  });
  test("none that no target ever had", () => {
    expect(back(desired("v1"), receipt("v1"), desired("v2"), desired("v3"), receipt("v3"))).toBe("v1");
  });
  test("none that was rolled back from", () => {
    const entries = [receipt("v0"), receipt("v1"), receipt("v2"), rollback("v2", "v1"), desired("v1")];
    expect(back(...entries, { ...finished("v1", "current"), run: 9 } as Body)).toBe("v0");
  });
  test("where a rollback was going that somebody killed, until something else has begun", () => {
    const killed = [receipt("v0"), receipt("v1"), desired("v2"), receipt("v2"), rollback("v2", "v1")];
    expect(back(...killed)).toBe("v1");
    expect(back(...killed, desired("v1"))).toBe("v1");
    const another: Body = { type: "run-started", run: 10, commit: "", subject: "", trigger: "manual" };
    expect(back(...killed, desired("v1"), another)).toBe("v0");
  });
  test("none that failed somewhere, until it came through there", () => {
    const entries = [receipt("v1"), desired("v2"), receipt("v2"), finished("v2", "failed"), desired("v3")];
    expect(back(...entries)).toBe("v1");
    expect(back(...entries, finished("v2", "current"))).toBe("v2");
  });
  test("one release everywhere, whatever a failed target went back to by itself", () => {
    const restored: Body = { type: "desired", target, tag: "v1", cause: "restore" };
    const entries = [receipt("v1"), desired("v2"), { ...receipt("v2"), target: other } as Body];
    expect(back(...entries, finished("v2", "failed"), restored)).toBe("v1");
  });
  test("the release before the newest, also where one target was kept on an older one", () => {
    const kept: Body = { type: "desired", target: other, tag: "v1", cause: "run" };
    const entries = [
      receipt("v1"),
      { ...receipt("v1"), target: other } as Body,
      desired("v2"),
      receipt("v2"),
    ];
    expect(back(...entries, desired("v3"), kept, receipt("v3"))).toBe("v2");
  });
  test("nothing, when there is nothing before", () => {
    expect(back(desired("v1"), receipt("v1"))).toBeUndefined();
  });
});

describe("quarantine", () => {
  test("holds what every target was rolled back from, with the reason", () => {
    expect([...quarantined(trail(rollback("v2", "v1")))]).toEqual([["v2", "wrong risk"]]);
  });
  test("holds nothing of a rollback that was refused", () => {
    const refusal: Body = { type: "refusal", run: 9, stage: "policy", why: "no such stack" };
    const refused = trail(release("v1"), release("v2"), rollback("v2", "v1"), refusal);
    expect([quarantined(refused).size, quarantinedImages(refused).size]).toEqual([0, 0]);
    const lifted = trail(rollback("v2", "v1"), { ...rollback("v1", "v2"), run: 10 } as Body, {
      ...refusal,
      run: 10,
    });
    expect([...quarantined(lifted).keys()]).toEqual(["v2"]);
  });
  test("does not hold what one target alone was rolled back from", () => {
    expect(quarantined(trail(rollback("v2", "v1", false))).size).toBe(0);
  });
  test("ends when the release is put back", () => {
    expect(quarantined(trail(rollback("v2", "v1"), rollback("v1", "v2"))).has("v2")).toBe(false);
  });
  test("ends when it is lifted, for the tag and for its image, until the next rollback", () => {
    const other: Body = { type: "release", release: aRelease({ tag: "v2", image: "i@sha256:2" }) };
    const bad = [release("v1"), other, rollback("v2", "v1")];
    const lifted: Body = { type: "quarantine-lifted", tag: "v2", reason: "the gauge was wrong" };
    expect([quarantined(trail(...bad)).size, quarantinedImages(trail(...bad)).size]).toEqual([1, 1]);
    const after = trail(...bad, lifted);
    expect([quarantined(after).size, quarantinedImages(after).size]).toEqual([0, 0]);
    expect(latestRelease(after)?.tag).toBe("v2");
    expect(quarantined(trail(...bad, lifted, rollback("v2", "v1"))).has("v2")).toBe(true);
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
    attestation: `sha256:${"a7".repeat(32)}`,
  };
  expect(passingReport(trail(report), "a".repeat(40))?.digest).toBe("sha256:1");
  expect(passingReport(trail(report), "b".repeat(40))).toBeUndefined();
  expect(passingReport(trail({ ...report, passed: false }), "a".repeat(40))).toBeUndefined();
});

describe("what a target was last told to have", () => {
  const restored: Body = { type: "desired", target, tag: "v1", cause: "restore" };
  test("is what failed there, too", () => {
    expect(toldTag(trail(desired("v1"), desired("v2"), restored), target)).toBe("v2");
  });
  test("is what a rollback or plain Pulumi said last", () => {
    const rolled: Body = { type: "desired", target, tag: "v1", cause: "rollback" };
    expect(toldTag(trail(desired("v2"), restored, rolled), target)).toBe("v1");
  });
});

test("a receipt is of the release that is asked about first, else of the newest that fits", () => {
  const [first, second] = [aRelease({ tag: "v1" }), aRelease({ tag: "v2" })];
  const entries = trail({ type: "release", release: first }, { type: "release", release: second });
  const says = { kind: "holds", sha256: first.bundle.sha256, size: 1, since: "" } as const;
  expect(releaseSaid(entries, says)?.tag).toBe("v2");
  expect(releaseSaid(entries, says, [undefined, first])?.tag).toBe("v1");
  expect(releaseSaid(entries, { kind: "nothing" }, [first])).toBeUndefined();
});

describe("a target's last update", () => {
  const pointed: Body = { type: "desired", target, tag: "v2", cause: "run", run: 3 };
  const ended = (id: TargetId): Body => ({
    type: "run-finished",
    run: 4,
    exitCode: 0,
    stages: {},
    targets: { [id]: { state: "current", tag: "v2" } },
  });
  const cutOff = (...bodies: Body[]): boolean => isCutOff(trail(...bodies), target);

  test("was cut off when nothing says how it ended there", () => {
    expect(cutOff(receipt("v1"), ended(target), pointed)).toBe(true);
    expect(cutOff(pointed, ended(other))).toBe(true);
  });
  test("was not when it was read back, or when this or a later run ended with a word of it", () => {
    expect(cutOff(pointed, receipt("v2"))).toBe(false);
    expect(cutOff(pointed, ended(target))).toBe(false);
  });
  test("ended well when the last run with a word of it says so, and nothing was begun since", () => {
    const failed: Body = {
      type: "run-finished",
      run: 5,
      exitCode: 1,
      stages: {},
      targets: { [target]: { state: "failed", tag: "v2", why: "refused: no" } },
    };
    const well = (...bodies: Body[]): boolean => endedWell(trail(...bodies), target);
    expect(well(pointed, ended(target))).toBe(true);
    expect(well(pointed, ended(target), ended(other))).toBe(true);
    expect(well(pointed, ended(target), failed)).toBe(false);
    expect(well(pointed, ended(target), pointed)).toBe(false);
    expect(well(ended(other))).toBe(false);
  });
  test("is nothing to ask about before the first, and after plain Pulumi", () => {
    expect(cutOff(release("v1"))).toBe(false);
    expect(cutOff({ type: "desired", target, tag: "v2", cause: "pulumi" })).toBe(false);
  });
});
