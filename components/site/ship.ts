/**
 * Ships images to a site: only the blobs that it does not have, from where the last try broke off. Runs in a process of its own, in
 * the project's folder, where Pulumi runs. Prints `sent=BYTES total=BYTES`; its last line on stderr begins with `unreachable:` or
 * `refused:` when it fails.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { lastLine, messageOf, Refused, Unreachable } from "../../core/errors";
import { shortDigest } from "../../core/release";
import { rsyncLogin } from "../../core/ssh";
import { inTries } from "../../probe/tries";
import { directoryBlobs } from "../../store/blobs";
import { trailFolder } from "../../store/project";
import { scratchFolder } from "../../store/scratch";
import { isLaidOut, layouts, scriptFiles } from "./layout";
import { type Dial, overOneLine } from "./line";
import { type Blob, blobsArgv, filesArgv } from "./rsync";
import { reporter } from "./report";
import { runRsync } from "./run-rsync";

/** What to ship where, and how long to try. */
export interface ShipArgs extends Dial {
  /** The site's name. */
  readonly site: string;
  /** The service's folder there. */
  readonly folder: string;
  readonly tries: number;
  readonly retryDelaySeconds: number;
  /** SHA-256 of the release's manifest, which is among the trail's blobs. */
  readonly manifest: string;
  /** Of the manifest, Base64. */
  readonly signature: string;
  /** `repository@sha256:…` each. */
  readonly images: readonly string[];
}

/** Runs with the words of a command line, and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  // So that what it has started ends with it.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => process.exit(1));
  }
  try {
    process.stdout.write(`${await ship(argsOf(argv))}\n`);
  } catch (error) {
    const word = error instanceof Unreachable ? "unreachable" : "refused";
    process.stderr.write(`${word}: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

function argsOf(argv: readonly string[]): ShipArgs {
  const options = [
    "site",
    "user",
    "host",
    "folder",
    "ssh",
    "dial",
    "stall",
    "tries",
    "delay",
    "limit",
    "manifest",
    "signature",
  ];
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(options.map((name) => [name, { type: "string" as const }])),
    allowPositionals: true,
  });
  const text = (name: string): string => String(values[name]);
  const number = (name: string): number => Number(values[name]);
  return {
    site: text("site"),
    user: text("user"),
    host: text("host"),
    folder: text("folder"),
    ssh: text("ssh"),
    dialTimeoutSeconds: number("dial"),
    stallTimeoutSeconds: number("stall"),
    tries: number("tries"),
    retryDelaySeconds: number("delay"),
    transferTimeoutSeconds: number("limit"),
    manifest: text("manifest"),
    signature: text("signature"),
    images: [...new Set(positionals)],
  };
}

async function ship(args: ShipArgs): Promise<string> {
  await makeLayouts(args.images);
  const folders = args.images.map((image) => `images/${shortDigest(image)}`);
  const blobs = blobsOf(folders);
  const files = new Set([
    ...folders.flatMap((folder) => ["digests", "manifest.json", "id"].map((name) => `${folder}/${name}`)),
    ...keepRelease(args),
    ...scriptFiles,
  ]);
  const until = Date.now() + args.transferTimeoutSeconds * 1000;
  const report = reporter(args.site, blobs);
  let sent = 0;
  const attempt = (): Promise<void> =>
    overOneLine({ ...args, until }, async (line) => {
      const way = { ...args, to: rsyncLogin(args), ssh: line.ssh };
      const carrier = { ...args, until, report, line };
      // The small files come last: what they name is there then.
      sent += await inList(
        blobs.map(({ sha256 }) => `blobs/sha256/${sha256}`),
        (list) => runRsync(blobsArgv(way, list, layouts, blobs), carrier),
      );
      sent += await inList([...files], (list) => runRsync(filesArgv(way, list, layouts), carrier));
    });
  try {
    await inTries({ ...args, until, advanced: report.advanced, onWait: report.waits }, attempt);
  } finally {
    report.end();
  }
  const total = [...blobs.map(({ size }) => size), ...[...files].map(sizeOf)].reduce(
    (sum, size) => sum + size,
    0,
  );
  return `sent=${String(sent + report.ofBrokenTries())} total=${String(total)}`;
}

/** Sites are shipped to side by side: one of them makes the layouts, the others find them. */
async function makeLayouts(images: readonly string[]): Promise<void> {
  if (isLaidOut(images)) {
    return;
  }
  fs.mkdirSync(layouts, { recursive: true });
  const lock = path.join(layouts, ".lock");
  const made = await execa("flock", [lock, "node", "components/site/make-layouts.js", ...images], {
    reject: false,
  });
  if (made.failed) {
    throw new Refused(lastLine(made.stderr).replace(/^refused: /, "") || made.shortMessage);
  }
}

function blobsOf(folders: readonly string[]): Blob[] {
  const names = folders.flatMap(
    (folder) => fs.readFileSync(path.join(layouts, folder, "digests"), "utf8").match(/^[0-9a-f]{64}/gm) ?? [],
  );
  return [...new Set(names)].sort().map((sha256) => ({ sha256, size: sizeOf(`blobs/sha256/${sha256}`) }));
}

/** Puts the release's manifest and its signature among the layouts. */
function keepRelease({ manifest, signature }: Pick<ShipArgs, "manifest" | "signature">): string[] {
  const name = `releases/${manifest.slice(0, 12)}`;
  const folder = path.join(layouts, name);
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const draft = fs.mkdtempSync(path.join(layouts, "releases", "."));
  try {
    fs.copyFileSync(directoryBlobs(trailFolder()).pathOf(manifest), path.join(draft, "manifest"));
    fs.writeFileSync(path.join(draft, "signature"), Buffer.from(signature, "base64"));
    fs.chmodSync(draft, 0o755);
    fs.renameSync(draft, folder);
  } catch (error) {
    // Another site may have put the same two files there meanwhile.
    if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      throw error;
    }
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
  return [`${name}/manifest`, `${name}/signature`];
}

const sizeOf = (file: string): number => fs.statSync(path.join(layouts, file)).size;

/** Gives rsync a file that names files. */
async function inList<T>(names: readonly string[], work: (list: string) => Promise<T>): Promise<T> {
  const folder = scratchFolder(os.tmpdir(), "hms-ship");
  try {
    const list = path.join(folder, "files");
    fs.writeFileSync(list, names.map((name) => `${name}\n`).join(""));
    return await work(list);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
