/** What is read out of an image's layers, and what is fetched for it. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { pack } from "tar-stream";
import { sha256Of, standInSkopeo } from "./skopeo";
import { copyArgs, readLayer, readLayers } from "../../probe/layers";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-layers-"));
});

interface Entry {
  readonly name: string;
  readonly text?: string;
  readonly type?: "symlink" | "link" | "directory";
  readonly linkname?: string;
}

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, text = "", type = "file", linkname } of entries) {
    tar.entry({ name, type, ...(linkname !== undefined && { linkname }) }, text);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function write(bytes: Uint8Array): string {
  const file = path.join(folder, "layer");
  fs.writeFileSync(file, bytes);
  return file;
}

const npm = '{"name":"a","version":"1.0.0"}';
const entries: readonly Entry[] = [
  { name: "./app/", type: "directory" },
  { name: "./app/server.js", text: "1" },
  { name: "app/same.js", type: "link", linkname: "./app/server.js" },
  { name: "/app/node_modules/a/package.json", text: npm },
  { name: "app/link.js", type: "symlink", linkname: "server.js" },
  { name: "app/.wh.old.js" },
  { name: "app/data/.wh..wh..opq" },
  { name: "usr/local/bin/node", text: "\x7fELF node.js/v24.21.0\0" },
  { name: "__proto__", text: "hidden" },
];
const where = "usr/local/bin/node";

describe("a layer", () => {
  test.each([
    ["tar", (bytes: Buffer) => bytes],
    ["gzip", (bytes: Buffer) => zlib.gzipSync(bytes)],
    ["zstd", (bytes: Buffer) => zlib.zstdCompressSync(bytes)],
  ])("of %s holds files, what tells of packages and programs, and what it removes", async (_as, packed) => {
    const layer = await readLayer(write(packed(await tarOf(entries))));
    expect(Object.entries(layer.files)).toEqual([
      ["app/server.js", sha256Of("1")],
      ["app/same.js", sha256Of("1")],
      ["app/node_modules/a/package.json", sha256Of(npm)],
      [where, sha256Of("\x7fELF node.js/v24.21.0\0")],
      ["__proto__", sha256Of("hidden")],
    ]);
    expect(Object.entries(layer.texts)).toEqual([["app/node_modules/a/package.json", npm]]);
    expect(Object.entries(layer.programs)).toEqual([
      [where, [{ kind: "generic", name: "node", version: "24.21.0", where }]],
    ]);
    expect(layer.removed).toEqual(["app/link.js", "app/old.js", "app/data/"]);
  });

  test("that breaks off is an error, never half a layer", async () => {
    const whole = await tarOf([{ name: "a", text: "x".repeat(100_000) }]);
    await expect(readLayer(write(zlib.gzipSync(whole).subarray(0, 80)))).rejects.toThrow();
    await expect(readLayer(write(whole.subarray(0, 50_000)))).rejects.toThrow();
  });
});

describe("an image's layers", () => {
  const source = (name: string) => ({ name, options: [] });

  test("are fetched once: then only those that are new", async () => {
    const skopeo = standInSkopeo(folder);
    const base = skopeo.add(await tarOf([{ name: "base", text: "1" }]));
    const app = skopeo.add(await tarOf([{ name: "app", text: "1" }]));
    const newer = skopeo.add(await tarOf([{ name: "app", text: "2" }]));
    const cache = path.join(folder, "cache");
    skopeo.addImage("a", "1", [base, app]);
    const first = await readLayers(source("docker://a:1"), [base, app], cache);
    expect(first.map(({ files }) => Object.keys(files))).toEqual([["base"], ["app"]]);
    expect(skopeo.fetched()).toEqual([base, app]);
    expect(await readLayers(source("docker://a:1"), [base, app], cache)).toEqual(first);
    skopeo.addImage("a", "2", [base, newer]);
    const second = await readLayers(source("docker://a:2"), [base, newer], cache);
    expect(second[1]?.files).toEqual({ app: sha256Of("2") });
    expect(skopeo.fetched()).toEqual([base, app, newer]);
    expect(fs.readdirSync(cache)).toEqual(["v1"]);
  });

  test("that a registry does not give are refused with its last word", async () => {
    standInSkopeo(folder).fail("manifest unknown");
    const reading = readLayers(source("docker://a@sha256:00"), [`sha256:${"00".repeat(32)}`], folder);
    await expect(reading).rejects.toThrow("The registry does not give a@sha256:00: manifest unknown");
  });

  test("that are broken are refused, and are not kept", async () => {
    const skopeo = standInSkopeo(folder);
    const digest = skopeo.add(Buffer.from("no tar at all".repeat(100)));
    skopeo.addImage("a", "1", [digest]);
    const cache = path.join(folder, "cache");
    await expect(readLayers(source("docker://a:1"), [digest], cache)).rejects.toThrow(
      /^The layer [0-9a-f]{12} of a:1 can't be read \(.+\)\. Build it again\.$/,
    );
    expect(fs.readdirSync(path.join(cache, "v1"))).toEqual([]);
    expect(fs.readdirSync(cache)).toEqual(["v1"]);
  });

  test("are copied by skopeo without their known blobs", () => {
    expect(copyArgs({ name: "docker://a@sha256:00", options: ["--src-tls-verify=false"] }, "/d")).toEqual([
      ...["copy", "--quiet", "--dest-shared-blob-dir", "/d/blobs", "--src-tls-verify=false"],
      ...["docker://a@sha256:00", "oci:/d/layout:image"],
    ]);
  });
});
