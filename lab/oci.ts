/** Writes container images without a container engine: an OCI image layout, the same bytes for the same files. */
import { createHash, type Hash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { execa } from "execa";

/** How a container of the image starts: a part of the OCI image configuration, under its names. */
export interface ImageConfig {
  /** `NAME=value` each. */
  readonly Env: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir?: string;
  /** `UID:GID`. @default - root */
  readonly User?: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

const epoch = "1970-01-01T00:00:00Z";

/** The arguments of GNU tar for an archive that depends on names, modes and contents alone. */
export const tarArguments = (root: string): string[] => [
  ...["--create", "--file=-", "--format=gnu", "--sort=name", "--mtime=@0"],
  ...["--owner=0", "--group=0", "--numeric-owner", `--directory=${root}`, "."],
];

/** The name of a processor in OCI images. */
export const architectureOf = (arch: string): string => (arch === "x64" ? "amd64" : arch);

/**
 * Writes an image of one layer, under the tag `latest`.
 * @param root - the folder with its files, all of which will be root's
 * @param layout - the layout's folder, which is there
 */
export async function writeImage(root: string, layout: string, config: ImageConfig): Promise<void> {
  await mkdir(path.join(layout, "blobs", "sha256"), { recursive: true });
  const { layer, diffId } = await writeLayer(root, layout);
  const image = await writeJson(layout, types.config, {
    created: epoch,
    architecture: architectureOf(process.arch),
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created: epoch, created_by: "hms lab" }],
  });
  const manifest = await writeJson(layout, types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: image,
    layers: [layer],
  });
  const tagged = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "latest" } };
  await writeFile(path.join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeFile(path.join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [tagged] }));
}

/** The digest of the image in a layout. */
export async function imageDigest(layout: string): Promise<string> {
  const index = JSON.parse(await readFile(path.join(layout, "index.json"), "utf8")) as {
    manifests: Descriptor[];
  };
  return index.manifests[0]?.digest ?? "";
}

const blobPath = (layout: string, digest: string): string =>
  path.join(layout, "blobs", "sha256", digest.replace("sha256:", ""));

async function writeJson(layout: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  await writeFile(blobPath(layout, digest), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

async function writeLayer(root: string, layout: string): Promise<{ layer: Descriptor; diffId: string }> {
  const [plain, packed] = [createHash("sha256"), createHash("sha256")];
  const part = path.join(layout, "layer.part");
  const tar = execa("tar", tarArguments(root), { buffer: false });
  await Promise.all([
    pipeline(tar.stdout, passing(plain), createGzip(), passing(packed), createWriteStream(part)),
    tar,
  ]);
  const digest = `sha256:${packed.digest("hex")}`;
  await rename(part, blobPath(layout, digest));
  const { size } = await stat(blobPath(layout, digest));
  return { layer: { mediaType: types.layer, digest, size }, diffId: `sha256:${plain.digest("hex")}` };
}

/** Lets everything through, and adds it to a hash. */
const passing = (hash: Hash): Transform =>
  new Transform({
    transform: (chunk: Buffer, _, next) => {
      hash.update(chunk);
      next(null, chunk);
    },
  });
