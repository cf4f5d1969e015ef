/** Puts a bundle into an inbox so that nobody ever sees half of one, and takes it out again (design D7). */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Refused, UserError } from "../../core/errors";
import type { Inbox } from "../../probe/inbox";
import {
  type BundleFile,
  checksumName,
  checksumText,
  defaultFileName,
  type Holding,
  isReadBack,
  readBack,
} from "../../probe/partner";

/** A bundle on this machine. */
export interface LocalBundle {
  /** Path of the zip. */
  readonly path: string;
  /** Hex SHA-256 that the zip must have. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** One file on its way: what it is called while it comes, and what when it is whole. */
interface Parcel {
  readonly name: string;
  readonly temporary: string;
  readonly sha256: string;
  readonly size: number;
  readonly body: () => Readable;
}

/**
 * The bundle and its checksum file. A temporary name lies in the same folder, so that a rename is all it takes, and
 * tells by its digits of which content it is the beginning.
 */
export function parcels(bundle: LocalBundle, fileName: string): readonly [Parcel, Parcel] {
  const checksum = checksumText(bundle.sha256, fileName);
  const { sha256, size } = bundle;
  return [
    {
      name: fileName,
      temporary: temporaryName(fileName, sha256),
      sha256,
      size,
      body: () => fs.createReadStream(bundle.path),
    },
    {
      name: checksumName(fileName),
      temporary: temporaryName(checksumName(fileName), sha256),
      sha256: createHash("sha256").update(checksum).digest("hex"),
      size: checksum.length,
      body: () => Readable.from([Buffer.from(checksum)]),
    },
  ];
}

/** `.bundle.zip.<8 hex>.part` */
export function temporaryName(name: string, sha256: string): string {
  return `.${name}.${sha256.slice(0, 8)}.part`;
}

/** Whether a file is one that an earlier delivery did not finish. */
export function isLeftover(file: string, fileName: string): boolean {
  return [fileName, checksumName(fileName)].some(
    (name) => file.startsWith(`.${name}.`) && /^[0-9a-f]{8}\.part$/.test(file.slice(name.length + 2)),
  );
}

/**
 * Uploads a bundle and its checksum file under temporary names, checks both, and only then renames them over what was
 * there. What earlier deliveries left is removed.
 *
 * @returns what the inbox holds now
 * @throws Unreachable, Refused
 */
export async function deliver(inbox: Inbox, bundle: LocalBundle, file: BundleFile): Promise<Holding> {
  const { fileName = defaultFileName, readBackMiB } = file;
  const both = parcels(bundle, fileName);
  for (const parcel of both) {
    await upload(inbox, parcel, readBackMiB);
  }
  for (const { temporary, name } of both) {
    await renameOver(inbox, temporary, name);
  }
  await tidy(inbox, fileName);
  const facts = await inbox.stat(fileName);
  if (facts?.size !== bundle.size) {
    throw new Refused(
      `${fileName} was there, and is gone or changed again: another program takes it from the folder.`,
    );
  }
  return { ...facts, sha256: bundle.sha256, listed: bundle.sha256 };
}

async function upload(inbox: Inbox, parcel: Parcel, readBackMiB?: number): Promise<void> {
  const body = parcel.body();
  try {
    await inbox.upload(body, parcel.temporary);
  } finally {
    body.destroy();
  }
  const fault = await faultOf(inbox, parcel, readBackMiB);
  if (fault !== undefined) {
    await inbox.remove(parcel.temporary);
    throw new Refused(`what the server stored of ${parcel.name} is not what was sent: ${fault}.`);
  }
}

async function faultOf(inbox: Inbox, parcel: Parcel, readBackMiB?: number): Promise<string | undefined> {
  const facts = await inbox.stat(parcel.temporary);
  if (facts?.size !== parcel.size) {
    return `${facts ? `${facts.size} bytes` : "no file"} instead of ${parcel.size} bytes`;
  }
  if (!isReadBack(facts, readBackMiB)) {
    return undefined;
  }
  const { sha256 } = await readBack(inbox, parcel.temporary);
  return sha256 === parcel.sha256 ? undefined : `SHA-256 ${sha256} instead of ${parcel.sha256}`;
}

/** Some servers don't rename over a file. There, and only there, the name is free for a moment. */
async function renameOver(inbox: Inbox, from: string, to: string): Promise<void> {
  try {
    await inbox.rename(from, to);
  } catch (error) {
    if (!(error instanceof Refused) || !(await inbox.stat(to))) {
      throw error;
    }
    await inbox.remove(to);
    await inbox.rename(from, to);
  }
}

/** Where a server shows no list, what is left stays; the bundle has come all the same. */
async function tidy(inbox: Inbox, fileName: string): Promise<void> {
  try {
    const files = await inbox.list();
    for (const file of files.filter((name) => isLeftover(name, fileName))) {
      await inbox.remove(file);
    }
  } catch (error) {
    if (!(error instanceof Refused)) {
      throw error;
    }
  }
}

/**
 * Takes a bundle and its checksum file out of an inbox, unless another file has taken the bundle's place since: the
 * same inbox may go by two names.
 *
 * @throws Unreachable, Refused
 */
export async function withdraw(inbox: Inbox, held: Holding, file: BundleFile): Promise<void> {
  const { fileName = defaultFileName } = file;
  const facts = await inbox.stat(fileName);
  if (facts && (facts.size !== held.size || facts.modified !== held.modified)) {
    return;
  }
  await inbox.remove(fileName);
  await inbox.remove(checksumName(fileName));
  await tidy(inbox, fileName);
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
