/** Checks the blobs of a trail: each is what its name says, and those that entries can't be without are there. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { isSignedBy, type Keyring, type Opened, open } from "../../core/dsse";
import { UserError } from "../../core/errors";
import { sbomsOf } from "../../core/provenance";
import type { Statement } from "../../core/statement";
import { directoryBlobs } from "../../store/blobs";
import type { ChainFacts } from "./chain-check";
import { type AuditPlace, readEntryFile } from "./place";
import type { Fault } from "./slice";

/** The blobs of a trail. */
export interface BlobFacts {
  /** Hex digests of those that are whole. */
  readonly whole: ReadonlySet<string>;
  /** Hex digests, by the name of the file, of those that are not. */
  readonly altered: ReadonlySet<string>;
  /** Hex digests of signed envelopes whose signature is not of a trusted key. */
  readonly unsigned: ReadonlySet<string>;
}

/** The names of a trail's blobs. */
export function blobNames(trail: string): string[] {
  const folder = path.dirname(directoryBlobs(trail).pathOf("any"));
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  // What a killed writer has left is no blob, and never becomes one.
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name));
}

/** Reads every blob. */
export async function checkBlobs({ trail, keyring }: AuditPlace): Promise<BlobFacts> {
  const stored = directoryBlobs(trail);
  const facts = { whole: new Set<string>(), altered: new Set<string>(), unsigned: new Set<string>() };
  for (const sha256 of blobNames(trail)) {
    const hash = createHash("sha256");
    await pipeline(fs.createReadStream(stored.pathOf(sha256)), hash);
    if (hash.digest("hex") === sha256) {
      facts.whole.add(sha256);
    } else {
      facts.altered.add(sha256);
    }
    if (isUnsigned(stored.pathOf(sha256), keyring)) {
      facts.unsigned.add(sha256);
    }
  }
  return facts;
}

/** An envelope is small; what is larger is an image, a bundle, a bill of materials. */
const largestEnvelope = 4_000_000;

/** The envelope in a file; undefined for a file that holds something else. */
export function envelopeIn(file: string): Opened | undefined {
  if (fs.statSync(file).size > largestEnvelope) {
    return undefined;
  }
  try {
    return open(fs.readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function isUnsigned(file: string, keyring: Keyring): boolean {
  const opened = envelopeIn(file);
  const key = opened && keyring.get(opened.keyId);
  return opened !== undefined && (key === undefined || !isSignedBy(opened, key));
}

/** The first entry that names a blob which is not what the entry says. */
export function faultOfBlobs(trail: string, { stored }: ChainFacts, blobs: BlobFacts): Fault | undefined {
  for (const { number, sha256, what } of stored) {
    const wrong = wrongWith(sha256, blobs);
    if (wrong !== undefined) {
      return { number, what: `names the ${nameOf(what, sha256)}, ${wrong}` };
    }
    const bill =
      what === "provenance"
        ? billsIn(trail, sha256).find((each) => wrongWith(each.sha256, blobs))
        : undefined;
    if (bill !== undefined) {
      return {
        number,
        what: `names a provenance of the ${nameOf(bill.name, bill.sha256)}, ${wrongWith(bill.sha256, blobs) ?? ""}`,
      };
    }
  }
  return undefined;
}

const nameOf = (what: string, sha256: string): string => `${what} sha256:${sha256.slice(0, 12)}…`;

function wrongWith(sha256: string, { whole, altered, unsigned }: BlobFacts): string | undefined {
  if (altered.has(sha256)) return "which was altered";
  if (!whole.has(sha256)) return "which is missing";
  return unsigned.has(sha256) ? "whose signature is not of a trusted key" : undefined;
}

/** The bills of materials that a provenance names. */
function billsIn(trail: string, sha256: string): ReturnType<typeof sbomsOf> {
  const opened = envelopeIn(directoryBlobs(trail).pathOf(sha256));
  return opened === undefined ? [] : sbomsOf(JSON.parse(opened.payload) as Statement);
}

/**
 * The first entry that has the digest of a bad blob anywhere in its text: for blobs that no entry must have.
 *
 * @throws UserError when no entry names the blob
 */
export function faultOfOthers(place: AuditPlace, { altered }: BlobFacts): Fault | undefined {
  const [first] = altered;
  if (first === undefined) {
    return undefined;
  }
  for (const [index, name] of place.names.entries()) {
    const { payload } = open(readEntryFile(place.trail, name));
    const sha256 = [...altered].find((each) => payload.includes(each));
    if (sha256 !== undefined) {
      return { number: index + 1, what: `names sha256:${sha256.slice(0, 12)}…, which was altered` };
    }
  }
  throw new UserError(
    `The file ${directoryBlobs(place.trail).pathOf(first)} is not what its name says: it was altered. Put it back from a copy of the trail.`,
  );
}
