import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ResourceValidation, ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import type { Release } from "../../core/release";
import { imageByDigest, imagesOf } from "../../policy/rules/image";
import { releaseKnown, releasePassed } from "../../policy/rules/release";
import { directoryTrail } from "../../store/trail";
import { aRelease } from "../fixtures";
import { freshTrail } from "../signed-trail";

/** What a rule says of a resource. */
async function told(policy: ResourceValidationPolicy, type: string, props: object): Promise<string[]> {
  const said: string[] = [];
  const args = { type, props, name: "anchorage", urn: "urn" } as unknown as ResourceValidationArgs;
  await (policy.validateResource as ResourceValidation)(args, (message) => said.push(message));
  return said;
}

describe("image-by-digest", () => {
  const byDigest = `registry.example.gov/a@sha256:${"ab".repeat(32)}`;
  const deployment = (image: string): object => ({
    spec: { template: { spec: { containers: [{ image }] } } },
  });
  test("lets a digest pass", async () => {
    expect(await told(imageByDigest, "docker:index/remoteImage:RemoteImage", { name: byDigest })).toEqual([]);
    expect(await told(imageByDigest, "kubernetes:apps/v1:Deployment", deployment(byDigest))).toEqual([]);
  });
  test.each(["a:latest", "a", `${byDigest}:1`, `a@sha256:12`])("refuses %s", async (image) => {
    const sentence = `anchorage runs "${image}". Name the image by its digest: repository@sha256:….`;
    expect(await told(imageByDigest, "docker:index/remoteImage:RemoteImage", { name: image })).toEqual([
      sentence,
    ]);
    expect(await told(imageByDigest, "kubernetes:apps/v1:Deployment", deployment(image))).toEqual([sentence]);
  });
  test("looks at a pod's first containers, too", () => {
    const spec = { containers: [{ image: "a" }], initContainers: [{ image: "b" }] };
    expect(imagesOf({ type: "kubernetes:batch/v1:Job", props: { spec: { template: { spec } } } })).toEqual([
      "a",
      "b",
    ]);
  });
});

describe("a release", () => {
  const site = "hms:onprem:Site";
  let release: Release;
  beforeEach(() => {
    freshTrail();
    release = aRelease();
  });
  const trail = () => directoryTrail(process.env["HMS_TRAIL"] ?? "");
  const report = (commit: string, passed = true): void => {
    trail().append({
      type: "report",
      commit,
      passed,
      digest: release.report,
      tests: 1,
      findings: 0,
      attestation: `sha256:${"a7".repeat(32)}`,
    });
  };

  test("of the trail passes, and anything else is refused", async () => {
    trail().append({ type: "release", release });
    expect(await told(releaseKnown, site, { release })).toEqual([]);
    const forged = { ...release, image: `registry.example.gov/evil@sha256:${"66".repeat(32)}` };
    expect(await told(releaseKnown, site, { release: forged })).toEqual([
      `anchorage is given ${forged.tag} (${forged.image}), which is not a release of the trail. Build it: "npx hms pipeline run".`,
    ]);
  });
  test("with a passing report of its own commit passes", async () => {
    report(release.commit);
    expect(await told(releasePassed, site, { release })).toEqual([]);
  });
  test.each([
    ["no report", () => undefined],
    [
      "a failed report",
      () => {
        report(release.commit, false);
      },
    ],
    [
      "the report of another commit",
      () => {
        report("f".repeat(40));
      },
    ],
  ])("with %s is refused", async (_, prepare) => {
    prepare();
    expect(await told(releasePassed, site, { release })).toEqual([
      'No passing report for 8e9a12c. Run "npx hms compliance run 8e9a12c".',
    ]);
  });
  test("is no matter of what is no target", async () => {
    expect(await told(releaseKnown, "hms:build:Release", { release })).toEqual([]);
  });
});
