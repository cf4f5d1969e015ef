import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { repositoryOf } from "../../../core/release";
import { imagesOf, registryOf } from "../../../policy/images";
import { bundleOfRelease, imageByDigest, imageOfRelease, imageRegistry } from "../../../policy/rules/image";
import { directoryTrail } from "../../../store/trail";
import { aRelease } from "../../fixtures";
import { freshTrail } from "../../signed-trail";
import { type Described, said, unknown, violations } from "../analyzer";
import { aContainer, aDeployment, aPod } from "../pods";

const release = aRelease();
const byHand = `registry.example.gov/flood-formula@sha256:${"66".repeat(32)}`;
const elsewhere = `docker.io/library/caddy@sha256:${"ca".repeat(32)}`;
const remote = (name: string, parent?: string): Described => ({
  type: "docker:index/remoteImage:RemoteImage",
  props: { name },
  parent,
});
const deployment = (image: string): Described => aDeployment(aPod({ containers: [aContainer({ image })] }));
const container = (image: string): Described => ({
  type: "docker:index/container:Container",
  props: { image },
});
const site = (given: object, name = "anchorage"): Described => ({
  type: "hms:onprem:Site",
  name,
  props: { target: `onprem/${name}`, ...given },
});

beforeEach(() => {
  const trail = directoryTrail(freshTrail());
  const { commit, report: digest } = release;
  const attestation = `sha256:${"a7".repeat(32)}`;
  trail.append({ type: "report", commit, passed: true, digest, tests: 1, findings: 0, attestation });
  trail.append({ type: "release", release });
});

test("images have a repository and a registry", () => {
  expect(repositoryOf("127.0.0.1:5000/base/node:22@sha256:12")).toBe("127.0.0.1:5000/base/node");
  expect(
    ["127.0.0.1:5000/a:1", "localhost/a", "caddy:2", "library/caddy", "reg.gov/a"].map(registryOf),
  ).toEqual(["127.0.0.1:5000", "localhost", "docker.io", "docker.io", "reg.gov"]);
});

test("images are found in pods, volumes and what ships them", () => {
  const spec = aPod({
    initContainers: [aContainer({ image: "b" })],
    volumes: [{ name: "v", image: { reference: "c" } }],
  });
  expect(imagesOf(aDeployment(spec))).toEqual([release.image, "b", "c"]);
  const create = `node ship-release.js --to root@10.77.1.2 --ssh 'ssh -p 22' --tries 3 ${release.image} '${elsewhere}'`;
  expect(imagesOf({ type: "command:local:Command", props: { create } })).toEqual([release.image, elsewhere]);
});

describe("image-by-digest", () => {
  test("lets a digest pass", async () => {
    for (const resource of [remote, deployment, container].map((make) => make(release.image))) {
      expect(await said(imageByDigest, resource)).toEqual([]);
    }
    expect(await said(imageByDigest, container(release.imageId))).toEqual([]);
  });
  test.each(["a:latest", "a", `${release.image}:1`, "a@sha256:12"])("refuses %s", async (image) => {
    const sentence = `runs "${image}". Name the image by its digest: repository@sha256:….`;
    expect(await violations(imageByDigest, remote(image))).toEqual([`anchorage ${sentence}`]);
    expect(await violations(imageByDigest, deployment(image))).toEqual([`web ${sentence}`]);
    expect(await violations(imageByDigest, container(image))).toEqual([
      `anchorage runs "${image}". Give it the imageId of a RemoteImage.`,
    ]);
  });
  test("says what a preview can't know", async () => {
    expect(await said(imageByDigest, container(unknown))).toMatchObject([{ level: "advisory" }]);
  });
});

describe("image-registry", () => {
  test("lets the registry of a release pass", async () => {
    expect(await said(imageRegistry, remote(byHand))).toEqual([]);
  });
  test("refuses another one", async () => {
    expect(await violations(imageRegistry, remote(elsewhere))).toEqual([
      `anchorage runs "${elsewhere}", from docker.io. Allowed: registry.example.gov.`,
    ]);
  });
  test("takes the registries that are set, and no others", async () => {
    const settings = { registries: ["docker.io"] };
    expect(await violations(imageRegistry, remote(elsewhere), settings)).toEqual([]);
    expect(await violations(imageRegistry, remote(byHand), settings)).toEqual([
      `anchorage runs "${byHand}", from registry.example.gov. Allowed: docker.io.`,
    ]);
  });
  test("takes an image that is named", async () => {
    expect(await violations(imageRegistry, remote(elsewhere), { images: [elsewhere] })).toEqual([]);
  });
  test("says what a preview can't know", async () => {
    expect(await said(imageRegistry, remote(unknown))).toMatchObject([{ level: "advisory" }]);
  });
});

