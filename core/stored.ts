/** The blobs that an entry can't be without. */
import type { Body } from "./entry";

/** A blob that an entry names. */
export interface Stored {
  /** Hex. */
  readonly sha256: string;
  /** The field that names it, e.g. `attestation`. */
  readonly what: string;
}

/**
 * The blobs that must be there: every digest that a report or a release holds, but that of the image's configuration,
 * which lies in the registry. What other entries say is what targets said: they name things that lie elsewhere.
 */
export function storedBy(body: Body): Stored[] {
  return body.type === "report" || body.type === "release" ? digestsIn(body, body.type) : [];
}

function digestsIn(value: object, owner: string): Stored[] {
  return Object.entries(value).flatMap(([name, held]: [string, unknown]): Stored[] => {
    if (typeof held === "object" && held !== null) {
      return digestsIn(held, name);
    }
    const [, sha256] = (typeof held === "string" && /^(?:sha256:)?([0-9a-f]{64})$/.exec(held)) || [];
    return sha256 === undefined || name === "imageId"
      ? []
      : [{ sha256, what: name === "sha256" || name === "digest" ? owner : name }];
  });
}
