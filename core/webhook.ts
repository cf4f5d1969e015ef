/** Signs requests, so that a receiver knows who sent them and that nobody sends them again: the scheme of Standard Webhooks (https://www.standardwebhooks.com, version 1). */
import { createHmac } from "node:crypto";
import { UserError } from "./errors";

const prefix = "whsec_";
const [shortest, longest] = [24, 64];

/**
 * The secrets of a text: one a line. While a secret is changed there are two, and a receiver takes either.
 *
 * @param what what it is, for the error: `dashboard: secret`
 * @throws UserError
 */
export function parseSecrets(text: string, what: string): Buffer[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const secrets = lines.map((line) => {
    const base64 = line.startsWith(prefix) ? line.slice(prefix.length) : "";
    return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, "base64") : Buffer.alloc(0);
  });
  if (secrets.length === 0 || secrets.some(({ length }) => length < shortest || length > longest)) {
    throw new UserError(
      `${what}: allowed: ${prefix} and ${shortest} to ${longest} bytes as Base64, one a line. ` +
        `Make one: echo "${prefix}$(openssl rand -base64 32)"`,
    );
  }
  return secrets;
}

/** A request to be signed. */
export interface Signed {
  /** The same however often it is sent. */
  readonly id: string;
  /** When it is sent: seconds since 1970, UTC. */
  readonly timestamp: number;
  readonly body: string;
}

/** The headers that sign a request: HMAC-SHA256 over `id.timestamp.body`, once by each secret. */
export function signatureHeaders(
  { id, timestamp, body }: Signed,
  secrets: readonly Buffer[],
): Record<string, string> {
  const signatures = secrets.map((secret) =>
    createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64"),
  );
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatures.map((signature) => `v1,${signature}`).join(" "),
  };
}
