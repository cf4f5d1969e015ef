/** What a partner gets of a release, and how it comes into the inbox and out again. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checksumName, defaultFileName, isLeftover, signatureName } from "../../core/drop-files";
import { Refused, UserError } from "../../core/errors";
import type { Inbox } from "../../probe/inbox";
import { type BundleFile, checksumText, type Holding } from "../../probe/partner";
import { bring, type Bringing, type Parcel, tidy } from "./upload";

/** A bundle on this machine. */
export interface LocalBundle {
  /** Path of the zip. */
  readonly path: string;
  /** Hex SHA-256 that the zip must have. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Ed25519 over the zip's bytes, Base64. @default none: there is no signature file */
  readonly signature?: string;
}

/** How a bundle is delivered. */
export interface Delivery extends BundleFile, Bringing {
  /** The bundle's name with its placeholders, by which leftovers of other releases are known. @default fileName */
  readonly pattern?: string;
  /** Whether the partner may take the bundle away at once. @default false */
  readonly mayGo?: boolean;
}

/** A file on this machine, to be brought as it is. */
export function localParcel(name: string, { path, sha256, size }: LocalBundle): Parcel {
  return {
    name,
    sha256,
    size,
    body: (start = 0, end) =>
      fs.createReadStream(path, { start, ...(end !== undefined && { end: end - 1 }) }),
  };
}

/** A few bytes, to be brought as a file. */
export function textParcel(name: string, bytes: Buffer): Parcel {
  return {
    name,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    size: bytes.length,
    body: (start, end) => Readable.from([bytes.subarray(start, end)]),
  };
}

/** The bundle, its checksum file, and its signature if it has one: in the order in which they appear. */
export function parcels(bundle: LocalBundle, fileName: string): readonly Parcel[] {
  const { sha256, signature } = bundle;
  return [
    localParcel(fileName, bundle),
    textParcel(checksumName(fileName), Buffer.from(checksumText(sha256, fileName))),
    ...(signature === undefined
      ? []
      : [textParcel(signatureName(fileName), Buffer.from(signature, "base64"))]),
  ];
}

/**
 * Brings a bundle with its checksum and signature, and takes away what earlier deliveries left.
 *
 * @returns what the inbox holds now
 * @throws Unreachable, Refused
 */
export async function deliver(inbox: Inbox, bundle: LocalBundle, delivery: Delivery): Promise<Holding> {
  const { fileName = defaultFileName, pattern = fileName, mayGo = false } = delivery;
  await bring(inbox, parcels(bundle, fileName), delivery);
  await tidy(inbox, (file) => isLeftover(file, pattern));
  const facts = await inbox.stat(fileName);
  if (!mayGo && facts?.size !== bundle.size) {
    throw new Refused(
      `${fileName} was there, and is gone or changed again: another program takes it from the folder. ` +
        `If it is meant to, set meaning: inbox.`,
    );
  }
  return { ...facts, ...holdingOf(bundle) };
}

/** What an inbox holds when it holds a bundle, whole. */
export function holdingOf({ sha256, size, signature }: LocalBundle): Holding {
  return { sha256, size, listed: sha256, ...(signature !== undefined && { signature }) };
}

/**
 * Takes a bundle, its checksum and its signature out of an inbox, unless another file has taken the bundle's place since:
 * the same inbox may go by two names.
 *
 * @returns whether the bundle was still there
 * @throws Unreachable, Refused
 */
export async function withdraw(
  inbox: Inbox,
  held: Holding,
  { fileName = defaultFileName, pattern = fileName }: Pick<Delivery, "fileName" | "pattern">,
): Promise<boolean> {
  const facts = await inbox.stat(fileName);
  if (facts && (facts.size !== held.size || isOtherTime(facts.modified, held.modified))) {
    return false;
  }
  await inbox.remove(fileName);
  await inbox.remove(checksumName(fileName));
  if (held.signature !== undefined) {
    await inbox.remove(signatureName(fileName));
  }
  await tidy(inbox, (file) => isLeftover(file, pattern));
  return facts !== undefined;
}

/** What was taken at once was never seen lying there. */
function isOtherTime(found: string | undefined, known: string | undefined): boolean {
  return known !== undefined && found !== known;
}

/**
 * Makes sure that the file on this machine is the bundle it is said to be.
 *
 * @throws UserError
 */
export async function checkLocal({ path, sha256 }: LocalBundle): Promise<void> {
  const hash = createHash("sha256");
  try {
    await pipeline(fs.createReadStream(path), hash);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `The bundle ${path} can't be read (${code ?? String(error)}). Run the build stack again.`,
    );
  }
  const found = hash.digest("hex");
  if (found !== sha256) {
    throw new UserError(
      `The bundle ${path} has the SHA-256 ${found} instead of ${sha256}. Run the build stack again.`,
    );
  }
}
