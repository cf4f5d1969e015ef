/** `hms keys`: which key signs the trail, and how another takes its place. */
import fs from "node:fs";
import path from "node:path";
import { signsAfter } from "../core/chain";
import { keyIdOf, open } from "../core/dsse";
import { messageOf, UserError } from "../core/errors";
import {
  alreadyThere,
  createKey,
  createKeyFile,
  fileSigner,
  keyOrigin,
  keysFolder,
  privateFile,
  publicFile,
  readPublicKey,
  signer,
  trust,
  trustedFiles,
  trustedFolder,
  trustedKeys,
} from "../store/keys";
import { writeWholeFile } from "../store/whole-file";
import { trailFolder } from "../store/project";
import { openTrail } from "../store/trail";
import { entryFiles } from "../store/trail-files";
import { readEntryFile } from "./audit/place";

/** What a verb of `hms keys` has done. */
export interface KeyChange {
  /** Of the key that signs from now on. */
  readonly keyId: string;
  /** What is left to do by hand. @default nothing */
  readonly next?: string;
}

const forDevice = "Set HMS_SIGNING_COMMAND, or HMS_SIGNING_KEY, to what signs with it.";

/**
 * Makes the first key, or trusts the one that a device or the environment signs with.
 *
 * @param publicKey file of the public key, where the private one lies elsewhere @default a new key in a file
 * @throws UserError when there is a key already
 */
export function initKeys(publicKey?: string): KeyChange {
  const own = privateFile();
  const next = publicKey === undefined ? undefined : readPublicKey(path.resolve(publicKey));
  if (next === undefined) {
    requireFileOrigin("hms keys init");
  }
  if (fs.existsSync(own)) {
    const { keyId } = fileSigner(own);
    if (next !== undefined || trustedKeys().has(keyId)) {
      throw new UserError(alreadyThere(own));
    }
    // A run of this verb was killed before it could trust its key.
    return { keyId: trust(readPublicKey(own)) };
  }
  const signs = signsNext();
  if (signs !== undefined && signs !== (next && keyIdOf(next))) {
    throw new UserError(
      `Key ${signs.slice(0, 12)}… signs the trail ${trailFolder()}. Set HMS_KEYS to where it lies; if it is lost, run "npx hms keys rotate --lost --reason TEXT".`,
    );
  }
  if (next === undefined) {
    return { keyId: createKey() };
  }
  if (fs.existsSync(publicFile()) && keyIdOf(readPublicKey(publicFile())) !== keyIdOf(next)) {
    throw new UserError(alreadyThere(publicFile()));
  }
  return { keyId: adopt(next), next: forDevice };
}

/** How to rotate. */
export interface Rotation {
  /** Why, for the trail. */
  readonly reason: string;
  /** File of the next public key, where the private one lies elsewhere. @default a new key in a file */
  readonly publicKey?: string;
  /** Whether the old key is lost, so that the new one must vouch for itself. @default false */
  readonly lost?: boolean;
}

/**
 * Makes another key sign the trail. Killed at any point, it can be run again and goes on from there.
 *
 * @throws UserError when the old key can't sign, or the new one has signed before
 */
export function rotateKeys({ reason, publicKey, lost }: Rotation): KeyChange {
  if (lost === true) {
    return takeOver(reason);
  }
  if (publicKey !== undefined) {
    const next = readPublicKey(path.resolve(publicKey));
    handOver(keyIdOf(next), reason, () => trust(next));
    retire();
    return { keyId: adopt(next), next: forDevice };
  }
  requireFileOrigin("hms keys rotate --reason TEXT");
  if (!fs.existsSync(nextFile())) {
    // Without the old key there is nothing to rotate from: this says so before a new one is made.
    signer();
    createKeyFile(nextFile());
  }
  const { keyId } = fileSigner(nextFile());
  handOver(keyId, reason, () => trust(readPublicKey(nextFile())));
  retire();
  fs.renameSync(nextFile(), privateFile());
  return { keyId };
}

/** Where the next key waits until the trail knows it. */
const nextFile = (): string => path.join(keysFolder(), "signing.next.pem");

/** Writes into the trail, by the old key, that another one signs next; unless the trail says so already. */
function handOver(to: string, reason: string, trustIt: () => void): void {
  if (signsNext() === to && keyOfOwn() !== to) {
    return;
  }
  const from = signer().keyId;
  if (to === from) {
    throw new UserError(`Key ${to.slice(0, 12)}… signs already. Make a new one.`);
  }
  requireUnused(to);
  trustIt();
  openTrail().append({ type: "keys-rotated", from, to, reason });
}

