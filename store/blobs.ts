/** Large things that the trail names by digest: reports and bundles, beside its entries. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { writeWholeFile } from "./whole-file";

/** Files named by their SHA-256. */
export interface Blobs {
  /** Keeps bytes; returns their SHA-256 in hex. Bytes that are there already are not written again. */
  put(bytes: Uint8Array): string;
  /** Where the bytes of a digest lie, or would. */
  pathOf(sha256: string): string;
  /** The bytes of a digest, with or without `sha256:`; undefined when they are not there, or not what their digest says. */
  bytes(digest: string): Buffer | undefined;
  /** The text of a digest, with or without `sha256:`; undefined when it is not there, or not what its digest says. */
  text(digest: string): string | undefined;
}

/** The blobs of the trail in a folder. */
export function directoryBlobs(trailFolder: string): Blobs {
  const folder = path.join(trailFolder, "blobs", "sha256");
  const pathOf = (sha256: string): string => path.join(folder, sha256);
  const bytesOf = (digest: string): Buffer | undefined => {
    const sha256 = digest.replace("sha256:", "");
    const bytes = fs.existsSync(pathOf(sha256)) ? fs.readFileSync(pathOf(sha256)) : undefined;
    return bytes !== undefined && digestOf(bytes) === sha256 ? bytes : undefined;
  };
  return {
    pathOf,
    bytes: bytesOf,
    text: (digest) => bytesOf(digest)?.toString("utf8"),
    put(bytes) {
      const sha256 = digestOf(bytes);
      if (!fs.existsSync(pathOf(sha256))) {
        fs.mkdirSync(folder, { recursive: true, mode: 0o750 });
        writeWholeFile(pathOf(sha256), bytes, { mode: 0o640, durable: true });
      }
      return sha256;
    },
  };
}

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
