/** Asks a partner's inbox what it holds. */
import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import type { PartnerSettings } from "../core/config";
import {
  checksumName,
  defaultFileName,
  isVersioned,
  otherTemporaryName,
  signatureName,
  temporaryName,
} from "../core/drop-files";
import type { TargetId } from "../core/entry";
import { lastGiven } from "../core/history";
import type { Receipt } from "../core/receipt";
import { openTrail } from "../store/trail";
import { type FileFacts, type Inbox, inInbox } from "./inbox";

/** How closely files are looked at. */
export interface Closeness {
  /** Whether the server is asked for a file's hash, where it can tell. @default true */
  readonly serverHash?: boolean;
  /** Where it can't, files up to this size, in MiB, are read back; of larger ones, the checksum file is believed. @default 64 */
  readonly readBackMiB?: number;
}

/** Which file to look at, and how closely. */
export interface BundleFile extends Closeness {
  /** The bundle's name in the inbox. @default bundle.zip */
  readonly fileName?: string;
}

/** The bundle that lies in an inbox. */
export interface Holding {
  /** Hex SHA-256: found by the server or by reading back, or else as the checksum file says; "" when that says nothing. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** ISO 8601, UTC: when the server says that it came. @default none: the server does not say */
  readonly modified?: string;
  /** Hex SHA-256 that the checksum file beside it names. @default none: there is no good checksum file */
  readonly listed?: string;
  /** What the signature file beside it holds, Base64. @default none: there is no signature file */
  readonly signature?: string;
}

/** Size in MiB up to which a file is read back, when the settings name none. */
export const defaultReadBackMiB = 64;

/** A checksum file holds one line, a signature file 64 bytes; more than this is something else. */
const smallFile = 4096;

/**
 * What a partner says of its inbox. Where each release has a name of its own, the trail says which was the last.
 *
 * @throws Unreachable, Refused
 */
export async function probePartner(target: TargetId, settings: PartnerSettings): Promise<Receipt> {
  const given = lastGiven(openTrail().entries(), target);
  const fileName = isVersioned(settings.fileName) ? given?.body.file : settings.fileName;
  if (fileName === undefined) {
    return { kind: "nothing" };
  }
  return inInbox(settings, async (inbox): Promise<Receipt> => {
    const holds = await look(inbox, { ...settings, fileName });
    if (holds !== undefined) {
      const { sha256, size, modified = "", listed, signature } = holds;
      return {
        ...{ kind: "holds", sha256, size, since: modified },
        ...(listed !== undefined && { listed }),
        ...(signature !== undefined && { signature }),
      };
    }
    return settings.meaning === "inbox" &&
      given?.body.file === fileName &&
      (await isTaken(inbox, fileName, given.body.bundle))
      ? { kind: "taken", sha256: given.body.bundle, since: given.time }
      : { kind: "nothing" };
  });
}

/** Whether a bundle that the inbox was given, and that is no longer there, was taken: not if it still waits for its name. */
export async function isTaken(inbox: Inbox, fileName: string, sha256: string): Promise<boolean> {
  return (
    (await inbox.stat(temporaryName(fileName, sha256))) === undefined &&
    (await inbox.stat(otherTemporaryName(fileName, sha256))) === undefined
  );
}

/** What an open inbox holds; undefined when there is no bundle. */
export async function look(inbox: Inbox, file: BundleFile): Promise<Holding | undefined> {
  const { fileName = defaultFileName } = file;
  const facts = await inbox.stat(fileName);
  if (!facts) {
    return undefined;
  }
  const listed = await small(inbox, checksumName(fileName));
  const signature = await small(inbox, signatureName(fileName));
  const sum = listed && parseChecksum(listed.toString("utf8"), fileName);
  return {
    ...facts,
    sha256: (await hashOf(inbox, fileName, facts, file)) ?? sum ?? "",
    ...(sum !== undefined && { listed: sum }),
    ...(signature && { signature: signature.toString("base64") }),
  };
}

/** The SHA-256 of a file, in hex: by the server, or by reading back; undefined for one that is too large for that. */
export async function hashOf(
  inbox: Inbox,
  name: string,
  { size }: Pick<FileFacts, "size">,
  { serverHash = true, readBackMiB }: Closeness,
): Promise<string | undefined> {
  const told = serverHash ? await inbox.hash(name, size) : undefined;
  return told ?? (isReadBack({ size }, readBackMiB) ? (await readBack(inbox, name)).sha256 : undefined);
}

/** Whether a file of this size is read back. */
export function isReadBack(
  { size }: Pick<FileFacts, "size">,
  readBackMiB: number = defaultReadBackMiB,
): boolean {
  return size <= readBackMiB * 2 ** 20;
}

async function small(inbox: Inbox, name: string): Promise<Buffer | undefined> {
  const facts = await inbox.stat(name);
  return facts && facts.size <= smallFile ? (await readBack(inbox, name)).beginning : undefined;
}

/** A checksum file, as `sha256sum` writes it and `sha256sum --check` reads it. */
export function checksumText(sha256: string, fileName: string): string {
  return `${sha256}  ${fileName}\n`;
}

/** The hash of a file that a checksum file names, in text or binary mode. */
export function parseChecksum(text: string, fileName: string): string | undefined {
  const lines = text.split(/\r?\n/).map((line) => /^([0-9a-f]{64}) [ *](.+)$/.exec(line));
  return lines.find((match) => match?.[2] === fileName)?.[1];
}

/** Reads a file of an inbox: its hash, and its beginning. */
export async function readBack(inbox: Inbox, name: string): Promise<{ sha256: string; beginning: Buffer }> {
  const hash = createHash("sha256");
  const chunks: Buffer[] = [];
  let size = 0;
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      if (size < smallFile) {
        chunks.push(chunk);
      }
      size += chunk.length;
      done();
    },
  });
  await inbox.download(name, into);
  return { sha256: hash.digest("hex"), beginning: Buffer.concat(chunks) };
}
