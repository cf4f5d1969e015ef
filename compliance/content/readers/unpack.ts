/** What is packed in one stream: gzip, zstd, and the members of tar. */
import { Readable, pipeline } from "node:stream";
import zlib from "node:zlib";
import { extract } from "tar-stream";
import type { Budget } from "./budget";
import { type Stream, Unreadable } from "./stream";

/** The bytes that a gzip or zstd stream holds. */
export function decompressed(stream: Stream, format: "gzip" | "zstd", budget: Budget): Stream {
  let packed = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of stream) {
      packed += piece.length;
      yield piece;
    }
  }
  const unpacker = format === "gzip" ? zlib.createGunzip() : zlib.createZstdDecompress();
  const out = pipeline(Readable.from(counted(), { objectMode: false }), unpacker, () => undefined);
  return budget.unpacked(named(out, `a broken ${format} stream`), () => packed);
}

/** The members of a tar that are files, in order, with their bytes; what is not taken of one is passed over. */
export async function* tarMembers(stream: Stream): AsyncGenerator<{ name: string; bytes: Stream }> {
  const members = extract();
  pipeline(Readable.from(stream, { objectMode: false }), members, () => undefined);
  try {
    for await (const member of members) {
      const { name, type } = member.header;
      const bytes = (member as unknown as Stream)[Symbol.asyncIterator]();
      if (type === "file" || type === "contiguous-file") {
        // Without a way to end it early: that would end the whole archive.
        yield {
          name,
          bytes: named({ [Symbol.asyncIterator]: () => ({ next: () => bytes.next() }) }, "a broken tar"),
        };
      }
      while ((await bytes.next()).done !== true);
    }
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable("a broken tar");
  }
}

/** The same bytes; what goes wrong with them is told in our words. */
async function* named(stream: Stream, why: string): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable(why);
  }
}
