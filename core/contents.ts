/** What an image or a bundle holds, layer on layer. Pure. */
import { createHash } from "node:crypto";
import { isTelling, packagedFiles, packagesIn } from "./packages";
import type { Part } from "./sbom";

/** What one layer of an image holds; a bundle is one layer. Paths have no leading `/`. */
export interface Layer {
  /** Hex SHA-256 by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The text of files that tell of packages, by path: see `isTelling`. */
  readonly texts: Readonly<Record<string, string>>;
  /** What programs say of themselves, by path. */
  readonly programs: Readonly<Record<string, readonly Part[]>>;
  /** Paths of lower layers that are gone. */
  readonly removed: readonly string[];
}

/** Some files as one layer. */
export function layerOf(files: readonly (readonly [string, Uint8Array])[]): Layer {
  const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  return {
    files: Object.fromEntries(files.map(([path, bytes]) => [path, digest(bytes)])),
    texts: Object.fromEntries(
      files
        .filter(([path]) => isTelling(path))
        .map(([path, bytes]) => [path, Buffer.from(bytes).toString("utf8")]),
    ),
    programs: {},
    removed: [],
  };
}

/** What a layer's entry removes, if it is no file but a mark (https://github.com/opencontainers/image-spec, layer.md). */
export function removedBy(path: string): string | undefined {
  const cut = path.lastIndexOf("/") + 1;
  const [folder, base] = [path.slice(0, cut), path.slice(cut)];
  if (base === ".wh..wh..opq") {
    return folder;
  }
  return base.startsWith(".wh.") ? folder + base.slice(".wh.".length) : undefined;
}

/** The layers as a container sees them. */
export function squash(layers: readonly Layer[]): Layer {
  const files = new Map<string, string>();
  const texts = new Map<string, string>();
  const programs = new Map<string, readonly Part[]>();
  for (const layer of layers) {
    for (const map of [files, texts, programs]) {
      [...map.keys()].filter((path) => isGone(path, layer)).forEach((path) => map.delete(path));
    }
    for (const [path, sha256] of Object.entries(layer.files)) {
      files.set(path, sha256);
      setOrDelete(texts, path, layer.texts[path]);
      setOrDelete(programs, path, layer.programs[path]);
    }
  }
  return {
    files: Object.fromEntries(files),
    texts: Object.fromEntries(texts),
    programs: Object.fromEntries(programs),
    removed: [],
  };
}

const isGone = (path: string, { removed }: Layer): boolean =>
  removed.some((gone) => path === gone || path.startsWith(gone.endsWith("/") ? gone : `${gone}/`));

/** A newer file may be of another kind than the one below it. */
function setOrDelete<T>(map: Map<string, T>, path: string, value: T | undefined): void {
  if (value === undefined) {
    map.delete(path);
  } else {
    map.set(path, value);
  }
}

/** The parts of an image or a bundle: packages, programs that say what they are, and each file that came with none. */
export function partsOf(layers: readonly Layer[]): Part[] {
  const { files, texts, programs } = squash(layers);
  const packaged = packagedFiles(texts);
  const single = Object.entries(files).filter(
    ([path]) => !isOfPackage(path) && !packaged.has(path) && !packaged.has(path.replace(/^usr\//, "")),
  );
  return [
    ...packagesIn(texts),
    ...Object.values(programs).flat(),
    ...single.map(([path, sha256]): Part => ({ kind: "file", name: path, sha256, where: path })),
  ];
}

/** What a package manager put there: an npm package's files, a distribution's own records. */
const isOfPackage = (path: string): boolean =>
  /(^|\/)node_modules\/|^var\/lib\/dpkg\/|^(usr\/)?lib\/apk\/db\//.test(path);
