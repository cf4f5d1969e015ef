/** The gate that every target has of its own, where no policy pack is given. */
import fs from "node:fs";
import { beforeEach, expect, test } from "@jest/globals";
import { Intent } from "../../components/intent";
import { provider } from "../../components/intent/provider";
import type { TargetId } from "../../core/entry";
import { UserError } from "../../core/errors";
import type { Release } from "../../core/release";
import { directoryBlobs } from "../../store/blobs";
import { directoryTrail } from "../../store/trail";
import { record } from "./mocks";
import { addRelease, aReleaseOfTheTrail } from "./released";

const target: TargetId = "onprem/anchorage";
const sha = (digits: string): string => digits.repeat(20);
let release: Release;
beforeEach(async () => {
  release = aReleaseOfTheTrail();
  await record({ "pulumi-nodejs:dynamic/hms:Intent": {} });
});

const trail = () => directoryTrail(process.env["HMS_TRAIL"] ?? "");
const declare = (given: Release, reason?: string) =>
  new Intent("intent", { target, release: given, ...(reason !== undefined && { reason }) }, {});
const refusal = (given: Release, reason?: string): string => {
  try {
    declare(given, reason);
    return "it was let pass";
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
};
const blob = (digest: string): string =>
  directoryBlobs(process.env["HMS_TRAIL"] ?? "").pathOf(digest.replace("sha256:", ""));

test("lets a release of the trail pass", () => {
  expect(() => declare(release)).not.toThrow();
});

test("refuses a digest that was set by hand", () => {
  const image = `registry.example.gov/flood-formula@sha256:${"66".repeat(32)}`;
  expect(refusal({ ...release, image })).toBe(
    `8e9a12c (${image}) is not a release of the trail. Build it: "npx hms pipeline run".`,
  );
});

test("a refused update is an entry, with target and release", () => {
  const image = `registry.example.gov/flood-formula@sha256:${"66".repeat(32)}`;
  const why = refusal({ ...release, image });
  expect(trail().entries().at(-1)?.body).toEqual({
    type: "refusal",
    stage: "component",
    why,
    target,
    tag: "8e9a12c",
  });
});

test("a plan's draft passes in a preview, and in no update", async () => {
  const draft = { ...release, report: "", draft: true } as const;
  expect(refusal(draft)).toMatch(/ is not a release of the trail\./);
  await record({ "pulumi-nodejs:dynamic/hms:Intent": {} }, true);
  expect(refusal(draft)).toBe("it was let pass");
  expect(refusal({ ...release, report: "" })).toMatch(/ is not a release of the trail\./);
});

test("a refused preview leaves no mark", async () => {
  await record({ "pulumi-nodejs:dynamic/hms:Intent": {} }, true);
  const before = trail().entries().length;
  refusal({ ...release, report: "sha256:0" });
  expect(trail().entries()).toHaveLength(before);
});

test("refuses a release whose report is about another commit", () => {
  const other = addRelease({ commit: sha("ab"), tag: "abababa", report: release.report });
  expect(refusal(other)).toBe(
    'The report of abababa is about another commit, 8e9a12c. Run "npx hms compliance run abababa" and build it again.',
  );
});

test("refuses a release whose report was edited after it was signed", () => {
  const file = blob(release.report);
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("3 tests passed", "4 tests passed"));
  expect(refusal(release)).toBe(
    "The report of 8e9a12c is missing, or was changed after it was signed. " +
      'Put it back from a copy of the trail, or run "npx hms compliance run 8e9a12c" and build it again.',
  );
});

test("refuses a release whose signed test result is gone", () => {
  const body = trail()
    .entries()
    .find(({ body }) => body.type === "report")?.body;
  fs.rmSync(blob(body?.type === "report" ? body.attestation : ""));
  expect(refusal(release)).toBe(
    "The signed test result of 8e9a12c is missing, or is not signed by a trusted key. " +
      'Put it back from a copy of the trail, or run "npx hms compliance run 8e9a12c" and build it again.',
  );
});

