/** Reads the log of a run as it grows: each line once, whatever becomes of the disk meanwhile. */
import fs from "node:fs";
import type { LogLine } from "./run-log";

/** Follows one log. */
export interface LogFollower {
  /** Whether any of it was read before. */
  readonly begun: boolean;
  /**
   * The whole lines that came since the last call; none when there are none.
   *
   * @throws when the log can't be read: the next call goes on where the last one that could was
   */
  next(): LogLine[];
}

/** The most that is read at once, in bytes. */
const chunkBytes = 1 << 20;

/** Follows the log in a file. */
export function followLog(file: string): LogFollower {
  let offset = 0;

  function next(): LogLine[] {
    const bytes = readFrom(file, offset);
    // A line is told once it is whole; cut between bytes, a letter would be none.
    const end = bytes.lastIndexOf(0x0a) + 1;
    const lines = bytes
      .subarray(0, end)
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as LogLine);
    offset += end;
    return lines;
  }

  return {
    get begun() {
      return offset > 0;
    },
    next,
  };
}

/** What a file holds from a place on. One that is shorter than it was, as a network's disk may say for a moment, holds nothing there. */
function readFrom(file: string, offset: number): Buffer {
  const open = fs.openSync(file, "r");
  try {
    const bytes = Buffer.alloc(Math.min(chunkBytes, Math.max(0, fs.fstatSync(open).size - offset)));
    return bytes.subarray(0, fs.readSync(open, bytes, 0, bytes.length, offset));
  } finally {
    fs.closeSync(open);
  }
}
