/** Keys of the lab: those that log in, and those that sign. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { createKey } from "../store/keys";
import { inLab } from "./layout";

/** The key that the pipeline logs in to sites with. Its public half is `deploy.pub`. */
export const deployKey = inLab("keys", "deploy");

/** The folder of the keys that sign the trail, and of the public ones, which the sites hold. */
export const signingKeys = inLab("signing");

/** Those that are trusted. */
export const trustedKeys = path.join(signingKeys, "trusted");

/** Makes a key that signs, unless there is one. */
export function makeSigningKey(): void {
  if (!existsSync(path.join(signingKeys, "signing.pem"))) createKey(signingKeys, trustedKeys);
}

/** Makes {@link deployKey}, unless it is there. */
export const makeDeployKey = (): Promise<void> => makeKey(deployKey, "hms-deploy");

/**
 * Makes an Ed25519 key without passphrase, unless it is there: a private file, and beside it `FILE.pub`.
 * @param comment - the end of its public line
 */
export async function makeKey(file: string, comment: string): Promise<void> {
  if (existsSync(file)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  // Under another name first, so that a key that is there is whole, with its public half.
  const part = `${file}.part`;
  rmSync(part, { force: true });
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", part]);
  renameSync(`${part}.pub`, `${file}.pub`);
  renameSync(part, file);
}
