/** Finds out how a release was built and of what, and signs it. */
import fs from "node:fs";
import path from "node:path";
import { unzipSync } from "fflate";
import { layerOf, partsOf } from "../../core/contents";
import type { Entry } from "../../core/entry";
import { all } from "../../core/history";
import { type BuildFacts, provenanceOf, type Recipe } from "../../core/provenance";
import { digestOf, type Release, repositoryOf } from "../../core/release";
import { sbomOf } from "../../core/sbom";
import { layersOf } from "../../probe/layers";
import type { RegistryImage } from "../../probe/registry";
import { attest } from "../../store/attest";
import { directoryBlobs } from "../../store/blobs";
import { projectFolder, trailFolder } from "../../store/project";
import { archiveDigest } from "../../store/source";

/** A release before it has its provenance. */
type Built = Omit<Release, "provenance" | "manifest"> & {
  readonly recipe: Recipe;
  /** What the registry says of its image. */
  readonly registry: RegistryImage;
  /** What it was built on. */
  readonly bases: BuildFacts["bases"];
};

/** Signs the provenance of a release. Returns `sha256:…` of its envelope among the blobs. */
export async function makeProvenance(built: Built, entries: readonly Entry[]): Promise<string> {
  const { recipe, commit, bases } = built;
  const source = { ...built, committedAt: recipe.committedAt };
  const [sourceSha256, image] = await Promise.all([
    archiveDigest(recipe.repository, source),
    imageSbom(built),
  ]);
  const run = openRun(entries, commit);
  return attest(
    provenanceOf(built, recipe, {
      source: sourceSha256,
      bases,
      sboms: { image, bundle: bundleSbom(built) },
      ...(run !== undefined && { run }),
      finishedAt: new Date().toISOString(),
      versions: { hms: version(), node: process.versions.node },
    }),
  );
}

/** Keeps the bill of the image's materials. Returns its hex SHA-256. */
async function imageSbom({ image, tag, recipe, registry }: Built): Promise<string> {
  const repository = repositoryOf(image);
  const sha256 = digestOf(image).replace("sha256:", "");
  const parts = partsOf(await layersOf(image, registry));
  return keep(
    sbomOf(
      { type: "container", name: repository, version: tag, sha256, repository },
      parts,
      recipe.committedAt,
    ),
  );
}

/** Keeps the bill of the bundle's materials. Returns its hex SHA-256. */
function bundleSbom({ bundle, tag, recipe }: Built): string {
  const bytes = fs.readFileSync(directoryBlobs(trailFolder()).pathOf(bundle.sha256));
  const parts = partsOf([layerOf(Object.entries(unzipSync(bytes)))]);
  const whole = { type: "file", name: "bundle.zip", version: tag, sha256: bundle.sha256 } as const;
  return keep(sbomOf(whole, parts, recipe.committedAt));
}

const keep = (text: string): string => directoryBlobs(trailFolder()).put(Buffer.from(text));

/** The run that is at it; plain Pulumi has none. */
function openRun(entries: readonly Entry[], commit: string): BuildFacts["run"] {
  const finished = new Set(all(entries, "run-finished").map(({ body }) => body.run));
  const begun = all(entries, "run-started").findLast(({ body }) => body.commit === commit);
  return begun === undefined || finished.has(begun.body.run)
    ? undefined
    : { number: begun.body.run, startedAt: begun.time };
}

function version(): string {
  const text = fs.readFileSync(path.join(projectFolder, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
