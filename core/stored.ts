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
 * which lies in the registry; the list of a medium, the file that a receipt came in, and the plan
 * that a run did. What else entries say is what targets
 * said: they name things that lie elsewhere.
 */
export function storedBy(body: Body): Stored[] {
  switch (body.type) {
    case "report":
    case "release":
      return digestsIn(body, body.type);
    case "release-exported":
      return [{ sha256: body.medium.replace("sha256:", ""), what: "medium" }];
    case "run-started":
      return body.plan === undefined ? [] : [{ sha256: body.plan.replace("sha256:", ""), what: "plan" }];
    case "receipt":
      return body.file === undefined ? [] : [{ sha256: body.file.replace("sha256:", ""), what: "receipt" }];
    default:
      return [];
  }
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
