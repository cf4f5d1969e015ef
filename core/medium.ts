/** A release on a medium, for a site that no line leads to: what it says of itself, and what is left out of it. Pure. */
import { activationWords } from "./activation";
import type { FarSiteSettings, SiteSettings } from "./config";
import type { Entry, TargetId } from "./entry";
import { UserError } from "./errors";
import { all, desiredTag, lastReceipt, releaseOf } from "./history";
import type { Release } from "./release";

/** What both kinds of site have in common: all that a medium needs to know. */
export type MediumSettings = FarSiteSettings | SiteSettings;

/** What a medium is for. */
export interface MediumFacts {
  readonly target: TargetId;
  readonly settings: MediumSettings;
  readonly release: Release;
  /** The image of the proxy, by digest. */
  readonly proxyImage: string;
  /** The release whose blobs are left out. */
  readonly since?: string;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
}

/** A file of a medium. */
export interface MediumFile {
  /** Relative to the medium's folder. */
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** The name of the folder that a medium is. */
export function mediumName({ target, release }: Pick<MediumFacts, "target" | "release">): string {
  return `${release.service}-${nameIn(target)}-${release.tag}`;
}

/** The name of the file that a site gives as its receipt. */
export function receiptName({ target, release }: Pick<MediumFacts, "target" | "release">): string {
  return `receipt-${nameIn(target)}-${release.tag}.txt`;
}

const nameIn = (target: TargetId): string => target.slice(target.indexOf("/") + 1);

/** The medium's own list: `KEY VALUE` lines, then a line for each file as `sha256sum -c` reads it. It is what is signed. */
export function listOf(facts: MediumFacts, files: readonly MediumFile[]): string {
  const { target, settings, release, since, madeAt } = facts;
  const lines = [
    "hms-medium 1",
    `target ${target}`,
    `site ${nameIn(target)}`,
    `service ${release.service}`,
    `folder ${settings.folder}`,
    `tag ${release.tag}`,
    `manifest ${release.manifest.sha256}`,
    `since ${since ?? "none"}`,
    `made ${madeAt}`,
    `bytes ${String(bytesOf(files))}`,
    `activate ${activationWords({ service: release.service, ...facts }).join(" ")}`,
    ...[...files].sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ sha256, path }) => `${sha256}  ${path}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** The size of files together. */
export function bytesOf(files: readonly Pick<MediumFile, "size">[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * The release that a site is known to have: its own receipts say so.
 *
 * @param since its tag, or `none` @default that of its last receipt
 * @throws UserError when no receipt of the site is of that tag
 */
export function releaseThere(
  entries: readonly Entry[],
  target: TargetId,
  since?: string,
): Release | undefined {
  if (since === "none") {
    return undefined;
  }
  const tags = all(entries, "receipt")
    .filter(({ body }) => body.target === target)
    .map(({ body }) => body.tag);
  if (since === undefined || tags.includes(since)) {
    const tag = since ?? lastReceipt(entries, target)?.tag;
    return tag === undefined ? undefined : releaseOf(entries, tag);
  }
  const known = [...new Set(tags)].slice(-5);
  throw new UserError(
    known.length === 0
      ? `${target} has given no receipt yet, so nothing is known to be there. Leave --since out: the medium holds all.`
      : `${target} has never said that it runs ${since}. Allowed with --since: ${known.join(", ")}, or none for a medium that holds all.`,
  );
}

/**
 * Why a release is not to go on a medium for a site: it is not the one that the site should have.
 */
export function whyNotWanted(
  entries: readonly Entry[],
  target: TargetId,
  { tag }: Pick<Release, "tag">,
): string | undefined {
  const desired = desiredTag(entries, target);
  if (desired === tag) {
    return undefined;
  }
  return desired === undefined
    ? `No run has shipped to ${target} yet. Run "npx hms pipeline run --commit ${tag}" first: it passes the policy for it.`
    : `${target} is to have ${desired}, and not ${tag}. Export that one, or run "npx hms pipeline rollback --to ${tag} --target ${target} --reason TEXT" first.`;
}

/** What a run says of a site without a line, instead of trying to reach it. */
export function waitsForMedium(target: TargetId, name: string, tag: string): string {
  const [stack = ""] = target.split("/");
  const option = stack === "onprem" ? "" : ` --stack ${stack}`;
  return `waits for a medium: "npx hms release export ${tag} --site ${name} --to FOLDER${option}"`;
}

/** What the file README.txt of a medium says. */
export function readmeOf(facts: MediumFacts, keyIds: readonly string[]): string {
  const { target, settings, release, since } = facts;
  const [stack = "", name = ""] = target.split("/");
  const option = stack === "onprem" ? "" : ` --stack ${stack}`;
  const [keyId = ""] = keyIds;
  return `Release ${release.tag} of ${release.service} for the site ${name}
${"=".repeat(40)}

"${release.subject}" (commit ${release.commit})

At the site ${name}, as an administrator (root, or whoever owns ${settings.folder} and may use docker), in this folder:

    sh install.sh

It checks every file on this medium, and the signature of the release; if anything is wrong, it says what, and touches
nothing. Then it takes the release in, starts it beside the old one, and swaps when it is healthy. If it is ended before, run
it again: it goes on.

It writes ${receiptName(facts)} into this folder. Carry it back, and where the pipeline runs:

    npx hms receipt import ${receiptName(facts)} --site ${name}${option}

The first time that this site takes a medium
--------------------------------------------

It asks whether the machine is ${name}; without a terminal, "sh install.sh --site ${name}" answers that.

A site that nobody has enrolled trusts no key. Ask the people who run the pipeline for the fingerprint of their key, not by
this medium ("npx hms keys show" prints it), and run

    sh install.sh --trust FINGERPRINT

The receipt is signed by a key that the site makes for itself the first time, and never gives away. Its fingerprint is printed:
whoever imports the first receipt is asked whether it is the right one, so note it down.

To check this medium by hand, before anything on it is run
----------------------------------------------------------

    openssl pkeyutl -verify -pubin -inkey ${settings.folder}/.trusted/${keyId}.pem -rawin -in medium -sigfile medium.sig
    grep -E '^[0-9a-f]{64}  ' medium | sha256sum -c

What is on it
-------------

medium, medium.sig    what this medium is, each file with its SHA-256; and the signature over that
install.sh            what you run; steps/ and bin/ are what it runs
blobs/, images/       ${since === undefined ? "all parts of the image" : `the parts of the image that ${name} does not have, if it has release ${since}`}
releases/             the release's manifest, and the signature over it
trusted/              the public key that signed both
`;
}
