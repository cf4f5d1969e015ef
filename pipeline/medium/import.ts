/** `hms receipt import`: what a site without a line says, into the trail. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Entry, TargetId } from "../../core/entry";
import { messageOf, UserError } from "../../core/errors";
import { describe, type Receipt } from "../../core/receipt";
import {
  importedBefore,
  parseFingerprint,
  parseSiteReceipt,
  readable,
  siteKeyOf,
  type SiteReceipt,
  whyNotOurs,
  whyOutdated,
} from "../../core/site-receipt";
import { directoryBlobs } from "../../store/blobs";
import { trailFolder } from "../../store/project";
import { openTrail, type Trail } from "../../store/trail";
import { siteOf } from "./site";

/** What is to be imported. */
export interface ImportOptions {
  readonly file: string;
  /** The site's name. */
  readonly site: string;
  /** The stack of the site. @default onprem */
  readonly stack?: string;
  /** The fingerprint of the site's key, as it was printed there. @default somebody confirms it */
  readonly fingerprint?: string;
  /** Why the site has another key than the trail knows, if it has. */
  readonly newKey?: string;
  /** Asks whoever sits there; absent when nobody does. */
  readonly ask?: (question: string) => Promise<string>;
}

/** What was imported. Field names are stable: `--json` prints it. */
export interface ImportResult {
  readonly target: TargetId;
  readonly tag: string;
  readonly receipt: Receipt;
  /** When the site said it, by its own clock: ISO 8601, UTC. */
  readonly saidAt: string;
  /** The fingerprint of the key that signed it. */
  readonly key: string;
  /** The number of its entry in the trail. */
  readonly entry: number;
  /** Whether the trail had it already: then nothing was written. */
  readonly known: boolean;
}

/** More than a receipt ever is. */
const mostBytes = 64 * 1024;

/**
 * Imports a receipt.
 *
 * @throws UserError when it is none, not the site's, not of a medium that was made here, or older than what the trail has
 */
export async function importReceipt(options: ImportOptions): Promise<ImportResult> {
  const { target } = await siteOf(options.site, options.stack);
  const text = read(options.file);
  const name = path.basename(options.file);
  const said = parseSiteReceipt(text, name);
  const trail = openTrail();
  const entries = trail.entries();
  const why = whyNotOurs(entries, target, said);
  if (why !== undefined) {
    throw new UserError(`${name} is not taken. ${why}`);
  }
  const before = importedBefore(entries, createHash("sha256").update(text).digest("hex"));
  const result = { target, tag: said.tag, receipt: said.receipt, saidAt: said.saidAt, key: said.key };
  if (before !== undefined) {
    return { ...result, entry: before.number, known: true };
  }
  const pin = await settleKey(entries, target, said, options);
  const outdated = whyOutdated(entries, target, said);
  if (outdated !== undefined) {
    throw new UserError(`${name} is not taken. ${outdated}`);
  }
  pin(trail);
  const file = directoryBlobs(trailFolder()).put(Buffer.from(text));
  const { number } = trail.append({
    type: "receipt",
    target,
    tag: said.tag,
    receipt: said.receipt,
    via: "medium",
    key: said.key,
    count: said.count,
    saidAt: said.saidAt,
    file: `sha256:${file}`,
  });
  return { ...result, entry: number, known: false };
}

function read(file: string): string {
  try {
    if (fs.statSync(file).size > mostBytes) {
      throw new UserError(`${file} is no receipt of a site: it is too large.`);
    }
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`${file} can't be read (${messageOf(error)}).`);
  }
}

/**
 * Makes sure that the key is the site's: the one that the trail knows, or one that somebody confirms.
 *
 * @returns what writes a new key into the trail
 */
async function settleKey(
  entries: readonly Entry[],
  target: TargetId,
  said: SiteReceipt,
  { fingerprint, newKey, ask }: ImportOptions,
): Promise<(trail: Trail) => void> {
  const pinned = siteKeyOf(entries, target)?.body.key;
  if (fingerprint !== undefined && parseFingerprint(fingerprint) !== said.key) {
    throw new UserError(
      `The receipt is signed by the key ${readable(said.key)}, which is not the one that was named. Ask at the site; nothing was written.`,
    );
  }
  if (pinned === said.key) {
    return () => undefined;
  }
  if (pinned !== undefined && newKey === undefined) {
    throw new UserError(
      `The receipt is signed by the key ${readable(said.key)}, and ${target} signs with ${readable(pinned)}. ` +
        "Nothing was written. If the site was set up anew, ask there for the fingerprint, and run it again with --new-key REASON.",
    );
  }
  if (fingerprint === undefined) {
    await confirm(target, said.key, ask);
  }
  return (trail) => {
    trail.append({
      type: "site-key",
      target,
      key: said.key,
      publicKey: said.publicKey,
      ...(pinned !== undefined && { replaces: pinned, reason: newKey ?? "" }),
    });
  };
}

async function confirm(target: TargetId, key: string, ask: ImportOptions["ask"]): Promise<void> {
  if (ask === undefined) {
    throw new UserError(
      `Nobody has confirmed yet which key ${target} signs with, and nobody is here to ask. If install.sh printed ${readable(key)} there, run it again with --fingerprint ${key}.`,
    );
  }
  const answer = await ask(
    `install.sh printed the fingerprint of the site's key there.\nIs ${readable(key)} the key of ${target}? yes or no: `,
  );
  if (answer.trim() !== "yes") {
    throw new UserError(`The key of ${target} was not confirmed: nothing was written.`);
  }
}

/** The same for people. */
export function formatImported({ target, tag, receipt, saidAt, entry, known }: ImportResult): string {
  return known
    ? `The trail has this receipt of ${target} already (entry ${String(entry)}): nothing to do.`
    : `${target} ${tag}: ${describe(receipt)}, as it said on ${saidAt} (entry ${String(entry)} of the trail).`;
}
