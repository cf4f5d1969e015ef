/** `hms audit verify`: whether a trail is what was written, to the last byte. */
import { BadEntry, digestOfFile, fileNameOf, type Head } from "../../core/chain";
import { UserError } from "../../core/errors";
import { checkBlobs, faultOfBlobs, faultOfOthers } from "./blob-check";
import { checkChain, firstOf } from "./chain-check";
import { type AuditOptions, type AuditPlace, auditPlace, cutOff, knownHeads, readEntryFile } from "./place";
import type { Fault } from "./slice";

/** What to verify. */
export interface VerifyOptions extends AuditOptions {
  /** An entry that was noted elsewhere, and must be in the trail. */
  readonly head?: Head;
  /** Is told how far it is, when it takes more than two seconds. */
  readonly onProgress?: (line: string) => void;
}

/** What a whole trail is. Field names are stable: `--json` prints it. */
export interface Verified {
  /** Where it lies, absolute. */
  readonly trail: string;
  readonly entries: number;
  readonly blobs: number;
  /** The ids of the keys that signed. */
  readonly signers: readonly string[];
  readonly head: Head;
  readonly seconds: number;
}

/** How often it is said how far it is, in milliseconds. */
const interval = 2000;

/**
 * Verifies a trail: chain, every signature, every stored digest.
 *
 * @throws BadEntry for the first entry that is not what was written
 * @throws UserError when there is nothing to verify
 */
export async function verify(options: VerifyOptions = {}): Promise<Verified> {
  const began = performance.now();
  const heads = knownHeads(options, options.head);
  const place = auditPlace(options, heads[0]);
  let done = 0;
  const timer = setInterval(() => {
    options.onProgress?.(`${String(done)} of ${String(place.names.length)} entries checked`);
  }, interval);
  try {
    const [chain, blobs] = await Promise.all([
      checkChain(place, (entries) => {
        done += entries;
      }),
      checkBlobs(place),
    ]);
    const fault = firstOf([
      chain.fault,
      faultOfBlobs(place.trail, chain, blobs),
      ...(chain.fault === undefined ? heads.map((head) => faultOfHead(place, head)) : []),
    ]);
    const first = fault ?? faultOfOthers(place, blobs);
    if (first !== undefined) {
      throw new BadEntry(first.number, first.what);
    }
    return {
      trail: place.trail,
      entries: place.names.length,
      blobs: blobs.whole.size,
      signers: chain.signers,
      head: { number: place.names.length, digest: chain.digest },
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    clearInterval(timer);
  }
}

/**
 * Makes sure that a trail, whose chain is good, holds what is known to have been there.
 *
 * @throws BadEntry
 */
export function requireHeads(place: AuditPlace, heads: readonly Head[]): void {
  const fault = firstOf(heads.map((head) => faultOfHead(place, head)));
  if (fault !== undefined) {
    throw new BadEntry(fault.number, fault.what);
  }
}

/** What is wrong when a trail does not hold an entry that is known. */
function faultOfHead({ trail, names }: AuditPlace, known: Head): Fault | undefined {
  if (known.number > names.length) {
    const { number, what } = cutOff(names.length, known);
    return { number, what };
  }
  return digestOfFile(readEntryFile(trail, fileNameOf(known.number))) === known.digest
    ? undefined
    : { number: known.number, what: "is not the one that is known: it, or one before it, was written anew" };
}

/** The verdict in a sentence, for people. */
export function formatVerified({ trail, entries, blobs, signers, head, seconds }: Verified): string {
  return (
    `The trail ${trail} is whole. Entries: ${String(entries)}, stored files: ${String(blobs)}, signed by ` +
    `${signers.map((keyId) => `${keyId.slice(0, 12)}…`).join(", ")}, checked in ${seconds.toFixed(1)} s.\n` +
    `Note its head, and give it to the next check: --head ${String(head.number)}:${head.digest}`
  );
}

/**
 * The head in `NUMBER:SHA256`.
 *
 * @throws UserError when it is none
 */
export function parseHead(text: string): Head {
  const [, number, digest] = /^([1-9]\d*):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number === undefined || digest === undefined) {
    throw new UserError(
      `"${text}" is no head of a trail. Allowed: NUMBER:SHA256, as "hms audit verify" prints it.`,
    );
  }
  return { number: Number(number), digest };
}
