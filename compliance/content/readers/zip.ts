/** The members of a zip. It has a directory at its end, so it is read from a file, or whole in memory. */
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { messageOf } from "../../../core/errors";
import type { Budget } from "./budget";
import { type Stream, Unreadable } from "./stream";

/** One member. */
export interface ZipMember {
  readonly name: string;
  readonly encrypted: boolean;
  /** Opens it; its bytes are counted. */
  readonly open: () => Promise<Stream>;
}

const options = {
  lazyEntries: true,
  autoClose: false,
  decodeStrings: false,
  validateEntrySizes: true,
} as const;

/** The zip's members that are files. `close` must be called at the end. */
export async function openZip(
  source: string | Buffer,
  budget: Budget,
): Promise<{ members: ZipMember[]; close: () => void }> {
  const zip = await open(source);
  try {
    const entries = await entriesOf(zip, budget);
    return {
      members: entries.map((entry) => memberOf(zip, entry, budget)),
      close: () => {
        zip.close();
      },
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

function open(source: string | Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const opened = (error: Error | null, zip: ZipFile): void => {
      if (error === null) resolve(zip);
      else reject(new Unreadable("a broken zip"));
    };
    if (typeof source === "string") yauzl.open(source, options, opened);
    else yauzl.fromBuffer(source, options, opened);
  });
}

function entriesOf(zip: ZipFile, budget: Budget): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on("entry", (entry: Entry) => {
      try {
        budget.countMember();
      } catch (error) {
        reject(error instanceof Error ? error : new Unreadable("a broken zip"));
        return;
      }
      entries.push(entry);
      zip.readEntry();
    });
    zip.on("end", () => {
      resolve(entries.filter((entry) => !nameOf(entry).endsWith("/")));
    });
    zip.on("error", () => {
      reject(new Unreadable("a broken zip"));
    });
    zip.readEntry();
  });
}

/** Names are UTF-8 where a flag says so; else in some code that has ASCII's letters. */
function nameOf(entry: Entry): string {
  const bytes = entry.fileName as unknown as Buffer;
  return bytes
    .toString((entry.generalPurposeBitFlag & 0x800) !== 0 ? "utf8" : "latin1")
    .replaceAll("\\", "/");
}

const memberOf = (zip: ZipFile, entry: Entry, budget: Budget): ZipMember => ({
  name: nameOf(entry),
  encrypted: (entry.generalPurposeBitFlag & 1) !== 0,
  open: () =>
    new Promise((resolve, reject) => {
      zip.openReadStream(entry, (error, stream) => {
        if (error !== null) reject(new Unreadable(whyOf(error)));
        else resolve(budget.unpacked(bytesOf(stream), () => entry.compressedSize));
      });
    }),
});

const whyOf = (error: Error): string =>
  messageOf(error).startsWith("unsupported compression")
    ? "compressed in a way that can't be read: use deflate"
    : "a broken zip";

async function* bytesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  try {
    for await (const piece of stream) yield Buffer.from(piece);
  } catch {
    throw new Unreadable("a broken zip");
  }
}
