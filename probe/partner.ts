/** Asks a partner's inbox what it holds. */
import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { type FileFacts, type Inbox, inInbox, type Partner } from "./inbox";

/** Which file to look at, and how closely. */
export interface BundleFile {
  /** The bundle's name in the inbox. @default bundle.zip */
  readonly fileName?: string;
  /** Bundles up to this size, in MiB, are read back to find their hash; of larger ones, the checksum file is believed. @default 64 */
  readonly readBackMiB?: number;
}

/** The bundle that lies in an inbox. */
export interface Holding {
  /** Hex SHA-256: of what was read back, or, for a large one, as the checksum file says; "" when that says nothing. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** ISO 8601, UTC: when the server says that it came. @default none: the server does not say */
  readonly modified?: string;
  /** Hex SHA-256 that the checksum file beside it names. @default none: there is no good checksum file */
  readonly listed?: string;
}

/** The bundle's name in an inbox, when the settings name none. */
export const defaultFileName = "bundle.zip";

/** Size in MiB up to which a bundle is read back, when the settings name none. */
export const defaultReadBackMiB = 64;

/** A checksum file holds one line; more than this is something else. */
const checksumFileLimit = 4096;

/**
 * What a partner's inbox holds; `holds` is undefined when there is no bundle.
 *
 * @throws Unreachable, Refused
 */
export async function probePartner(settings: Partner & BundleFile): Promise<{ holds: Holding | undefined }> {
  return { holds: await inInbox(settings, (inbox) => look(inbox, settings)) };
}

/** What an open inbox holds. */
export async function look(inbox: Inbox, file: BundleFile): Promise<Holding | undefined> {
  const { fileName = defaultFileName, readBackMiB = defaultReadBackMiB } = file;
  const facts = await inbox.stat(fileName);
  if (!facts) {
    return undefined;
  }
  const listed = await listedIn(inbox, fileName);
  const sha256 = isReadBack(facts, readBackMiB) ? (await readBack(inbox, fileName)).sha256 : (listed ?? "");
  return listed === undefined ? { ...facts, sha256 } : { ...facts, sha256, listed };
}

/** Whether a file of this size is read back. */
export function isReadBack(
  { size }: Pick<FileFacts, "size">,
  readBackMiB: number = defaultReadBackMiB,
): boolean {
  return size <= readBackMiB * 2 ** 20;
}

async function listedIn(inbox: Inbox, fileName: string): Promise<string | undefined> {
  const name = checksumName(fileName);
  const facts = await inbox.stat(name);
  return facts && facts.size <= checksumFileLimit
    ? parseChecksum((await readBack(inbox, name)).text, fileName)
    : undefined;
}

/** The checksum file's name. */
export function checksumName(fileName: string): string {
  return `${fileName}.sha256`;
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

/** Reads a file of an inbox: its hash, and the beginning of its text. */
export async function readBack(inbox: Inbox, name: string): Promise<{ sha256: string; text: string }> {
  const hash = createHash("sha256");
  const chunks: Buffer[] = [];
  let size = 0;
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      if (size < checksumFileLimit) {
        chunks.push(chunk);
      }
      size += chunk.length;
      done();
    },
  });
  await inbox.download(name, into);
  return { sha256: hash.digest("hex"), text: Buffer.concat(chunks).toString("utf8") };
}
