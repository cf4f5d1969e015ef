import { beforeEach, describe, expect, jest, test } from "@jest/globals";
import { runtime } from "@pulumi/pulumi";
import {
  releaseKnown,
  releaseNotOlder,
  releaseNotQuarantined,
  releasePassed,
} from "../../../policy/rules/release";
import type { Release } from "../../../core/release";
import { directoryTrail } from "../../../store/trail";
import { aRelease } from "../../fixtures";
import { freshTrail } from "../../signed-trail";
import { type Described, said, unknown, violations } from "../analyzer";

const rules = [releaseKnown, releasePassed, releaseNotQuarantined, releaseNotOlder];
const target = "onprem/anchorage";
const old = aRelease({
  tag: "0ddba11",
  commit: `0ddba11${"0".repeat(33)}`,
  report: `sha256:${"01".repeat(32)}`,
});
let release: Release;
let trail: ReturnType<typeof directoryTrail>;

/** The component of a site that is given a release. */
const site = (given: object | string | undefined, parts: object = {}): Described => ({
  type: "hms:onprem:Site",
  props: { target, release: given, ...parts },
});
const report = (commit: string, passed = true, digest = release.report): void => {
  const attestation = `sha256:${"a7".repeat(32)}`;
  trail.append({ type: "report", commit, passed, digest, tests: 1, findings: 0, attestation });
};
const receipt = { kind: "site", image: old.image } as never;

beforeEach(() => {
  trail = directoryTrail(freshTrail());
  release = aRelease();
});

test.each(rules)("$name lets a good release pass", async (rule) => {
  report(release.commit);
  trail.append({ type: "release", release });
  expect(await said(rule, site(release))).toEqual([]);
});

test.each(rules)("$name refuses what a preview can't know", async (rule) => {
  trail.append({ type: "release", release });
  const all = await said(rule, site({ ...release, image: unknown }));
  expect(all[0]).toEqual({
    level: "mandatory",
    message:
      "anchorage: release.image can't be known during preview, and so can't be checked. " +
      "Give it as a plain value, not as an output.",
  });
  expect(all.filter(({ level }) => level === "advisory")).toEqual([]);
});

test.each(rules)("$name refuses no release", async (rule) => {
  expect((await violations(rule, site(undefined)))[0]).toBe(
    "anchorage: there is no release. Give the component one of the trail.",
  );
});

test.each(rules)("$name is no matter of what is no target", async (rule) => {
  expect(await said(rule, { type: "hms:build:Release", props: { release } })).toEqual([]);
});

describe("release-known", () => {
  test("refuses a digest that was set by hand", async () => {
    trail.append({ type: "release", release });
    const forged = { ...release, image: `registry.example.gov/evil@sha256:${"66".repeat(32)}` };
    const sentence = `anchorage: ${forged.tag} (${forged.image}) is not a release of the trail. Build it: "npx hms pipeline run".`;
    expect(await violations(releaseKnown, site(forged))).toEqual([sentence]);
    expect(await violations(releaseKnown, site(release, { previous: forged }))).toEqual([sentence]);
  });
  test("refuses a bundle of another build", async () => {
    trail.append({ type: "release", release });
    const mixed = { ...release, bundle: { ...release.bundle, sha256: "66".repeat(32) } };
    expect(await violations(releaseKnown, site(mixed))).toHaveLength(1);
  });
  test("refuses all on a trail that was altered", async () => {
    trail.append({ type: "release", release });
    const { HMS_KEYS } = process.env;
    freshTrail();
    process.env["HMS_TRAIL"] = `${HMS_KEYS ?? ""}/../trail`;
    expect((await violations(releaseKnown, site(release)))[0]).toMatch(/^anchorage can't be checked: /);
  });
});

describe("release-passed", () => {
  test("refuses no report", async () => {
    expect(await violations(releasePassed, site(release))).toEqual([
      'anchorage: No passing report for 8e9a12c. Run "npx hms compliance run 8e9a12c".',
    ]);
  });
  test("refuses a report that failed", async () => {
    report(release.commit, false);
    expect(await violations(releasePassed, site(release))).toHaveLength(1);
  });
  test("refuses the report of another commit", async () => {
    report("f".repeat(40));
    expect(await violations(releasePassed, site(release))).toEqual([
      'anchorage: The report of 8e9a12c is about another commit, fffffff. Run "npx hms compliance run 8e9a12c" and build it again.',
    ]);
  });
});

test("release-not-quarantined refuses what was rolled back everywhere", async () => {
  const targets = [{ target, from: release.tag, to: old.tag }] as const;
  trail.append({ type: "rollback-started", run: 2, reason: "floods nobody", everywhere: true, targets });
  expect(await violations(releaseNotQuarantined, site(release))).toEqual([
    "anchorage: 8e9a12c was rolled back (floods nobody). " +
      'Push a fix, or run "npx hms release unquarantine 8e9a12c --reason TEXT".',
  ]);
  expect(await violations(releaseNotQuarantined, site(old))).toEqual([]);
});

test("release-not-quarantined takes a forecast in a preview, and never in an update", async () => {
  const targets = [{ target, from: release.tag, to: old.tag }] as const;
  trail.append({ type: "rollback-started", run: 2, reason: "floods nobody", everywhere: true, targets });
  const given = site(release, { liftsQuarantine: true });
  expect(await violations(releaseNotQuarantined, given)).toHaveLength(1);
  const asked = jest.spyOn(runtime, "isDryRun").mockReturnValue(true);
  expect(await violations(releaseNotQuarantined, given)).toEqual([]);
  expect(await violations(releaseNotQuarantined, site(release))).toHaveLength(1);
  asked.mockRestore();
});

test("release-not-older refuses an older one without a reason", async () => {
  trail.append({ type: "release", release: old });
  trail.append({ type: "release", release });
  trail.append({ type: "receipt", target, tag: release.tag, receipt });
  expect(await violations(releaseNotOlder, site(old))).toEqual([
    "anchorage: 0ddba11 is older than 8e9a12c, which onprem/anchorage runs. Say why: " +
      '"npx hms pipeline rollback --to 0ddba11 --target onprem/anchorage --reason TEXT", or hms:reason beside hms:release.',
  ]);
  expect(await violations(releaseNotOlder, site(old, { reason: "floods nobody" }))).toEqual([]);
});
