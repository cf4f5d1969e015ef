/** Reads what an image holds out of its layers, without an engine: each layer once, then by its digest from a cache. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pipeline, type Transform } from "node:stream";
import zlib from "node:zlib";
import { execa } from "execa";
import { extract } from "tar-stream";
import { isProgram, partsOfProgram } from "../core/binaries";
import { type Layer, removedBy } from "../core/contents";
import { lastLine, messageOf, Refused } from "../core/errors";
import { isTelling } from "../core/packages";
import type { Part } from "../core/sbom";
import { workFolder } from "../store/project";
import { type RegistryImage, sourceTlsOptions } from "./registry";

/** To be raised when what is read of a layer changes: what is in the cache is read anew then. */
const revision = 1;

/** A larger program is a file like any other. */
const largestProgram = 256 * 1024 * 1024;

/** Where skopeo reads an image, and with which options. */
interface Source {
  /** Such as `docker://registry.example.gov/flood-formula@sha256:…`. */
  readonly name: string;
  readonly options: readonly string[];
}

/**
 * What the layers of an image in a registry hold, the lowest first.
 *
 * @param image `repository@sha256:…`
 * @throws Refused when the registry does not give it
 */
export function layersOf(image: string, { blobs }: RegistryImage): Promise<Layer[]> {
  const digests = blobs.slice(1).map(({ digest }) => digest);
  return readLayers(sourceOf(image), digests, path.join(workFolder, "layers"));
}

const sourceOf = (image: string): Source => ({ name: `docker://${image}`, options: sourceTlsOptions(image) });

/**
 * Fetches an image from a registry as an OCI layout.
 *
 * @param image `repository@sha256:…`
 * @param without `sha256:…` of blobs that are not wanted: they are empty files there
 * @throws Refused when the registry does not give it
 */
export async function fetchLayout(image: string, folder: string, without: readonly string[]): Promise<void> {
  const names = without.map((digest) => digest.replace("sha256:", ""));
  await fetch(sourceOf(image), folder, names);
  fs.renameSync(path.join(folder, "layout", "index.json"), path.join(folder, "index.json"));
}

/**
 * What some layers hold: from the cache those that are there, the others from the source.
 *
 * @param digests `sha256:…`
 */
export async function readLayers(
  source: Source,
  digests: readonly string[],
  cacheFolder: string,
): Promise<Layer[]> {
  const names = digests.map((digest) => digest.replace("sha256:", ""));
  const cached = (name: string): string => path.join(cacheFolder, `v${String(revision)}`, `${name}.json`);
  const missing = new Set(names.filter((name) => !fs.existsSync(cached(name))));
  if (missing.size > 0) {
    fs.mkdirSync(path.dirname(cached("")), { recursive: true });
    const draft = fs.mkdtempSync(path.join(cacheFolder, "draft-"));
    try {
      const known = names.filter((name) => !missing.has(name));
      const blobFolder = await fetch(source, draft, known);
      for (const name of missing) {
        const layer = await readLayer(path.join(blobFolder, name)).catch((error: unknown): never => {
          throw new Refused(
            `The layer ${name.slice(0, 12)} of ${imageOf(source)} can't be read (${messageOf(error)}). Build it again.`,
          );
        });
        const part = path.join(draft, name);
        fs.writeFileSync(part, JSON.stringify(layer));
        fs.renameSync(part, cached(name));
      }
    } finally {
      fs.rmSync(draft, { recursive: true, force: true });
    }
  }
  return names.map((name) => JSON.parse(fs.readFileSync(cached(name), "utf8")) as Layer);
}

/** Fetches an image's blobs but for those that are known. Returns their folder. */
async function fetch(source: Source, draft: string, known: readonly string[]): Promise<string> {
  const blobFolder = path.join(draft, "blobs", "sha256");
  fs.mkdirSync(blobFolder, { recursive: true });
  // skopeo takes a blob that has its file already for fetched, and looks no further.
  known.forEach((name) => {
    fs.writeFileSync(path.join(blobFolder, name), "");
  });
  const copied = await execa("skopeo", copyArgs(source, draft), { reject: false });
  if (copied.failed) {
    const why = lastLine(copied.stderr);
    throw new Refused(`The registry does not give ${imageOf(source)}: ${why}`);
  }
  return blobFolder;
}

const imageOf = ({ name }: Source): string => name.replace("docker://", "");

/** skopeo's arguments for a copy whose blobs lie in `blobs/sha256` of a folder. */
export function copyArgs({ name, options }: Source, folder: string): string[] {
  const blobs = path.join(folder, "blobs");
  return ["copy", "--quiet", "--dest-shared-blob-dir", blobs, ...options, name, `oci:${folder}/layout:image`];
}

/** What one layer's file holds. */
export async function readLayer(file: string): Promise<Layer> {
  const files = byPath<string>();
  const texts = byPath<string>();
  const programs = byPath<Part[]>();
  const removed: string[] = [];
  const tar = extract();
  // Why it broke is told to the loop: a broken stream ends its reader, too.
  pipeline([fs.createReadStream(file), ...unpacker(file), tar], () => undefined);
  for await (const entry of tar) {
    const { type, size, ...header } = entry.header;
    const name = placeOf(header.name);
    const gone = removedBy(name);
    const target = placeOf(header.linkname);
    if (gone !== undefined || type === "symlink") {
      // A link takes the place of what lies below it.
      removed.push(gone ?? name);
    } else if (type === "link") {
      if (files[target] !== undefined) files[name] = files[target];
      if (texts[target] !== undefined && isTelling(name)) texts[name] = texts[target];
    } else if (type === "file" || type === "contiguous-file") {
      const stream = entry as unknown as AsyncIterable<Buffer>;
      const { sha256, bytes } = await digestAndBytes(stream, isTelling(name) || undefined, size);
      const parts = partsOfProgram(bytes, name);
      files[name] = sha256;
      if (isTelling(name)) texts[name] = bytes.toString("utf8");
      if (parts.length > 0) programs[name] = parts;
      continue;
    }
    entry.resume();
  }
  return { files, texts, programs, removed };
}

/** Values by path, be it `__proto__`. */
const byPath = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

/** A path without what tar writers put before it. */
const placeOf = (name: string | null | undefined): string =>
  path.posix
    .join("/", name ?? "")
    .slice(1)
    .replace(/\/$/, "");

/** Digest of a file, and its bytes where they are wanted or it is a program; else none. */
async function digestAndBytes(
  stream: AsyncIterable<Buffer>,
  isWanted: boolean | undefined,
  size: number,
): Promise<{ sha256: string; bytes: Buffer }> {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let keeps = isWanted;
  for await (const bytes of stream) {
    hash.update(bytes);
    keeps ??= isProgram(bytes) && size <= largestProgram;
    if (keeps) kept.push(bytes);
  }
  return { sha256: hash.digest("hex"), bytes: Buffer.concat(kept) };
}

/** What unpacks a layer, by its first bytes: gzip, zstd, or nothing for a plain tar. */
function unpacker(file: string): Transform[] {
  const handle = fs.openSync(file, "r");
  const magic = Buffer.alloc(4);
  fs.readSync(handle, magic, 0, 4, 0);
  fs.closeSync(handle);
  if (magic.readUInt16BE(0) === 0x1f8b) {
    return [zlib.createGunzip()];
  }
  return magic.readUInt32LE(0) === 0xfd2fb528 ? [zlib.createZstdDecompress()] : [];
}
