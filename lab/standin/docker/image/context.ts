/** The files of a build: their digest, which says whether anything changed, and their archive. */
import { createHash } from "node:crypto";
import {
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  type Dirent,
  type Stats,
  lstatSync,
} from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { tarEnd, tarEntry } from "../tar";
import { Ignore, keepingBuildFiles, readIgnoreLines } from "./ignore";

/** What the digest calls the Dockerfile, whatever its name. */
const dockerfileName = "Dockerfile";

const byName = (one: Dirent, other: Dirent): number => (one.name < other.name ? -1 : 1);

/** The folders, files and links of a folder that are not ignored, in order of their names, relative to it. */
export function* walk(root: string, ignore: Ignore, inside = ""): Generator<string> {
  for (const entry of readdirSync(path.join(root, inside), { withFileTypes: true }).sort(byName)) {
    const name = path.posix.join(inside, entry.name);
    const ignored = ignore.ignores(name);
    if (!ignored) yield name;
    if (entry.isDirectory() && (!ignored || ignore.hasExceptions)) yield* walk(root, ignore, name);
  }
}

const permissions = (mode: number): string =>
  Array.from("rwxrwxrwx", (letter, index) => ((mode >> (8 - index)) & 1 ? letter : "-")).join("");

/** A file's type and permissions as Go writes them: `-rw-r--r--`. */
export function goMode(stats: Pick<Stats, "mode" | "isSymbolicLink" | "isFIFO" | "isSocket">): string {
  if (stats.isSymbolicLink()) return `L${permissions(stats.mode)}`;
  const marks: readonly [boolean, string][] = [
    [stats.isFIFO(), "p"],
    [stats.isSocket(), "S"],
    [(stats.mode & 0o4000) > 0, "u"],
    [(stats.mode & 0o2000) > 0, "g"],
    [(stats.mode & 0o1000) > 0, "t"],
  ];
  const letters = marks.flatMap(([is, letter]) => (is ? [letter] : [])).join("");
  return (letters === "" ? "-" : letters) + permissions(stats.mode);
}

/** Where a link leads, in the terms in which the link itself was named. */
function linkTarget(file: string): string {
  const target = realpathSync(file);
  return path.isAbsolute(file) ? target : path.relative("", target);
}

function contentHash(file: string, stats: Stats): Buffer {
  const hash = createHash("sha256");
  if (stats.isSymbolicLink()) hash.update(linkTarget(file));
  else if (stats.isFile()) hash.update(readFileSync(file));
  return hash.digest();
}

const record = (name: string, mode: string, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from(name), Buffer.from(mode), content, Buffer.alloc(1)]);

/** The digest of a build's files and of its Dockerfile, equal to the official plugin's. */
export function contextDigest(context: string, dockerfile: string): string {
  const hash = createHash("sha256");
  hash.update(record(dockerfileName, "-".repeat(10), contentHash(dockerfile, statSync(dockerfile))));
  for (const name of walk(context, new Ignore(readIgnoreLines(dockerfile, context)))) {
    const file = path.join(context, name);
    const stats = lstatSync(file);
    if (!stats.isDirectory()) hash.update(record(name, goMode(stats), contentHash(file, stats)));
  }
  return hash.digest("hex");
}

function entryOf(context: string, name: string): Buffer[] {
  const file = path.join(context, name);
  const stats = lstatSync(file);
  const entry = { name, mode: stats.mode & 0o7777, modified: stats.mtime };
  if (stats.isSymbolicLink()) return tarEntry({ ...entry, target: readlinkSync(file) });
  if (stats.isFile()) return tarEntry({ ...entry, content: readFileSync(file) });
  return stats.isDirectory() ? tarEntry(entry) : [];
}

function* archiveOf(context: string, names: Iterable<string>): Generator<Buffer> {
  for (const name of names) yield* entryOf(context, name);
  yield tarEnd;
}

/** The Dockerfile's path from the context. */
export const relativeDockerfile = (context: string, dockerfile: string): string =>
  path.relative(path.resolve(context), path.resolve(dockerfile));

/** An archive of the files that a build sees. */
export function contextArchive(context: string, dockerfile: string): Readable {
  const lines = readIgnoreLines(dockerfile, context);
  const ignore = new Ignore(keepingBuildFiles(lines, relativeDockerfile(context, dockerfile)));
  return Readable.from(archiveOf(context, walk(context, ignore)));
}
