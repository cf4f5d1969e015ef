/** The command lines of rsync that bring files to a site, and what the site answers. Pure. */
import { quote } from "../../core/quote";
import { greeting } from "../../core/ssh";

/** How a site is reached by rsync. */
export interface Way {
  /** Who logs in where: `deploy@10.0.0.2`. */
  readonly to: string;
  /** The service's folder on the site. */
  readonly folder: string;
  /** The ssh command that reaches it, as rsync's `-e` takes it. */
  readonly ssh: string;
  /** Seconds of silence after which a connection counts as broken. */
  readonly stallTimeoutSeconds: number;
}

/** A file that is named by the SHA-256 of what is in it. */
export interface Blob {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What the site says once it has said what it has. */
const asked = "hms asked";

/**
 * Brings blobs. What a broken try left of one is gone on with: a blob's content never changes, so the bytes that are there are
 * its first ones. rsync checks the whole of it when it is complete (`--append-verify`), and sends it again where it is not
 * right.
 *
 * @param list file that names them, one a line
 */
export function blobsArgv(way: Way, list: string, layouts: string, blobs: readonly Blob[]): string[] {
  return [
    ...rsyncArgv(way, beforeBlobs(way.folder, blobs)),
    ...["--times", "--append-verify", "--info=progress2", "--outbuf=N"],
    ...[`--files-from=${list}`, `${layouts}/`, `${way.to}:.`],
  ];
}

/** Brings the other files, which are small: each is there whole or not at all. */
export function filesArgv(way: Way, list: string, layouts: string): string[] {
  return [
    ...rsyncArgv(way, beforeFiles(way.folder)),
    ...["--times", "--checksum", `--files-from=${list}`, `${layouts}/`, `${way.to}:.`],
  ];
}

/**
 * How the command lines begin that a site is asked with, which a gate before its account has to know: what stands before the blobs that
 * are asked about, and what stands behind them, where there are any.
 */
export function openings(folder: string): readonly (readonly [before: string, after?: string])[] {
  const [before = "", after = ""] = opening(beforeBlobs(folder, [{ sha256: "-", size: 0 }])).split("-=0");
  return [[opening(beforeFiles(folder))], [before, after]];
}

const beforeBlobs = (folder: string, blobs: readonly Blob[]): string =>
  `${enter(folder)} && { ${ask(blobs)}; } >&2`;

const beforeFiles = (folder: string): string => `${enter(folder)} && echo '${greeting}' >&2`;

const opening = (before: string): string => quote(["sh", "-c", `${before} && exec rsync "$@"`, "hms"]);

function rsyncArgv({ ssh, stallTimeoutSeconds }: Way, before: string): string[] {
  return [
    "rsync",
    ...["-e", ssh],
    // The folder is entered there, and the destination is `.`, so that no version of rsync has a name to take apart.
    `--rsync-path=${opening(before)}`,
    // A line that hangs is found by ssh. This is for a site that is on the line and does nothing: it may be reading what it has.
    `--timeout=${String(4 * stallTimeoutSeconds)}`,
    ...["--stats", "--no-human-readable"],
  ];
}

function enter(folder: string): string {
  return quote(["mkdir", "-p", folder]) + " && " + quote(["cd", folder]);
}

/**
 * Has the site say how much it has of each blob. One that is as long as it should be and is not what its digest says would never
 * be sent again, so it is removed.
 */
function ask(blobs: readonly Blob[]): string {
  const wanted = blobs.map(({ sha256, size }) => `${sha256}=${String(size)}`).join(" ");
  return [
    `echo '${greeting}'`,
    `for b in ${wanted}; do f=blobs/sha256/\${b%=*}`,
    "[ -f $f ] || continue",
    "n=$(($(wc -c <$f)))",
    'if [ $n -lt ${b#*=} ] || echo "${b%=*}  $f" | sha256sum -c >/dev/null 2>&1',
    'then echo "hms has ${b%=*} $n"',
    "else rm -f $f",
    "fi",
    "done",
    `echo '${asked}'`,
  ].join("; ");
}

/** How much the site has of each blob, by its SHA-256; undefined as long as it has not said all. */
export function parseAnswer(said: string): Map<string, number> | undefined {
  if (!said.split("\n").includes(asked)) {
    return undefined;
  }
  return new Map(
    [...said.matchAll(/^hms has ([0-9a-f]{64}) (\d+)$/gm)].map(([, sha256 = "", size]) => [
      sha256,
      Number(size),
    ]),
  );
}
