/** How much one archive may unfold into: a bomb is told, and does not go off. */
import { Spent, type Stream, Unreadable } from "./stream";

/** What may come out of one file on disk. */
export interface Limits {
  /** Bytes of all members together. */
  readonly bytes: number;
  readonly members: number;
  /** Up to which size a stream may have been packed however small. In bytes. @default 16 MiB */
  readonly free?: number;
}

const usual: Limits = { bytes: 2 * 1024 ** 3, members: 100_000 };

/** How many times its packed size a stream may have, once it is larger than what is free. */
const greatestRatio = 250;
const usuallyFree = 16 * 1024 ** 2;

/** What is left for one file and all that is in it. */
export class Budget {
  private bytes = 0;
  private members = 0;

  constructor(private readonly limits: Limits = usual) {}

  /** Counts a member of an archive. */
  countMember(): void {
    this.members += 1;
    if (this.members > this.limits.members) {
      throw new Spent(`unfolds into more than ${this.limits.members.toLocaleString("en-US")} files`);
    }
  }

  /** Counts what is unpacked as it comes; `packed` is what came in so far, in bytes. */
  async *unpacked(stream: Stream, packed: () => number): AsyncGenerator<Buffer> {
    let size = 0;
    for await (const piece of stream) {
      size += piece.length;
      this.bytes += piece.length;
      if (this.bytes > this.limits.bytes) {
        throw new Spent(`unfolds into more than ${Math.round(this.limits.bytes / 1024 ** 2)} MiB`);
      }
      if (size > (this.limits.free ?? usuallyFree) && size > greatestRatio * packed()) {
        throw new Unreadable(`unfolds to more than ${greatestRatio} times its size`);
      }
      yield piece;
    }
  }
}
