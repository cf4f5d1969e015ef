/** Checks a slice of a trail: chain and signatures of the entries from one number to another. */
import { BadEntry, beginning, Chain, fileNameOf, placeAfter } from "../../core/chain";
import type { Keyring } from "../../core/dsse";
import { messageOf } from "../../core/errors";
import { type Stored, storedBy } from "../../core/stored";
import { readEntryFile } from "./place";

/** A part of a trail. */
export interface Slice {
  readonly trail: string;
  readonly names: readonly string[];
  /** Of the first of the names: the number that it should have. */
  readonly first: number;
  readonly keyring: Keyring;
}

/** What is wrong, and where. */
export interface Fault {
  readonly number: number;
  /** What is said after "Entry N of the trail". */
  readonly what: string;
}

/** What a slice holds, up to its first fault. */
export interface SliceFacts {
  readonly fault?: Fault;
  /** Of the last good entry's file, hex. */
  readonly digest: string;
  /** The ids of the keys that signed. */
  readonly signers: readonly string[];
  readonly rotations: readonly { readonly number: number; readonly to: string }[];
  readonly stored: readonly (Stored & { readonly number: number })[];
}

/** How many entries are checked between two words on how far it is. */
const step = 500;

/** Checks a slice. The entry before it is taken as it is: it is the slice before that answers for it. */
export function checkSlice(
  { trail, names, first, keyring }: Slice,
  onProgress: (entries: number) => void,
): SliceFacts {
  const rotations: { number: number; to: string }[] = [];
  const stored: (Stored & { number: number })[] = [];
  const signers = new Set<string>();
  let chain: Chain | undefined;
  let fault: Fault | undefined;
  try {
    chain = new Chain(keyring, first === 1 ? beginning : placeBefore(trail, first));
    for (const [index, name] of names.entries()) {
      const link = chain.read(name, readEntryFile(trail, name));
      chain.checkSignature(link);
      const { body, number } = link.entry;
      signers.add(link.opened.keyId);
      if (body.type === "keys-rotated") {
        rotations.push({ number, to: body.to });
      }
      storedBy(body).forEach((blob) => stored.push({ ...blob, number }));
      if ((index + 1) % step === 0) {
        onProgress(step);
      }
    }
  } catch (error) {
    fault = faultOf(error, (chain?.head.number ?? first - 1) + 1);
  }
  return { fault, digest: chain?.head.digest ?? "", signers: [...signers], rotations, stored };
}

/** @throws when the entry before is no entry: a fault of the slice before, which is the first one then */
function placeBefore(trail: string, first: number): ReturnType<typeof placeAfter> {
  return placeAfter(first - 1, readEntryFile(trail, fileNameOf(first - 1)));
}

function faultOf(error: unknown, number: number): Fault {
  return error instanceof BadEntry
    ? { number: error.number, what: error.what }
    : { number, what: `can't be read (${messageOf(error)})` };
}
