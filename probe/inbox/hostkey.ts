/** Pinned SSH host keys. */
import { createHash } from "node:crypto";
import { UserError } from "../../core/errors";

/**
 * The keys in a text: OpenSSH public keys, one a line, as in a `.pub` file, with or without the host's name before
 * (as `ssh-keyscan` and `known_hosts` have it). Empty lines and comments don't count.
 *
 * @returns `TYPE BASE64` for each, at least one
 * @throws UserError
 */
export function parseHostKeys(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const key = /(?:^|\s)((?:ssh|ecdsa|sk)-[\w@.-]+ AAAA[A-Za-z0-9+/=]+)(?:\s|$)/.exec(line)?.[1];
      if (key === undefined) {
        throw new UserError(
          `hostKey: found ${JSON.stringify(line)}; allowed: an OpenSSH public key, e.g. "ssh-ed25519 AAAA…"`,
        );
      }
      return key;
    });
  if (keys.length === 0) {
    throw new UserError(`hostKey: found no key; allowed: an OpenSSH public key, e.g. "ssh-ed25519 AAAA…"`);
  }
  return keys;
}

/** Whether a server's key is one of the pinned ones. */
export function isPinned(key: Uint8Array, pinned: readonly string[]): boolean {
  return pinned.some((each) => Buffer.from(each.split(" ")[1] ?? "", "base64").equals(key));
}

/** A key's fingerprint, as `ssh-keygen -l` prints it. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The signature algorithms that make the server show a key of a pinned type, not one of another type that it has. */
export function algorithmsFor(pinned: readonly string[]): string[] {
  const types = pinned.map((each) => each.split(" ")[0] ?? "");
  return [...new Set(types)].flatMap((type) =>
    type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type],
  );
}
