/** Images of nothing but busybox, made without a docker engine: there is none that a machine off the net could pull. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";

/** Where Debian's package busybox-static puts it. */
const busybox = "/bin/busybox";

/** What Go, and so every image, calls this machine's processor. */
const architecture = { arm64: "arm64", x64: "amd64" }[process.arch as string] ?? process.arch;

/** A file of an image, by what refers to it. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const mediaType = (what: string): string => `application/vnd.oci.image.${what}`;

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** The configuration of an image with one layer. */
export const imageConfiguration = (layerDigest: string, entrypoint: readonly string[]): object => ({
  architecture,
  os: "linux",
  config: { Entrypoint: entrypoint },
  rootfs: { type: "layers", diff_ids: [layerDigest] },
});

/**
 * Writes an image as an OCI layout. The same busybox and arguments give the same digest.
 * @param folder - to be made; what is there is replaced
 * @param name - the whole name of the image, with registry and tag
 * @param entrypoint - its command; the program is `/busybox`
 */
export async function writeBusyboxImage(
  folder: string,
  name: string,
  entrypoint: readonly string[],
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const blobs = path.join(folder, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const add = async (type: string, content: Buffer): Promise<Descriptor> => {
    const digest = sha256(content);
    await writeFile(path.join(blobs, digest), content);
    return { mediaType: mediaType(type), digest: `sha256:${digest}`, size: content.length };
  };
  const addJson = (type: string, content: object): Promise<Descriptor> =>
    add(type, Buffer.from(JSON.stringify(content)));

  const archive = path.join(folder, "layer.tar");
  const reproducible = [
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=0755",
    "--mtime=@0",
    "--dereference",
  ];
  await execa("tar", ["-cf", archive, ...reproducible, "-C", path.dirname(busybox), path.basename(busybox)]);
  const layer = await add("layer.v1.tar", await readFile(archive));
  await rm(archive);
  const config = await addJson("config.v1+json", imageConfiguration(layer.digest, entrypoint));
  const manifest = await addJson("manifest.v1+json", {
    schemaVersion: 2,
    mediaType: mediaType("manifest.v1+json"),
    config,
    layers: [layer],
  });
  const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  await writeFile(path.join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeFile(path.join(folder, "index.json"), JSON.stringify(index));
}

/** Gives an image to containerd, as a file: no registry takes part. Nothing happens when it has it. */
export async function importBusyboxImage(
  socket: string,
  folder: string,
  name: string,
  entrypoint: readonly string[],
): Promise<void> {
  const ctr = async (...args: string[]): Promise<string> =>
    (await execa("ctr", ["--address", socket, "--namespace", "k8s.io", ...args])).stdout;
  if ((await ctr("images", "list", "--quiet")).split("\n").includes(name)) return;
  await writeBusyboxImage(folder, name, entrypoint);
  const archive = `${folder}.tar`;
  await execa("tar", ["-cf", `${archive}.part`, "-C", folder, "oci-layout", "index.json", "blobs"]);
  await rename(`${archive}.part`, archive);
  await ctr("images", "import", archive);
}