test("refuses a release that was rolled back", () => {
  const targets = [{ target, from: release.tag, to: "0000000" }];
  trail().append({ type: "rollback-started", run: 3, reason: "wrong risk", everywhere: true, targets });
  expect(refusal(release)).toBe(
    '8e9a12c was rolled back (wrong risk). Push a fix, or run "npx hms release unquarantine 8e9a12c --reason TEXT".',
  );
});

test("lets a quarantined release pass where a preview is told that a rollback lifts that, and no update", async () => {
  const targets = [{ target, from: release.tag, to: "0000000" }];
  trail().append({ type: "rollback-started", run: 3, reason: "wrong risk", everywhere: true, targets });
  const lifted = () => new Intent("intent", { target, release, liftsQuarantine: true }, {});
  expect(lifted).toThrow("8e9a12c was rolled back (wrong risk).");
  await record({ "pulumi-nodejs:dynamic/hms:Intent": {} }, true);
  expect(lifted).not.toThrow();
  expect(() => declare(release)).toThrow("8e9a12c was rolled back (wrong risk).");
});

test("refuses the same image under a new commit, until a rollback brings it back", () => {
  const before = addRelease({ commit: sha("0a"), tag: "0a0a0a0", image: `r/f@sha256:${"0a".repeat(32)}` });
  const again = addRelease({ commit: sha("ef"), tag: "efefefe" });
  const roll = (from: string, to: string): void => {
    trail().append({
      type: "rollback-started",
      run: 3,
      reason: "wrong risk",
      everywhere: true,
      targets: [{ target, from, to }],
    });
  };
  roll(release.tag, before.tag);
  expect(refusal(again)).toBe(
    "efefefe is the same image as 8e9a12c, which was rolled back (wrong risk). " +
      'Push a fix, or run "npx hms release unquarantine efefefe --reason TEXT".',
  );
  roll(before.tag, again.tag);
  expect(() => declare(again)).not.toThrow();
});

test("refuses an older release without a reason, and takes it with one", () => {
  const newer = addRelease({ commit: sha("cd"), tag: "cdcdcdc" });
  trail().append({ type: "receipt", target, tag: newer.tag, receipt: { kind: "nothing" } });
  expect(refusal(release)).toBe(
    "8e9a12c is older than cdcdcdc, which onprem/anchorage runs. Say why: " +
      '"npx hms pipeline rollback --to 8e9a12c --target onprem/anchorage --reason TEXT", or hms:reason beside hms:release.',
  );
  expect(() => declare(release, "cdcdcdc is wrong")).not.toThrow();
});

test("takes an older release that a rollback brings, until something newer is wanted", () => {
  const newer = addRelease({ commit: sha("cd"), tag: "cdcdcdc" });
  trail().append({ type: "receipt", target, tag: newer.tag, receipt: { kind: "nothing" } });
  const targets = [{ target, from: newer.tag, to: release.tag }];
  trail().append({ type: "rollback-started", run: 3, reason: "wrong risk", everywhere: false, targets });
  trail().append({ type: "desired", target, tag: release.tag, cause: "rollback", run: 3 });
  expect(() => declare(release)).not.toThrow();
  trail().append({ type: "desired", target, tag: newer.tag, cause: "run", run: 4 });
  expect(refusal(release)).toMatch(/^8e9a12c is older than cdcdcdc/);
});

test("a trail that was cut off behind the stack's back is found by its state", async () => {
  const args = { target, tag: release.tag };
  const { outs } = await provider.create(args);
  const { head } = outs as { head: { number: number } };
  await expect(provider.diff(target, outs as never, args)).resolves.toMatchObject({ changes: false });
  fs.rmSync(`${process.env["HMS_TRAIL"] ?? ""}/entries/${String(head.number).padStart(8, "0")}.json`);
  expect(() => provider.diff(target, outs as never, args)).toThrow(
    `The trail ${process.env["HMS_TRAIL"] ?? ""} does not hold entry ${String(head.number)} as the stack's state knows it: ` +
      "its newest entries were cut off. Put the trail back from a copy.",
  );
});
