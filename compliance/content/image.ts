/** Looks into the layers of a container image: what ships is not what was in the commit. */
import fs from "node:fs";
import path from "node:path";
import { UserError } from "../../core/errors";
import type { Scan } from "./index";
import { scanStream } from "./file";
import type { Stream } from "./readers/stream";

/** Which part of an image is looked at. */
export interface ImageOptions {
  /**
   * Digests of layers that are not looked at: those of the base image, which the service's team can't mend. Of the layer as it
   * is stored, or of what it unpacks to (`diff_id`). @default none
   */
  readonly skipLayers?: readonly string[];
}

/** An image may be large; a layer's files are looked at one by one. */
const limits = { bytes: 16 * 1024 ** 3, members: 2_000_000 };

interface Layer {
  readonly digest: string;
  readonly diffId: string | undefined;
  readonly path: string;
}

interface Descriptor {
  readonly digest: string;
  readonly mediaType?: string;
  readonly annotations?: Record<string, string>;
}

/**
 * Looks for personal data and secrets in an image's own layers.
 *
 * @param folder an OCI layout, or what `docker save` writes, unpacked
 * @throws UserError when it is neither
 */
export async function scanImage(folder: string, { skipLayers = [] }: ImageOptions = {}): Promise<Scan> {
  const scan: Scan = { findings: [], skipped: [], files: 0, bytes: 0 };
  const skip = new Set(skipLayers);
  let [files, bytes] = [0, 0];
  for (const { digest, diffId, path: file } of layersOf(folder)) {
    if (skip.has(digest) || (diffId !== undefined && skip.has(diffId))) continue;
    const name = `sha256:${digest.replace(/^sha256:/, "").slice(0, 12)}`;
    const stream = fs.createReadStream(file, { highWaterMark: 1024 ** 2 }) as Stream;
    const found = await scanStream({ stream, file: name }, limits);
    for (const { member, line, column, rule, category, severity, sample, remedy } of found.findings) {
      const place = { file: member === "" ? name : `${name}!${member}`, line, column };
      scan.findings.push({ ...place, rule, category, severity, sample, remedy });
    }
    for (const { member, why } of found.skipped) {
      scan.skipped.push({ file: member === "" ? name : `${name}!${member}`, why });
    }
    files += 1;
    bytes += fs.statSync(file).size;
  }
  return { ...scan, files, bytes };
}

/** The layers of all images in a folder, each once, the base image's first. */
function layersOf(folder: string): Layer[] {
  const layers = fs.existsSync(path.join(folder, "index.json"))
    ? ociLayers(folder, readJson<{ manifests: Descriptor[] }>(folder, "index.json").manifests)
    : archiveLayers(folder);
  return layers.filter(({ path: file }, place) => layers.findIndex((other) => other.path === file) === place);
}

const blobPath = (digest: string): string => path.join("blobs", digest.replace(":", "/"));

function ociLayers(folder: string, descriptors: readonly Descriptor[]): Layer[] {
  return descriptors.flatMap(({ digest, annotations }) => {
    // BuildKit keeps what it says about a build beside the image: that is no part of it.
    if (annotations?.["vnd.docker.reference.type"] === "attestation-manifest") return [];
    const manifest = readJson<{ manifests?: Descriptor[]; layers?: Descriptor[]; config?: Descriptor }>(
      folder,
      blobPath(digest),
    );
    if (manifest.manifests !== undefined) return ociLayers(folder, manifest.manifests);
    const diffIds = manifest.config === undefined ? [] : diffIdsOf(folder, blobPath(manifest.config.digest));
    return (manifest.layers ?? []).map((layer, place) => ({
      digest: layer.digest,
      diffId: diffIds[place],
      path: path.join(folder, blobPath(layer.digest)),
    }));
  });
}

function archiveLayers(folder: string): Layer[] {
  if (!fs.existsSync(path.join(folder, "manifest.json"))) {
    throw new UserError(`"${folder}" holds no image. Give an OCI layout, or an unpacked "docker save".`);
  }
  return readJson<{ Config: string; Layers: string[] }[]>(folder, "manifest.json").flatMap((image) => {
    const diffIds = diffIdsOf(folder, image.Config);
    return image.Layers.map((file, place) => {
      const diffId = diffIds[place];
      const name = /([0-9a-f]{64})/.exec(file)?.[1];
      return { digest: diffId ?? `sha256:${name ?? String(place)}`, diffId, path: inside(folder, file) };
    });
  });
}

const diffIdsOf = (folder: string, config: string): readonly string[] =>
  readJson<{ rootfs?: { diff_ids?: string[] } }>(folder, config).rootfs?.diff_ids ?? [];

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- each caller knows its file
const readJson = <T>(folder: string, file: string): T =>
  JSON.parse(fs.readFileSync(inside(folder, file), "utf8")) as T;

/** A path of the image's own lists, which must not lead out of the folder. */
function inside(folder: string, file: string): string {
  const full = path.resolve(folder, file);
  if (full.startsWith(path.resolve(folder) + path.sep)) return full;
  throw new UserError(`The image in "${folder}" names a file outside of it. Save the image again.`);
}
