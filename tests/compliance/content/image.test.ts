import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { scanImage } from "../../../compliance/content";
import { folderWith, remove } from "../folder";
import { card, ssn } from "../numbers";
import { gzipOf, tarOf } from "./archives";

let folder = "";
afterEach(() => {
  remove(folder);
});

const digestOf = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** An OCI layout with a base layer and one of its own. */
async function layout(): Promise<{ base: string; baseDiff: string; own: string }> {
  const base = await tarOf({ "usr/share/base.txt": ssn() });
  const own = await tarOf({
    "app/rules/contacts.json": `{\n"ssn": "${ssn()}"}`,
    "app/server.js": "listen()",
  });
  const config = JSON.stringify({
    rootfs: { diff_ids: [base, own].map((tar) => `sha256:${digestOf(tar)}`) },
  });
  const layers = [gzipOf(base), gzipOf(own)];
  const manifest = JSON.stringify({
    config: { digest: `sha256:${digestOf(config)}` },
    layers: layers.map((layer) => ({ digest: `sha256:${digestOf(layer)}` })),
  });
  const index = JSON.stringify({ manifests: [{ digest: `sha256:${digestOf(manifest)}` }] });
  const blobs = [config, manifest, ...layers].map(
    (blob) => [`blobs/sha256/${digestOf(blob)}`, blob] as const,
  );
  folder = folderWith({ "index.json": index, ...Object.fromEntries(blobs) });
  return {
    base: `sha256:${digestOf(layers[0] ?? "")}`,
    baseDiff: `sha256:${digestOf(base)}`,
    own: digestOf(layers[1] ?? "").slice(0, 12),
  };
}

test("an OCI layout: each layer's files, but not those of the base image", async () => {
  const { base, baseDiff, own } = await layout();
  expect((await scanImage(folder)).findings).toHaveLength(2);
  for (const skipLayers of [[base], [baseDiff]]) {
    const { findings, files } = await scanImage(folder, { skipLayers });
    expect(findings.map(({ file, line, rule }) => [file, line, rule])).toEqual([
      [`sha256:${own}!app/rules/contacts.json`, 2, "us-ssn"],
    ]);
    expect(files).toBe(1);
  }
});

test("an unpacked docker archive", async () => {
  const layer = await tarOf({ "a.txt": card() });
  folder = folderWith({
    "manifest.json": JSON.stringify([{ Config: "c.json", Layers: ["l/layer.tar"] }]),
    "c.json": JSON.stringify({ rootfs: { diff_ids: [`sha256:${digestOf(layer)}`] } }),
    "l/layer.tar": layer,
  });
  expect((await scanImage(folder)).findings).toMatchObject([
    { file: `sha256:${digestOf(layer).slice(0, 12)}!a.txt`, rule: "payment-card" },
  ]);
});

test("what is no image, or leads out of its folder, is refused", async () => {
  folder = folderWith({ "a.txt": "" });
  await expect(scanImage(folder)).rejects.toThrow(
    `"${folder}" holds no image. Give an OCI layout, or an unpacked "docker save".`,
  );
  fs.writeFileSync(path.join(folder, "manifest.json"), JSON.stringify([{ Config: "../c.json", Layers: [] }]));
  await expect(scanImage(folder)).rejects.toThrow(
    `The image in "${folder}" names a file outside of it. Save the image again.`,
  );
});
