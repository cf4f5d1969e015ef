/** Writes the files of a medium, each durable and with its digest. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Refused, UserError } from "../../core/errors";
import { formatBytes } from "../../core/format";
import type { MediumFile } from "../../core/medium";

/** Where a file of a medium comes from. */
export type Source = { readonly path: string } & (
  { readonly file: string } | { readonly text: string | Uint8Array }
);

const pieceBytes = 1024 * 1024;

/**
 * Puts a file into a folder, and on its disk.
 *
 * @throws Refused when a blob is not what its name says
 */
export function addFile(folder: string, source: Source): MediumFile {
  const to = path.join(folder, source.path);
  fs.mkdirSync(path.dirname(to), { recursive: true });
  const out = fs.openSync(to, "wx", 0o644);
  const hash = createHash("sha256");
  let size = 0;
  try {
    for (const piece of piecesOf(source)) {
      hash.update(piece);
      size += piece.length;
      for (let done = 0; done < piece.length;) {
        done += fs.writeSync(out, piece, done);
      }
    }
    fs.fsyncSync(out);
  } finally {
    fs.closeSync(out);
  }
  const sha256 = hash.digest("hex");
  const [, named] = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(source.path) ?? [];
  if (named !== undefined && named !== sha256) {
    throw new Refused(
      `The blob ${named} is not what its name says. Remove .hms/layouts, and export again: it is fetched anew.`,
    );
  }
  return { path: source.path, sha256, size };
}

function* piecesOf(source: Source): Generator<Uint8Array> {
  if ("text" in source) {
    yield Buffer.from(source.text as string);
    return;
  }
  const from = fs.openSync(source.file, "r");
  try {
    const buffer = Buffer.alloc(pieceBytes);
    for (let read = fs.readSync(from, buffer); read > 0; read = fs.readSync(from, buffer)) {
      yield buffer.subarray(0, read);
    }
  } finally {
    fs.closeSync(from);
  }
}

/** Bytes that files take. */
function sizeOf(files: readonly Source[]): number {
  return files.reduce(
    (sum, source) =>
      sum + ("text" in source ? Buffer.byteLength(source.text) : fs.statSync(source.file).size),
    0,
  );
}

/**
 * Makes sure that files have room in a folder.
 *
 * @throws UserError when they have not
 */
export function requireRoom(parent: string, files: readonly Source[]): void {
  const needed = sizeOf(files);
  const { bavail, bsize } = fs.statfsSync(parent);
  if (needed > bavail * bsize) {
    throw new UserError(
      `${parent} has ${formatBytes(bavail * bsize)} free, and the medium needs ${formatBytes(needed)}. Free some space, or name another folder with --to.`,
    );
  }
}
