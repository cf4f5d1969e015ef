/** What the build stack declares: image, bundle, release. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import fc from "fast-check";
import { unzipSync } from "fflate";
import { Bundle, ImageBuild, Release } from "../../components";
import { pickFiles, zip } from "../../components/bundle/zip";
import { UserError } from "../../core/errors";
import { projectFolder } from "../../store/project";
import { aRecipe, aRelease } from "../fixtures";
import { type Declared, record, settled, valueOf } from "./mocks";

describe("components", () => {
  let declared: Declared[];
  const image = `registry.example.gov/flood-formula@sha256:${"41".repeat(32)}`;
  beforeEach(async () => {
    declared = await record({
      "pulumi:providers:docker": {},
      "docker:index/image:Image": { repoDigest: image },
      "pulumi-nodejs:dynamic/hms:Zip": { sha256: "b5", size: 12 },
      "pulumi-nodejs:dynamic/hms:Record": { tag: "8e9a12c" },
    });
  });

  test("an image is named by its tree, so that a new commit with the same tree builds nothing", async () => {
    const build = new ImageBuild("flood-formula", {
      context: ".hms/exports/4b825dc",
      dockerfile: ".hms/exports/4b825dc/Dockerfile",
      tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
      repository: "registry.example.gov/flood-formula",
      args: { BASE: "registry.example.gov/node" },
    });
    expect(await valueOf(build.image)).toBe(image);
    await settled();
    expect(declared.find(({ type }) => type.endsWith("image:Image"))?.inputs).toMatchObject({
      imageName: "registry.example.gov/flood-formula:4b825dc642cb",
      build: { platform: "linux/amd64", args: { BASE: "registry.example.gov/node" } },
    });
  });

  test("a draft stays on the engine, under a tag of its own", async () => {
    const context = ".hms/exports/4b";
    new ImageBuild("draft", {
      ...{ context, dockerfile: `${context}/Dockerfile`, tree: "4b825dc642cb", draft: "draft-x" },
      repository: "registry.example.gov/flood-formula",
    });
    await settled();
    expect(declared.find(({ type }) => type.endsWith("image:Image"))?.inputs).toMatchObject({
      imageName: "registry.example.gov/flood-formula:draft-x",
      skipPush: true,
    });
  });

  test("a bundle is made of the export's files, with the commit's time", async () => {
    const bundle = new Bundle("flood-formula", {
      folder: ".hms/exports/4b",
      files: ["a.js"],
      committedAt: 7,
    });
    expect(await valueOf(bundle.sha256)).toBe("b5");
    await settled();
    expect(declared.find(({ type }) => type.endsWith("hms:Zip"))?.inputs).toMatchObject({
      folder: ".hms/exports/4b",
      files: ["a.js"],
      committedAt: 7,
    });
  });

  test("a release records what was built", async () => {
    const { commit, tree, subject, service, report } = aRelease();
    const release = new Release("flood-formula", {
      ...{ commit, tree, subject, service, report, image },
      ...{ bundleSha256: "b5", bundleSize: 12, recipe: aRecipe },
    });
    expect(await valueOf(release.tag)).toBe("8e9a12c");
    await settled();
  });
});

describe("a bundle's bytes", () => {
  const file = fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    bytes: fc.uint8Array({ maxLength: 64 }),
  });
  const files = fc.uniqueArray(file, { selector: ({ name }) => name, minLength: 1, maxLength: 8 });
  const time = fc.integer({ min: 0, max: 2_000_000_000 });

  test("do not depend on the order of the files", () => {
    fc.assert(
      fc.property(files, time, (some, at) => {
        expect(zip(some.toReversed(), at)).toEqual(zip(some, at));
      }),
    );
  });

  test("hold every file as it was", () => {
    fc.assert(
      fc.property(files, time, (some, at) => {
        const found = unzipSync(zip(some, at));
        expect(Object.keys(found).sort()).toEqual(some.map(({ name }) => name).sort());
        for (const { name, bytes } of some) expect([...(found[name] ?? [])]).toEqual([...bytes]);
      }),
    );
  });

  test("do not depend on the machine's time zone", async () => {
    const script = `
      const { zip } = require("./components/dynamic/load.js")("components/bundle/zip");
      const bytes = zip([{ name: "a", bytes: Buffer.from("b") }], 1793404800);
      process.stdout.write(require("node:crypto").createHash("sha256").update(bytes).digest("hex"));`;
    const zones = ["UTC", "America/Anchorage", "Asia/Kathmandu"];
    const digests = await Promise.all(
      zones.map(
        async (TZ) => (await execa("node", ["-e", script], { cwd: projectFolder, env: { TZ } })).stdout,
      ),
    );
    expect(new Set(digests).size).toBe(1);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a bundle's files", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-bundle-"));
  fs.mkdirSync(path.join(folder, "rules"));
  fs.writeFileSync(path.join(folder, "rules", "flood.json"), "{}");
  fs.writeFileSync(path.join(folder, "formula.js"), "1");
  fs.symlinkSync("/etc/hostname", path.join(folder, "rules", "link"));

  test("are those that the patterns name, once", () => {
    expect(pickFiles(folder, ["formula.js", "rules/**", "*.js"]).map(({ name }) => name)).toEqual([
      "formula.js",
      "rules/flood.json",
    ]);
  });
  test("are none of the builder's own", () => {
    expect(() => pickFiles(folder, ["../*"])).toThrow(UserError);
  });
  test("are there", () => {
    expect(() => pickFiles(folder, ["formula.ts"])).toThrow(
      new UserError(
        'pipeline.yml: bundle: "formula.ts" matches no file of the commit. Correct or remove it.',
      ),
    );
  });
});
