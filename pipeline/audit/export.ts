/** `hms audit export`: a folder that an auditor checks with stock tools alone. */
import fs from "node:fs";
import path from "node:path";
import { Chain, type Head, type Link } from "../../core/chain";
import { ofRun } from "../../core/entry-search";
import { noPrevious } from "../../core/entry";
import { UserError } from "../../core/errors";
import { directoryBlobs } from "../../store/blobs";
import { entriesFolderOf } from "../../store/trail-files";
import { blobNames, envelopeIn } from "./blob-check";
import { auditPlace, readEntryFile } from "./place";
import { readmeOf } from "./readme";
import { verify, type VerifyOptions } from "./verify";

/** What to export. @default the whole trail */
export interface ExportOptions extends VerifyOptions {
  /** From the first to the last entry of a run. */
  readonly run?: number;
  readonly from?: number;
  readonly to?: number;
}

/** What was exported. Field names are stable: `--json` prints it. */
export interface Exported {
  /** Absolute. */
  readonly folder: string;
  /** Where the trail lies, absolute. */
  readonly trail: string;
  readonly from: number;
  readonly to: number;
  readonly blobs: number;
  /** Of the last entry in the folder. */
  readonly head: Head;
}

/**
 * Verifies a trail, and writes it, or a part without a gap, with the blobs it names and the keys that signed it. The
 * README is written last: a folder without one is not complete.
 *
 * @throws UserError when the folder holds something, the trail is bad, or has no such entries
 */
export async function exportTrail(to: string, options: ExportOptions = {}): Promise<Exported> {
  const folder = path.resolve(to);
  if (fs.existsSync(folder) && fs.readdirSync(folder).length > 0) {
    throw new UserError(`${folder} is not empty. Name a folder that is, or that is not there yet.`);
  }
  const { trail } = await verify(options);
  const place = auditPlace(options);
  const chain = new Chain(place.keyring);
  const links = place.names.map((name) => chain.read(name, readEntryFile(trail, name)));
  const chosen = choose(links, options, trail);
  const first = chosen[0]?.entry.number ?? 1;
  const last = chosen.at(-1)?.entry.number ?? 1;
  const blobs = first === 1 && last === links.length ? blobNames(trail) : blobsOf(chosen, trail);

  copy(
    chosen.map((_, index) => place.names[first - 1 + index] ?? ""),
    entriesFolderOf(trail),
    entriesFolderOf(folder),
  );
  copy(blobs, blobFolder(trail), blobFolder(folder));
  const keysFolder = path.join(folder, "keys");
  fs.mkdirSync(keysFolder, { recursive: true });
  for (const [keyId, key] of place.keyring) {
    fs.writeFileSync(path.join(keysFolder, `${keyId}.pem`), key.export({ type: "spki", format: "pem" }));
  }
  const head = { number: last, digest: chosen.at(-1)?.digest ?? "" };
  const previous = chosen[0]?.entry.previous ?? noPrevious;
  fs.writeFileSync(path.join(folder, "README.md"), readmeOf({ first, last, previous, head }), {
    flush: true,
  });
  return { folder, trail, from: first, to: last, blobs: blobs.length, head };
}

const blobFolder = (folder: string): string => path.dirname(directoryBlobs(folder).pathOf("any"));

function choose(
  links: readonly Link[],
  { run, from = 1, to = links.length }: ExportOptions,
  trail: string,
): Link[] {
  const ofTheRun =
    run === undefined
      ? undefined
      : ofRun(
          links.map(({ entry }) => entry),
          run,
        );
  const first = ofTheRun === undefined ? from : (ofTheRun[0]?.number ?? 1);
  const last = ofTheRun === undefined ? to : (ofTheRun.at(-1)?.number ?? 0);
  if (first > last || last > links.length) {
    throw new UserError(
      `The trail ${trail} has no such entries: it goes from 1 to ${String(links.length)}. "npx hms audit show" lists them.`,
    );
  }
  return links.slice(first - 1, last);
}

/** The stored blobs that entries name, and those that signed envelopes among them name. */
function blobsOf(links: readonly Link[], trail: string): string[] {
  const stored = new Set(blobNames(trail));
  const named = new Set<string>();
  const texts = links.map(({ opened }) => opened.payload);
  for (let text = texts.pop(); text !== undefined; text = texts.pop()) {
    for (const [sha256] of text.matchAll(/[0-9a-f]{64}/g)) {
      if (stored.has(sha256) && !named.has(sha256)) {
        named.add(sha256);
        texts.push(envelopeIn(directoryBlobs(trail).pathOf(sha256))?.payload ?? "");
      }
    }
  }
  return [...named].sort();
}

function copy(names: readonly string[], from: string, to: string): void {
  fs.mkdirSync(to, { recursive: true });
  for (const name of names) {
    fs.copyFileSync(path.join(from, name), path.join(to, name), fs.constants.COPYFILE_FICLONE);
  }
}

/** What was exported, in a sentence. */
export function formatExported({ folder, from, to, blobs, head }: Exported): string {
  return (
    `Entries ${String(from)} to ${String(to)} and ${String(blobs)} stored files lie in ${folder}; its README.md says how to check them.\n` +
    `Tell the auditor on another way which keys to trust ("npx hms keys show") and the head: ${String(head.number)}:${head.digest}`
  );
}
