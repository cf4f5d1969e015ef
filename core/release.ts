/** The record of one build. It never changes once it is made. */
export interface Release {
  /** The short commit hash: a name for people. Targets are given digests. */
  readonly tag: string;
  /** Full commit hash. */
  readonly commit: string;
  /** Hash of the commit's tree: the same content has the same tree, under whatever commit. */
  readonly tree: string;
  /** The commit's first line. */
  readonly subject: string;
  readonly service: string;
  /** `repository@sha256:…`: the manifest's digest. */
  readonly image: string;
  /** `sha256:…`: the digest of the image's configuration, which is what a docker engine calls the image's id. */
  readonly imageId: string;
  readonly bundle: Bundle;
  /** `sha256:…` of the compliance report that let it pass. */
  readonly report: string;
  /** `sha256:…` of the signed provenance among the blobs: how it was built, and its bills of materials. See provenance.ts. */
  readonly provenance: string;
  /** What a site checks before it loads anything. */
  readonly manifest: SignedManifest;
}

/** What a plan builds of a commit that was never built: good for previews, in no trail, and signed by nobody. */
export interface DraftRelease extends Release {
  readonly draft: true;
}

/** Whether a release is such a draft. */
export function isDraft(release: Release): boolean {
  return "draft" in release;
}

/** What partners get: a deterministic zip, kept among the blobs by its digest. */
export interface Bundle {
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Ed25519 over the zip's bytes, Base64: what a partner verifies. */
  readonly signature: string;
}

/** A release's manifest among the blobs, and who vouches for it. See manifest.ts. */
export interface SignedManifest {
  /** Hex. */
  readonly sha256: string;
  /** Ed25519 over the manifest's bytes, Base64. */
  readonly signature: string;
}

/** Length of a tag, in hexadecimal digits of the commit hash. */
const tagLength = 7;

/** The tag of a commit. */
export function tagOf(commit: string): string {
  return commit.slice(0, tagLength);
}

/** The name under which a release's image is pushed: by its content, so that the same tree is not built again. */
export function taggedImage(repository: string, tree: string): string {
  return `${repository}:${tree.slice(0, 12)}`;
}

/** An image's repository: what stands before its tag and digest. */
export function repositoryOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
}

/** The digest in `repository@sha256:…`. */
export function digestOf(image: string): string {
  return image.slice(image.indexOf("@") + 1);
}

/** Twelve digits of a digest: enough to name things by it, short enough for a container's name. */
export function shortDigest(digest: string): string {
  return digest.replace(/^.*sha256:/, "").slice(0, 12);
}

/** How the names of the containers of a release's image begin on a docker host: what follows is drawn by lot. */
export function appNameStart(service: string, image: string): string {
  return `${service}-${shortDigest(image)}-`;
}

/** Whether an image is named by digest and by nothing else. */
export function isByDigest(image: string): boolean {
  return /^[^@\s]+@sha256:[0-9a-f]{64}$/.test(image);
}