describe("image-of-release", () => {
  test("lets the image of a release pass", async () => {
    expect(await said(imageOfRelease, remote(release.image))).toEqual([]);
    expect(await said(imageOfRelease, deployment(release.image))).toEqual([]);
  });
  test("refuses one that was pushed by hand", async () => {
    expect(await violations(imageOfRelease, remote(byHand))).toEqual([
      `anchorage runs "${byHand}", which is not of a release that may ship. ` +
        "Build a release of it, or name it in policy-config.json.",
    ]);
  });
  test("refuses one whose release did not pass", async () => {
    const other = aRelease({ tag: "bad0bad", image: byHand, report: `sha256:${"00".repeat(32)}` });
    directoryTrail(process.env["HMS_TRAIL"] ?? "").append({ type: "release", release: other });
    expect(await violations(imageOfRelease, remote(byHand))).toHaveLength(1);
  });
  test("within a target, is that of its release, or of the one before", async () => {
    const previous = aRelease({ tag: "0ddba11", image: byHand });
    expect(await said(imageOfRelease, site({ release, previous }))).toEqual([]);
    expect(await violations(imageOfRelease, remote(release.image, "anchorage"))).toEqual([]);
    expect(await violations(imageOfRelease, remote(byHand, "anchorage"))).toEqual([]);
    await said(imageOfRelease, site({ release: previous }));
    expect(await violations(imageOfRelease, remote(release.image, "anchorage"))).toEqual([
      `anchorage runs "${release.image}", which is not of 0ddba11. Build a release of it, or name it in policy-config.json.`,
    ]);
  });
  test("takes a proxy that is named: by digest, by repository, in a file", async () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-policy-")), "caddy");
    expect(await violations(imageOfRelease, remote(elsewhere), { images: [{ file }] })).toHaveLength(1);
    fs.writeFileSync(file, `${elsewhere}\n`);
    for (const image of [elsewhere, "docker.io/library/caddy", { file }]) {
      expect(await violations(imageOfRelease, remote(elsewhere), { images: [image] })).toEqual([]);
    }
    expect(await violations(imageOfRelease, remote(elsewhere), { images: ["docker.io"] })).toHaveLength(1);
  });
  test("refuses what a preview can't know", async () => {
    expect(await said(imageOfRelease, deployment(unknown))).toEqual([
      {
        level: "mandatory",
        message:
          "web: spec.template.spec.containers.0.image can't be known during preview, and so can't be checked. " +
          "Give it as a plain value, not as an output.",
      },
    ]);
  });
});

test("image-of-release leaves a command that names a container to the update", async () => {
  const swap: Described = { type: "command:local:Command", props: { create: unknown } };
  expect(await said(imageOfRelease, swap)).toMatchObject([{ level: "advisory" }]);
});

describe("bundle-of-release", () => {
  const drop = (bundle: object | string, parent?: string): Described => ({
    type: "pulumi-nodejs:dynamic/hms:Drop",
    props: { bundle },
    parent,
  });
  test("lets the bundle of the release pass", async () => {
    await said(bundleOfRelease, site({ release }, "juneau"));
    expect(await said(bundleOfRelease, drop({ ...release.bundle, path: "x" }, "juneau"))).toEqual([]);
    expect(await said(bundleOfRelease, drop(release.bundle))).toEqual([]);
  });
  test("refuses another one", async () => {
    const bundle = { sha256: "66".repeat(32), size: 1234 };
    expect(await violations(bundleOfRelease, drop(bundle))).toEqual([
      "anchorage brings 666666666666, which is no bundle of the release. Deploy through PartnerDrop.",
    ]);
    expect(await violations(bundleOfRelease, drop({ ...release.bundle, size: 1 }))).toHaveLength(1);
    const mapped = { ...drop(bundle), type: "pulumi-nodejs:dynamic/hms:MappedDrop" };
    expect(await violations(bundleOfRelease, mapped)).toHaveLength(1);
  });
  test("refuses what a preview can't know", async () => {
    expect(await said(bundleOfRelease, drop({ sha256: unknown, size: 1 }))).toMatchObject([
      { level: "mandatory" },
    ]);
  });
});
