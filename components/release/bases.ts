/** What an image was built on. */
import fs from "node:fs";
import path from "node:path";
import { baseImagesOf } from "../../core/dockerfile";
import type { BuildFacts, Recipe } from "../../core/provenance";
import { digestOf, repositoryOf } from "../../core/release";
import { digestOfTag, inspectImage } from "../../probe/registry";
import { type Commit, exportCommit } from "../../store/source";

/** How long a registry may take to name a base image, in seconds: without an answer the provenance has no digest of it. */
const baseTimeout = 10;

/** The images that the Dockerfile names, with their digests where their registries tell them. */
export async function basesOf(recipe: Recipe, commit: Commit): Promise<BuildFacts["bases"]> {
  const { dockerfile, args, platform } = recipe;
  const { folder } = await exportCommit(recipe.repository, commit);
  const text = fs.readFileSync(path.join(folder, dockerfile), "utf8");
  return Promise.all(
    baseImagesOf(text, args, platform).map(async (image) => {
      const digest = image.includes("@") ? digestOf(image) : await digestOfTag(image, baseTimeout);
      return { image, ...(digest !== undefined && { sha256: digest.replace("sha256:", "") }) };
    }),
  );
}

/**
 * Digests of the layers of the images that the platform builds on, as far as their registries tell them: those that its own build
 * arguments name. What a commit names by itself is the commit's own doing.
 */
export async function layersOfBases(
  bases: BuildFacts["bases"],
  { args, platform }: Recipe,
): Promise<string[]> {
  const own = new Set(Object.values(args).flatMap((image) => baseImagesOf(`FROM ${image}`, {}, platform)));
  const images = await Promise.all(
    bases
      .filter(({ image }) => own.has(image))
      .map(async ({ image, sha256 }) =>
        sha256 === undefined
          ? undefined
          : await inspectImage(`${repositoryOf(image)}@sha256:${sha256}`).catch(() => undefined),
      ),
  );
  // The first blob of an image is its configuration.
  return images.flatMap((image) => image?.blobs.slice(1).map(({ digest }) => digest) ?? []);
}
