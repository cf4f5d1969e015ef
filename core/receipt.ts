/** What a target says that it runs or holds: read back from the target, not assumed. */
export type Receipt =
  | {
      readonly kind: "runs";
      /** Digest of the image that serves: the manifest's on a cluster, the configuration's on a docker engine. */
      readonly image: string;
      readonly health: "healthy" | "unhealthy" | "starting";
      /** ISO 8601, UTC: since when what serves has been running. */
      readonly since: string;
      /** Names of the containers or pods that serve. */
      readonly units: readonly string[];
      /** Only where what serves was not made by hms: a container that somebody put in its place. */
      readonly ours?: false;
    }
  | {
      readonly kind: "holds";
      /** Hex SHA-256 of the bundle that lies in the inbox. */
      readonly sha256: string;
      /** Bytes. */
      readonly size: number;
      /** ISO 8601, UTC: when the server says that it came. */
      readonly since: string;
      /** Hex SHA-256 that the checksum file beside it names. @default none: there is no good checksum file */
      readonly listed?: string;
      /** What the signature file beside it holds, Base64. @default none: there is no signature file */
      readonly signature?: string;
    }
  | {
      /** The partner has taken the bundle away, as it is meant to. */
      readonly kind: "taken";
      /** Hex SHA-256 of the bundle that the inbox was given last. */
      readonly sha256: string;
      /** ISO 8601, UTC: when it was given. */
      readonly since: string;
    }
  | { readonly kind: "nothing" };

/** Whether a receipt is of a release: the image by either of its digests, in a container of ours, or the bundle. */
export function isOf(
  receipt: Receipt,
  release: { readonly image: string; readonly imageId: string; readonly bundle: { readonly sha256: string } },
): boolean {
  switch (receipt.kind) {
    case "runs":
      return (
        receipt.ours !== false &&
        (receipt.image === release.imageId || release.image.endsWith(`@${receipt.image}`))
      );
    case "holds":
    case "taken":
      return receipt.sha256 === release.bundle.sha256;
    case "nothing":
      return false;
  }
}

/**
 * How well what a target has is, in a word.
 *
 * @param isKnown whether it is one of our releases: only then is a bundle known to be whole
 */
export function healthOf(receipt: Receipt, isKnown: boolean): string {
  switch (receipt.kind) {
    case "runs":
      return receipt.health;
    case "holds":
      return isKnown ? "whole" : "unknown";
    case "taken":
      return "taken";
    case "nothing":
      return "nothing";
  }
}

/** Whether a target that gave this receipt can be relied on. */
export function isHealthy(receipt: Receipt): boolean {
  return receipt.kind === "runs" ? receipt.health === "healthy" : receipt.kind !== "nothing";
}

/** A receipt on one line, for people. */
export function describe(receipt: Receipt): string {
  switch (receipt.kind) {
    case "runs":
      return `runs ${receipt.image.slice(0, 19)}, ${receipt.health}, since ${receipt.since}${receipt.ours === false ? ", in a container that hms did not make" : ""}`;
    case "holds":
      return `holds a bundle of ${String(receipt.size)} bytes, sha256:${receipt.sha256.slice(0, 12)}, since ${receipt.since}`;
    case "taken":
      return `was given a bundle, sha256:${receipt.sha256.slice(0, 12)}, at ${receipt.since}, and has taken it`;
    case "nothing":
      return "nothing";
  }
}
