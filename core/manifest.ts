/** A release in a few lines that a site can check with `openssl` and `sha256sum` alone, without a line to anybody (design D6). */
import { digestOf, type Release } from "./release";

/** What a manifest is about: a release, but for the manifest itself. */
export type Manifested = Pick<
  Release,
  "service" | "tag" | "commit" | "report" | "image" | "imageId" | "bundle"
>;

/**
 * The manifest of a release: `KEY VALUE` lines, then a line for each blob of the image as `sha256sum -c` reads it.
 *
 * @param blobs `sha256:…` of the image's configuration and layers
 */
export function manifestOf(release: Manifested, blobs: readonly string[]): string {
  const { service, tag, commit, report, image, imageId, bundle } = release;
  const facts = [
    "hms-release 1",
    `service ${service}`,
    `tag ${tag}`,
    `commit ${commit}`,
    `report ${report}`,
    `image ${digestOf(image)}`,
    `id ${imageId}`,
    `bundle sha256:${bundle.sha256}`,
  ];
  const lines = blobs
    .map((digest) => digest.replace("sha256:", ""))
    .map((hex) => `${hex}  blobs/sha256/${hex}`);
  return [...facts, ...lines, ""].join("\n");
}

/** The blobs that a manifest, or an image's list of digests, names: hex, in its order. */
export function blobsIn(text: string): string[] {
  return [...text.matchAll(/^([0-9a-f]{64}) {2}blobs\/sha256\/\1$/gm)].map(([, hex = ""]) => hex);
}
