/** Signs statements, and keeps them among the blobs of the trail. */
import { seal } from "../core/dsse";
import type { Statement } from "../core/statement";
import { directoryBlobs } from "./blobs";
import { signer } from "./keys";
import { trailFolder } from "./project";

/** Signs a statement. Returns `sha256:…` of its envelope among the blobs. */
export function attest(statement: Statement<unknown>): string {
  const envelope = seal(JSON.stringify(statement), signer());
  return `sha256:${directoryBlobs(trailFolder()).put(Buffer.from(envelope))}`;
}
