/** Signed envelopes: DSSE v1 (https://github.com/secure-systems-lab/dsse), Ed25519 (RFC 8032). */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";

/** Whoever signs: a key in a file, in the environment, or behind a command. */
export interface Signer {
  /** {@link keyIdOf} its public key. */
  readonly keyId: string;
  /** The 64 bytes of an Ed25519 signature. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** The public keys that are trusted, by their id. */
export type Keyring = ReadonlyMap<string, KeyObject>;

/** What is signed, and by whom. */
export interface Envelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly [{ readonly keyid: string; /** Base64. */ readonly sig: string }];
}

/** Payloads are in-toto statements. */
export const payloadType = "application/vnd.in-toto+json";

/** The id of a public key: SHA-256 of its SubjectPublicKeyInfo in DER (RFC 8410), in hex. */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}

/** The bytes that are signed: DSSE's pre-authentication encoding. */
export function preAuthEncoding(type: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${String(Buffer.byteLength(type))} ${type} ${String(payload.byteLength)} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** The text of an envelope around a payload: one line of JSON. */
export function seal(payload: string, signer: Signer): string {
  const bytes = Buffer.from(payload);
  const sig = Buffer.from(signer.sign(preAuthEncoding(payloadType, bytes))).toString("base64");
  return textOf({
    payloadType,
    payload: bytes.toString("base64"),
    signatures: [{ keyid: signer.keyId, sig }],
  });
}

function textOf({ payloadType: type, payload, signatures }: Envelope): string {
  const [{ keyid, sig }] = signatures;
  return `${JSON.stringify({ payloadType: type, payload, signatures: [{ keyid, sig }] })}\n`;
}

/** An opened envelope, whose signature is still to be checked. */
export interface Opened {
  /** What was signed. */
  readonly payload: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

/**
 * Opens an envelope. Its text must be, to the byte, what {@link seal} makes: so nothing in it can be altered unseen.
 *
 * @throws Error whose message goes on after "it is …"
 */
export function open(text: string): Opened {
  let envelope: Envelope;
  try {
    envelope = JSON.parse(text) as Envelope;
    const payload = Buffer.from(envelope.payload, "base64");
    const [{ keyid, sig }] = envelope.signatures;
    const signature = Buffer.from(sig, "base64");
    const again = textOf({
      payloadType,
      payload: payload.toString("base64"),
      signatures: [{ keyid, sig: signature.toString("base64") }],
    });
    if (again === text) {
      return { payload: payload.toString("utf8"), keyId: keyid, signature };
    }
  } catch {
    // The same sentence: it is not one of ours.
  }
  throw new Error("no signed envelope, or was altered");
}

/** Whether the signature of an opened envelope is the key's. */
export function isSignedBy({ payload, signature }: Opened, key: KeyObject): boolean {
  return verify(null, preAuthEncoding(payloadType, Buffer.from(payload)), key, signature);
}
