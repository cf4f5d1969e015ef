import { describe, expect, test } from "@jest/globals";
import {
  differenceOf,
  driftExitCode,
  driftMark,
  findingOf,
  isNoted,
  replacementMark,
} from "../../core/drift";
import type { Difference } from "../../core/drift";
import type { Body, Entry } from "../../core/entry";
import type { Receipt } from "../../core/receipt";
import { aRelease } from "../fixtures";

const target = "onprem/anchorage";
const v1 = aRelease({
  tag: "v1",
  image: `registry.example.gov/flood-formula@sha256:${"11".repeat(32)}`,
  imageId: `sha256:${"1a".repeat(32)}`,
  bundle: { ...aRelease().bundle, sha256: "1b".repeat(32) },
});
const v2 = aRelease({ tag: "v2" });
const stranger = `sha256:${"99".repeat(32)}`;

type Runs = Extract<Receipt, { kind: "runs" }>;
const runs = (image: string, parts: Partial<Runs> = {}): Receipt => ({
  kind: "runs",
  image,
  health: "healthy",
  since: "2026-11-23T10:00:00Z",
  units: ["flood-formula-1"],
  ...parts,
});
const holds = (sha256: string, parts: { listed?: string; signature?: string } = {}): Receipt => ({
  kind: "holds",
  sha256,
  size: 1234,
  since: "2026-11-23T10:00:00Z",
  listed: sha256,
  signature: v2.bundle.signature,
  ...parts,
});
const nothing: Receipt = { kind: "nothing" };
const service = { release: v2 };
const inbox = { release: v2, meaning: "mirror" as const };

describe("what a target says differs when", () => {
  const sha256 = v2.bundle.sha256;
  test.each<[string, Receipt, Parameters<typeof differenceOf>[1], Difference, string]>([
    [
      "another image serves",
      runs(stranger),
      service,
      "image",
      "it runs another image, sha256:999999999999: it should have v2",
    ],
    [
      "somebody else's container serves, of whatever image",
      runs(v2.imageId, { ours: false }),
      service,
      "stranger",
      "flood-formula-1 serves, which hms did not make: it should have v2",
    ],
    [
      "it is sick",
      runs(v2.imageId, { health: "unhealthy" }),
      service,
      "unhealthy",
      "unhealthy: flood-formula-1 of v2 is unhealthy",
    ],
    ["nothing serves", nothing, service, "not-running", "nothing runs: it should have v2"],
    [
      "a cluster was scaled",
      runs(v2.imageId),
      { ...service, replicas: 2 },
      "replicas",
      "it runs 1 pods instead of 2",
    ],
    ["a bundle is gone", nothing, inbox, "gone", "the bundle is gone: it should have v2"],
    [
      "a bundle is another",
      holds("ab".repeat(32)),
      inbox,
      "changed",
      "it holds another bundle, sha256:abababababab: it should have v2",
    ],
    [
      "a bundle's checksum file is another's",
      holds(sha256, { listed: "ab".repeat(32) }),
      inbox,
      "changed",
      "the bundle's checksum file is gone, or names another bundle",
    ],
    [
      "a bundle's signature is somebody else's",
      holds(sha256, { signature: "bm9uZQ==" }),
      inbox,
      "changed",
      "the bundle's signature file is gone, or holds another signature",
    ],
    [
      "it runs something before any release",
      runs(stranger),
      { ...service, release: undefined },
      "image",
      "it runs another image, sha256:999999999999: it should have nothing",
    ],
  ])("%s", (_what, receipt, should, found, why) => {
    expect(differenceOf(receipt, should)).toEqual({ found, why });
  });
  test.each<[string, Receipt, Parameters<typeof differenceOf>[1]]>([
    ["it runs its release, by the image's id", runs(v2.imageId), service],
    ["it runs its release, by the manifest's digest", runs(v2.image.replace(/^.*@/, "")), service],
    [
      "it runs as many pods as it should",
      runs(v2.imageId, { units: ["a", "b"] }),
      { ...service, replicas: 2 },
    ],
    ["it holds its bundle", holds(sha256), inbox],
    [
      "a partner who takes bundles away has begun with what lies beside it",
      holds(sha256, { listed: "", signature: "" }),
      { ...inbox, meaning: "inbox" },
    ],
    ["nothing was released yet", nothing, { ...service, release: undefined }],
  ])("not when %s", (_what, receipt, should) => {
    expect(differenceOf(receipt, should)).toBeUndefined();
  });
  test("not when a bundle has no checksum file at all: that is a change", () => {
    expect(differenceOf(holds(sha256, { listed: "" }), inbox)?.found).toBe("changed");
  });
});