/** The id of the key that signs by the settings; undefined where none can. */
function keyOfOwn(): string | undefined {
  try {
    return signer().keyId;
  } catch {
    return undefined;
  }
}

/** A new key vouches for itself, since the old one is lost: whoever checks the trail has to trust it. */
function takeOver(reason: string): KeyChange {
  requireFileOrigin("hms keys rotate --lost --reason TEXT");
  const from = signsNext();
  if (from === undefined) {
    throw new UserError(`The trail ${trailFolder()} has no entries. Run "npx hms keys init".`);
  }
  const keyId = fs.existsSync(privateFile()) ? fileSigner(privateFile()).keyId : createKey();
  if (keyId === from) {
    throw new UserError(
      `The key that signs is not lost: it is ${privateFile()}. Leave --lost away, or move that file out of the way.`,
    );
  }
  requireUnused(keyId);
  trust(readPublicKey(privateFile()));
  openTrail().append({ type: "keys-rotated", from, to: keyId, reason });
  return { keyId };
}

/** Puts the file of the old key aside, under its id. */
function retire(): void {
  if (fs.existsSync(privateFile())) {
    const { keyId } = fileSigner(privateFile());
    fs.renameSync(privateFile(), path.join(keysFolder(), `retired-${keyId.slice(0, 12)}.pem`));
  }
}

/** Trusts a public key, and notes it as the one that a command signs with. */
function adopt(key: ReturnType<typeof readPublicKey>): string {
  const keyId = trust(key);
  fs.mkdirSync(keysFolder(), { recursive: true, mode: 0o700 });
  writeWholeFile(publicFile(), key.export({ type: "spki", format: "pem" }), { mode: 0o644, durable: true });
  return keyId;
}

/** The id of the key that signs the trail's next entry; undefined for a trail without entries. */
function signsNext(): string | undefined {
  const name = entryFiles(trailFolder()).at(-1);
  return name === undefined ? undefined : signsAfter(readEntryFile(trailFolder(), name));
}

/** Who finds an old key must not make it sign again, so no key comes back. */
function requireUnused(keyId: string): void {
  const folder = trailFolder();
  if (entryFiles(folder).some((name) => open(readEntryFile(folder, name)).keyId === keyId)) {
    throw new UserError(
      `Key ${keyId.slice(0, 12)}… has signed this trail before, and was retired. Make a new one.`,
    );
  }
}

function requireFileOrigin(verb: string): void {
  const origin = keyOrigin();
  if (origin === "command") {
    throw new UserError(
      `HMS_SIGNING_COMMAND signs. Make a key in its device, and run "npx ${verb} --public FILE" with its public key.`,
    );
  }
  if (origin === "environment") {
    throw new UserError(
      "HMS_SIGNING_KEY signs. Write the public key of the one that is to sign into a file " +
        `("openssl pkey -in KEY -pubout -out FILE"), and run "npx ${verb} --public FILE".`,
    );
  }
}

/** Which key signs, and which are trusted. Field names are stable: `--json` prints it. */
export interface Keys {
  /** Who signs; absent when nothing can. */
  readonly signs?: {
    readonly keyId: string;
    readonly from: "command" | "environment" | "file";
    readonly where: string;
  };
  /** Why nothing can sign. */
  readonly why?: string;
  readonly trusted: readonly { readonly keyId: string; readonly file: string }[];
  /** The trail, and the id of the key that signs its next entry, where it has entries. */
  readonly trail: { readonly folder: string; readonly signedBy?: string };
}

/** Looks which key signs, and which are trusted. */
export function showKeys(): Keys {
  const trusted = trustedFiles(trustedFolder()).map(({ keyId, file }) => ({ keyId, file }));
  const trail = { folder: trailFolder(), signedBy: signsNext() };
  const from = keyOrigin();
  const where = { command: publicFile(), environment: "HMS_SIGNING_KEY", file: privateFile() }[from];
  try {
    return { signs: { keyId: signer().keyId, from, where }, trusted, trail };
  } catch (error) {
    return { why: messageOf(error), trusted, trail };
  }
}

/** The same for people. */
export function formatKeys({ signs, why, trusted, trail }: Keys): string {
  const first =
    signs === undefined ? (why ?? "") : `signs    ${signs.keyId}  (${signs.from}: ${signs.where})`;
  const other =
    trail.signedBy === undefined || trail.signedBy === signs?.keyId
      ? []
      : [`but the trail ${trail.folder} is signed by ${trail.signedBy}`];
  return [first, ...other, ...trusted.map(({ keyId, file }) => `trusted  ${keyId}  (${file})`)].join("\n");
}
