/** A receipt that a site wrote into a file and signed by a key of its own (docs/adr/0018). Pure. */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { keyIdOf } from "./dsse";
import type { Entry, TargetId } from "./entry";
import { UserError } from "./errors";
import { all, type EntryOf, newest, releaseOf } from "./history";
import type { Receipt } from "./receipt";

/** What the file says, once its signature is known to be good. */
export interface SiteReceipt {
  readonly target: TargetId;
  readonly service: string;
  readonly tag: string;
  /** Hex SHA-256 of the release's manifest. */
  readonly manifest: string;
  /** Hex SHA-256 of the medium's list. */
  readonly medium: string;
  /** Which of the site's receipts it is. */
  readonly count: number;
  /** ISO 8601, UTC, by the site's clock. */
  readonly saidAt: string;
  readonly receipt: Receipt & { readonly kind: "runs" };
  /** The fingerprint of the key that signed it. */
  readonly key: string;
  /** That key's SubjectPublicKeyInfo in DER, Base64. */
  readonly publicKey: string;
}

/** The lines of the file, in their order. */
const names = [
  "target",
  "service",
  "tag",
  "manifest",
  "medium",
  "count",
  "said",
  "container",
  "image",
  "health",
  "since",
  "key",
] as const;

const form = new RegExp(
  `^hms-receipt 1\n${names.map((name) => `${name} ([^\\s]+)\n`).join("")}signature ([A-Za-z0-9+/=]+)\n$`,
);

/**
 * Reads a receipt's file, and checks that the key in it signed it. Whose key that is, is another question.
 *
 * @param file its name, for the error
 * @throws UserError when it is none, or was changed after it was signed
 */
export function parseSiteReceipt(text: string, file: string): SiteReceipt {
  const found = form.exec(text)?.slice(1) ?? [];
  const said = Object.fromEntries(names.map((name, index) => [name, found[index] ?? ""])) as Record<
    (typeof names)[number],
    string
  >;
  const key = publicKeyIn(said.key);
  const isWell =
    key !== undefined &&
    /^[\w-]+\/[\w-]+$/.test(said.target) &&
    /^[1-9]\d{0,9}$/.test(said.count) &&
    [said.manifest, said.medium].every((digest) => /^[0-9a-f]{64}$/.test(digest)) &&
    /^sha256:[0-9a-f]{64}$/.test(said.image) &&
    [said.said, said.since].every((time) => !Number.isNaN(Date.parse(time)));
  if (!isWell) {
    throw new UserError(
      `${file} is no whole receipt of a site. Take the file as it is: install.sh wrote it at the site, and the site keeps a copy.`,
    );
  }
  const signed = text.slice(0, text.lastIndexOf("signature "));
  if (!verify(null, Buffer.from(signed), key, Buffer.from(found[names.length] ?? "", "base64"))) {
    throw new UserError(
      `${file} was changed after the site signed it. Take the copy that the site keeps; nothing was written.`,
    );
  }
  return {
    target: said.target as TargetId,
    service: said.service,
    tag: said.tag,
    manifest: said.manifest,
    medium: said.medium,
    count: Number(said.count),
    saidAt: new Date(said.said).toISOString(),
    receipt: {
      kind: "runs",
      image: said.image,
      health: said.health === "healthy" ? "healthy" : "unhealthy",
      // Docker prints nanoseconds.
      since: new Date(said.since).toISOString(),
      units: [said.container],
    },
    key: keyIdOf(key),
    publicKey: said.key,
  };
}

function publicKeyIn(base64: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The key that a site signs with, as far as the trail knows. */
export function siteKeyOf(entries: readonly Entry[], target: TargetId): EntryOf<"site-key"> | undefined {
  return newest(entries, "site-key", (body) => body.target === target);
}

/** The entry of a receipt that was imported before. @param file hex SHA-256 of the file */
export function importedBefore(entries: readonly Entry[], file: string): EntryOf<"receipt"> | undefined {
  return newest(entries, "receipt", (body) => body.file === `sha256:${file}`);
}

/** Why a receipt is not of a medium that was made for the site, or not of its release; undefined when it is. */
export function whyNotOurs(
  entries: readonly Entry[],
  target: TargetId,
  said: SiteReceipt,
): string | undefined {
  if (said.target !== target) {
    return `It is a receipt of ${said.target}, and not of ${target}. Import it with the right --site and --stack.`;
  }
  const release = releaseOf(entries, said.tag);
  if (release === undefined) {
    return `It is of release ${said.tag}, which is not in the trail. Import it where the medium was made.`;
  }
  if (release.manifest.sha256 !== said.manifest || release.service !== said.service) {
    return `It is of another release ${said.tag} than the trail's. Import it where the medium was made.`;
  }
  const made = newest(
    entries,
    "release-exported",
    (body) => body.target === target && body.tag === said.tag && body.medium === `sha256:${said.medium}`,
  );
  if (made === undefined) {
    return `It is of a medium that was not made here for ${target}. Import it where the medium was made.`;
  }
  return said.receipt.image === release.imageId
    ? undefined
    : `It says that ${target} runs ${said.receipt.image.slice(0, 19)}, which is not the image of ${said.tag}. Run install.sh at the site again.`;
}

/** Why a receipt says nothing about now: the trail has a newer one; undefined when it has none. */
export function whyOutdated(
  entries: readonly Entry[],
  target: TargetId,
  said: SiteReceipt,
): string | undefined {
  const ofTarget = all(entries, "receipt").filter(({ body }) => body.target === target);
  const newer = ofTarget.find(({ body }) => body.key === said.key && (body.count ?? 0) >= said.count);
  if (newer !== undefined) {
    return `It is receipt ${String(said.count)} of ${target}, and the trail has receipt ${String(newer.body.count)} (entry ${String(newer.number)}). Import the site's newest one.`;
  }
  const read = ofTarget.find(({ body, time }) => body.via === undefined && time > said.saidAt);
  return (
    read &&
    `It is of ${said.saidAt}, and the trail has what ${target} said at ${read.time} over the line (entry ${String(read.number)}). There is nothing to import.`
  );
}

/** A fingerprint as people read it out to each other: in groups of four. */
export function readable(fingerprint: string): string {
  return fingerprint.match(/.{1,4}/g)?.join(" ") ?? fingerprint;
}

/**
 * A fingerprint as people write it, in groups or not.
 *
 * @throws UserError when it is none
 */
export function parseFingerprint(text: string): string {
  const hex = text.replaceAll(/^sha256:|[\s:-]/gi, "").toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new UserError(
      `--fingerprint: found "${text}"; allowed: the 64 digits that install.sh printed at the site.`,
    );
  }
  return hex;
}
