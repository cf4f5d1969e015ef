/** The keys that sign the trail, and those that are trusted to have signed it. */
import { spawnSync } from "node:child_process";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { keyIdOf, type Keyring, type Signer } from "../core/dsse";
import { messageOf, UserError } from "../core/errors";
import { workFolder } from "./project";

/** The folder of the keys. @default HMS_KEYS, or `.hms/keys` in the project */
export function keysFolder(): string {
  return path.resolve(process.env["HMS_KEYS"] ?? path.join(workFolder, "keys"));
}

/** The folder of the public keys that are trusted, as PEM. @default HMS_TRUSTED_KEYS, or `trusted` among the keys */
export function trustedFolder(): string {
  return path.resolve(process.env["HMS_TRUSTED_KEYS"] ?? path.join(keysFolder(), "trusted"));
}

const privateFile = (folder = keysFolder()): string => path.join(folder, "signing.pem");

/** The public key of what signs, where the private one lies behind a command. */
const publicFile = (): string => path.join(keysFolder(), "signing.pub");

/** Where a key lies that a user of the trail may have none of. */
export const howToMakeKeys = 'Run "npx hms keys init", or set HMS_KEYS to where they lie.';

/**
 * Who signs: the command in HMS_SIGNING_COMMAND, the key in HMS_SIGNING_KEY, or the file `signing.pem` among the keys.
 *
 * @throws UserError when there is none, or it can't sign
 */
export function signer(): Signer {
  const command = process.env["HMS_SIGNING_COMMAND"];
  if (command !== undefined && command !== "") {
    return commandSigner(command, readPublicKey(publicFile()));
  }
  const text = process.env["HMS_SIGNING_KEY"];
  return text === undefined || text === ""
    ? keySigner(readKeyFile(privateFile()), privateFile())
    : keySigner(text, "HMS_SIGNING_KEY");
}

/** Signs with a private key. @param where it comes from, for the error */
function keySigner(pem: string, where: string): Signer {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new UserError(`${where} holds no private key in PEM. ${howToMakeKeys}`);
  }
  requireEd25519(key, where);
  return { keyId: keyIdOf(key), sign: (bytes) => sign(null, bytes, key) };
}

/** The text of a private key's file, which nobody else may read. */
function readKeyFile(file: string): string {
  let mode: number;
  try {
    ({ mode } = fs.statSync(file));
  } catch {
    throw new UserError(`There is no signing key (${file}). ${howToMakeKeys}`);
  }
  if ((mode & 0o077) !== 0) {
    throw new UserError(`${file} can be read by others. Run "chmod 600 ${file}".`);
  }
  return fs.readFileSync(file, "utf8");
}

/** How long a command may take to sign, in milliseconds. */
const commandTimeout = 30_000;

/** Signs by a command, for a key that never leaves its device: bytes on stdin, 64 bytes or their Base64 on stdout. */
function commandSigner(command: string, key: KeyObject): Signer {
  return {
    keyId: keyIdOf(key),
    sign(bytes) {
      const { status, stdout, error } = spawnSync("sh", ["-c", command], {
        input: bytes,
        timeout: commandTimeout,
      });
      if (error !== undefined || status !== 0) {
        const why = error === undefined ? `exit code ${String(status)}` : messageOf(error);
        throw new UserError(
          `HMS_SIGNING_COMMAND did not sign (${why}). Try it by hand: bytes in, signature out.`,
        );
      }
      const signature = stdout.length === 64 ? stdout : Buffer.from(stdout.toString("latin1"), "base64");
      if (!verify(null, bytes, key, signature)) {
        throw new UserError(
          `HMS_SIGNING_COMMAND gave a signature that is not of ${publicFile()}. Put the public key of its device there.`,
        );
      }
      return signature;
    },
  };
}

function readPublicKey(file: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey(fs.readFileSync(file));
  } catch (error) {
    throw new UserError(`${file} is no public key in PEM (${messageOf(error)}). ${howToMakeKeys}`);
  }
  requireEd25519(key, file);
  return key;
}

function requireEd25519(key: KeyObject, where: string): void {
  if (key.asymmetricKeyType !== "ed25519") {
    throw new UserError(
      `${where} is a key of type ${String(key.asymmetricKeyType)}; allowed: ed25519. ${howToMakeKeys}`,
    );
  }
}

/**
 * The public keys that are trusted: every `.pem` in a folder.
 *
 * @throws UserError when the folder holds something else under that name
 */
export function trustedKeys(folder: string = trustedFolder()): Keyring {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".pem")) : [];
  const keys = names.map((name) => readPublicKey(path.join(folder, name)));
  return new Map(keys.map((key) => [keyIdOf(key), key]));
}

/**
 * A new key pair: the private key's file is written, and its public key trusted. Returns its id.
 *
 * @param folder @default that of the keys
 */
export function createKey(folder: string = keysFolder(), trusted: string = trustedFolder()): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeWhole(privateFile(folder), privateKey.export({ type: "pkcs8", format: "pem" }), 0o600);
  return trust(createPublicKey(privateKey), trusted);
}

/**
 * Whether there is a key to sign with.
 *
 * @param folder @default that of the keys
 */
export function hasKey(folder: string = keysFolder()): boolean {
  return (
    fs.existsSync(privateFile(folder)) ||
    (process.env["HMS_SIGNING_KEY"] ?? "") !== "" ||
    (process.env["HMS_SIGNING_COMMAND"] ?? "") !== ""
  );
}

/** Puts a key aside, under its id, so that a new one can take its place. */
export function retireKey(): void {
  const { keyId } = signer();
  fs.renameSync(privateFile(), path.join(keysFolder(), `retired-${keyId.slice(0, 12)}.pem`));
}

/** Trusts a public key. Returns its id. */
export function trust(key: KeyObject, folder: string = trustedFolder()): string {
  const keyId = keyIdOf(key);
  fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
  writeWhole(path.join(folder, `${keyId}.pem`), key.export({ type: "spki", format: "pem" }), 0o644);
  return keyId;
}

/** Trusts the public key in a file, and makes it the one that a command signs for. Returns its id. */
export function adoptPublicKey(file: string): string {
  const key = readPublicKey(path.resolve(file));
  fs.mkdirSync(keysFolder(), { recursive: true, mode: 0o700 });
  writeWhole(publicFile(), key.export({ type: "spki", format: "pem" }), 0o644);
  return trust(key);
}

function writeWhole(file: string, text: string | Buffer, mode: number): void {
  const draft = `${file}.${String(process.pid)}`;
  fs.writeFileSync(draft, text, { mode, flush: true });
  fs.renameSync(draft, file);
}