describe("a target that differs", () => {
  test("is behind when it has what it had, in good order", () => {
    expect(findingOf(runs(v1.imageId), service, v1)).toEqual({
      found: "behind",
      why: "it has v1: it should have v2",
      drifted: false,
    });
  });
  test("has drifted when it has neither", () => {
    expect(findingOf(runs(stranger), service, v1)).toMatchObject({ found: "image", drifted: true });
    expect(findingOf(runs(v1.imageId, { health: "unhealthy" }), service, v1)).toMatchObject({
      found: "image",
      drifted: true,
    });
  });
  test("has not drifted when it never had anything", () => {
    expect(findingOf(nothing, service, undefined)).toMatchObject({ found: "not-running", drifted: false });
  });
  test("has not drifted when it is ahead of its last receipt", () => {
    expect(findingOf(runs(v2.imageId), service, v1)).toEqual({ found: "same", drifted: false });
  });
});

function trail(...bodies: Body[]): Entry[] {
  return bodies.map((body, index) => ({
    number: index + 1,
    previous: "",
    time: "2026-11-23T00:00:00.000Z",
    by: "root@test",
    body,
  }));
}
const release = (which: typeof v1): Body => ({ type: "release", release: which });
const drift = (tag: string, found: Difference, where: typeof target | "onprem/other" = target): Body => ({
  type: "drift",
  target: where,
  tag,
  found,
  why: "why",
  receipt: nothing,
});
const receipt = (tag: string): Body => ({ type: "receipt", target, tag, receipt: nothing });

describe("what makes an update act", () => {
  const known = [release(v1), release(v2)];
  test("is the newest entry about that target and that content", () => {
    const entries = trail(...known, drift("v2", "image"), drift("v2", "unhealthy"), drift("v1", "image"));
    expect(driftMark(entries, target, v2)).toBe(4);
    expect(driftMark(entries, target, v1)).toBe(5);
  });
  test("stays the same when the target was put right, and under a new tag of the same content", () => {
    const again = release({ ...v2, tag: "v3" });
    expect(driftMark(trail(...known, drift("v2", "image"), receipt("v2"), again), target, v2)).toBe(3);
  });
  test("is nothing when only others changed", () => {
    expect(driftMark(trail(...known, drift("v2", "image", "onprem/other")), target, v2)).toBeUndefined();
  });
  test("makes a container anew only where it does not serve", () => {
    expect(replacementMark(trail(...known, drift("v2", "unhealthy")), target, v2)).toBeUndefined();
    expect(
      replacementMark(trail(...known, drift("v2", "stranger"), drift("v2", "unhealthy")), target, v2),
    ).toBe(3);
  });
});

test("a difference is noted until a receipt says that it is over, or it is another one", () => {
  expect(isNoted(trail(drift("v2", "gone")), target, "gone")).toBe(true);
  expect(isNoted(trail(drift("v2", "gone")), target, "changed")).toBe(false);
  expect(isNoted(trail(drift("v2", "gone"), receipt("v2")), target, "gone")).toBe(false);
  expect(isNoted(trail(), target, "gone")).toBe(false);
});

test("drift ends with 1 when anything differs or refuses, with 3 when somebody could not be reached", () => {
  expect(driftExitCode(["same", "same"])).toBe(0);
  expect(driftExitCode(["same", "unreachable"])).toBe(3);
  expect(driftExitCode(["image", "unreachable"])).toBe(1);
  expect(driftExitCode(["behind"])).toBe(1);
  expect(driftExitCode(["refused", "unreachable"])).toBe(1);
});
