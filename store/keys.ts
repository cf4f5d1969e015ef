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
import { createWholeFile, writeWholeFile } from "./whole-file";

/** The folder of the keys. @default HMS_KEYS, or `.hms/keys` in the project */
export function keysFolder(): string {
  return path.resolve(process.env["HMS_KEYS"] ?? path.join(workFolder, "keys"));
}

/** The folder of the public keys that are trusted, as PEM. @default HMS_TRUSTED_KEYS, or `trusted` among the keys */
export function trustedFolder(): string {
  return path.resolve(process.env["HMS_TRUSTED_KEYS"] ?? path.join(keysFolder(), "trusted"));
}

/** The private key, where it lies in a file. */
export const privateFile = (folder = keysFolder()): string => path.join(folder, "signing.pem");

/** The public key of what signs, where the private one lies behind a command. */
export const publicFile = (): string => path.join(keysFolder(), "signing.pub");

/** Where a key lies that a user of the trail may have none of. */
export const howToMakeKeys = 'Run "npx hms keys init", or set HMS_KEYS to where they lie.';

/** What the signing key lies in. */
export function keyOrigin(): "command" | "environment" | "file" {
  const isSet = (name: string): boolean => (process.env[name] ?? "") !== "";
  return isSet("HMS_SIGNING_COMMAND") ? "command" : isSet("HMS_SIGNING_KEY") ? "environment" : "file";
}

/**
 * Who signs: the command in HMS_SIGNING_COMMAND, the key in HMS_SIGNING_KEY, or the file `signing.pem` among the keys.
 *
 * @throws UserError when there is none, or it can't sign
 */
export function signer(): Signer {
  switch (keyOrigin()) {
    case "command":
      return commandSigner(process.env["HMS_SIGNING_COMMAND"] ?? "", readPublicKey(publicFile()));
    case "environment":
      return keySigner(process.env["HMS_SIGNING_KEY"] ?? "", "HMS_SIGNING_KEY");
    case "file":
      return fileSigner(privateFile());
  }
}

/**
 * Signs with the private key in a file.
 *
 * @throws UserError when there is none, or others can read it
 */
export function fileSigner(file: string): Signer {
  return keySigner(readKeyFile(file), file);
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

/** How long a command may take to sign, in seconds. @default HMS_SIGNING_SECONDS, or 30 */
const commandSeconds = (): number => Number(process.env["HMS_SIGNING_SECONDS"]) || 30;

/** Signs by a command, for a key that never leaves its device: bytes on stdin, 64 bytes or their Base64 on stdout. */
function commandSigner(command: string, key: KeyObject): Signer {
  return {
    keyId: keyIdOf(key),
    sign(bytes) {
      const { status, stdout, error } = spawnSync("sh", ["-c", command], {
        input: bytes,
        timeout: commandSeconds() * 1000,
        killSignal: "SIGKILL",
      });
      // A command that gives its signature without reading all bytes is judged by the signature.
      if (status !== 0) {
        const late = error !== undefined && "code" in error && error.code === "ETIMEDOUT";
        const why = late
          ? `no signature within ${String(commandSeconds())} s`
          : `exit code ${String(status)}`;
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

/**
 * The public key in a file.
 *
 * @throws UserError when it holds none of Ed25519
 */
export function readPublicKey(file: string): KeyObject {
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
  return new Map(trustedFiles(folder).map(({ keyId, key }) => [keyId, key]));
}

/** The files of the trusted keys. */
export function trustedFiles(folder: string): { keyId: string; key: KeyObject; file: string }[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".pem")) : [];
  return names.sort().map((name) => {
    const file = path.join(folder, name);
    const key = readPublicKey(file);
    return { keyId: keyIdOf(key), key, file };
  });
}

/**
 * A new key pair: the private key's file is written, and its public key trusted. Returns its id.
 *
 * @param folder @default that of the keys
 * @throws UserError when there is a key already
 */
export function createKey(folder: string = keysFolder(), trusted: string = trustedFolder()): string {
  return trust(createKeyFile(privateFile(folder)), trusted);
}

/** Writes a new private key. Returns its public one. */
export function createKeyFile(file: string): KeyObject {
  const { privateKey } = generateKeyPairSync("ed25519");
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  if (!createWholeFile(file, pem, { mode: 0o600, durable: true })) {
    throw new UserError(alreadyThere(file));
  }
  return createPublicKey(privateKey);
}

/** What is said where a key would be overwritten. */
export const alreadyThere = (file: string): string =>
  `There is a signing key already (${file}). To replace it, run "npx hms keys rotate --reason TEXT".`;

/** Trusts a public key. Returns its id. */
export function trust(key: KeyObject, folder: string = trustedFolder()): string {
  const keyId = keyIdOf(key);
  fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
  const pem = key.export({ type: "spki", format: "pem" });
  writeWholeFile(path.join(folder, `${keyId}.pem`), pem, { mode: 0o644, durable: true });
  return keyId;
}
