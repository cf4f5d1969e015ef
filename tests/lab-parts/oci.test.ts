import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { librariesIn } from "../../lab/images";
import { architectureOf, type ImageConfig, imageDigest, writeImage } from "../../lab/oci";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hms-oci-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const config: ImageConfig = { Env: ["PATH=/bin"], Cmd: ["sh"] };

/** Writes an image whose files were made in the given order, and at different times. */
async function make(name: string, files: readonly string[]): Promise<string> {
  const root = path.join(folder, `${name}-root`);
  mkdirSync(path.join(root, "bin"), { recursive: true });
  for (const file of files) {
    writeFileSync(path.join(root, "bin", file), file);
    chmodSync(path.join(root, "bin", file), 0o755);
    utimesSync(path.join(root, "bin", file), Math.random() * 1e9, Math.random() * 1e9);
  }
  symlinkSync("a", path.join(root, "bin", "z"));
  const layout = path.join(folder, name);
  await writeImage(root, layout, config);
  return layout;
}

test("the same files give the same image, whenever and in whatever order they were made", async () => {
  const [one, two, other] = [
    await make("one", ["a", "b"]),
    await make("two", ["b", "a"]),
    await make("other", ["a", "c"]),
  ];
  expect(await imageDigest(one)).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await imageDigest(two)).toBe(await imageDigest(one));
  expect(await imageDigest(other)).not.toBe(await imageDigest(one));
});

test("a layout is whole: every blob is what its name says, and the layer unpacks to what the image promises", async () => {
  const layout = await make("one", ["a", "b"]);
  const blobs = path.join(layout, "blobs", "sha256");
  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  const read = (digest: string) => readFileSync(path.join(blobs, digest.replace("sha256:", "")));
  expect(readdirSync(blobs)).toHaveLength(3);
  for (const name of readdirSync(blobs)) expect(sha256(readFileSync(path.join(blobs, name)))).toBe(name);

  const manifest = JSON.parse(read(await imageDigest(layout)).toString()) as {
    config: { digest: string; size: number };
    layers: [{ digest: string; size: number }];
  };
  const image = JSON.parse(read(manifest.config.digest).toString()) as {
    rootfs: { diff_ids: string[] };
    config: object;
  };
  const layer = read(manifest.layers[0].digest);
  expect(image.config).toEqual(config);
  expect(layer).toHaveLength(manifest.layers[0].size);
  expect(image.rootfs.diff_ids).toEqual([`sha256:${sha256(gunzipSync(layer))}`]);
});

test("processors have Go's names", () => {
  expect([architectureOf("x64"), architectureOf("arm64")]).toEqual(["amd64", "arm64"]);
});

test("the libraries of a program are found where it looks for them", () => {
  const output = `\tlinux-vdso.so.1 (0x00007fab0ff8b000)
\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007fab0ff75000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007fab0ff8d000)`;
  expect(librariesIn(output)).toEqual(["/lib/x86_64-linux-gnu/libdl.so.2", "/lib64/ld-linux-x86-64.so.2"]);
});
