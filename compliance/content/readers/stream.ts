/** Bytes that come in pieces, and what can be told from the first of them. */

/** The bytes of a file, or of a member of an archive, in order. */
export type Stream = AsyncIterable<Buffer>;

/** How many bytes from the start decide what a file is, as in Git. */
export const sniffed = 8000;

/** A stream of which the first bytes are known. */
export interface Peeked {
  readonly head: Buffer;
  /** All bytes, the first ones again. */
  readonly all: Stream;
  /** Lets go of what feeds the stream, where nobody reads on. */
  readonly close: () => Promise<void>;
}

/** Looks at the first bytes. */
export async function peek(stream: Stream): Promise<Peeked> {
  const iterator = stream[Symbol.asyncIterator]();
  const pieces: Buffer[] = [];
  let size = 0;
  let done = false;
  while (size < sniffed && !done) {
    const next = await iterator.next();
    if (next.done === true) {
      done = true;
    } else {
      const piece = next.value;
      pieces.push(piece);
      size += piece.length;
    }
  }
  const first = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  const close = async (): Promise<void> => {
    await iterator.return?.();
  };
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (first.length > 0) yield first;
      while (!done) {
        const next = await iterator.next();
        if (next.done === true) done = true;
        else yield next.value;
      }
    } finally {
      await close();
    }
  }
  return { head: first.subarray(0, sniffed), all: all(), close };
}

/** All bytes in one piece. */
export async function collect(stream: Stream, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.length;
    if (size > most) throw new Unreadable(`larger than ${Math.round(most / 1024 ** 2)} MiB`);
    pieces.push(piece);
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

/** One piece as a stream. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous, though this one need not wait
export async function* streamOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Why a file could not be read, in the words that a report has for it. */
export class Unreadable extends Error {
  override readonly name: string = "Unreadable";
}

/** The file on disk as a whole has been given up: what else is in it is not looked at. */
export class Spent extends Unreadable {
  override readonly name = "Spent";
}
