/** `hms release export`: a release on a medium, for a site that no line leads to. */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Entry, TargetId } from "../../core/entry";
import { messageOf, Refused, UserError } from "../../core/errors";
import { formatBytes } from "../../core/format";
import { all, desiredTag, newest, releaseOf } from "../../core/history";
import { blobsIn } from "../../core/manifest";
import {
  bytesOf,
  listOf,
  type MediumFacts,
  mediumName,
  readmeOf,
  releaseThere,
  whyNotWanted,
} from "../../core/medium";
import { type Release, shortDigest } from "../../core/release";
import { readReference } from "../../probe/reference";
import { directoryBlobs } from "../../store/blobs";
import { whyRefused } from "../../store/evidence";
import { signer } from "../../store/keys";
import { trailFolder } from "../../store/project";
import { activationInState } from "../../store/stack-state";
import { openTrail, type Trail } from "../../store/trail";
import { siteOf } from "./site";
import { blobsOfImage, layOut, leftOutBytes, manifestText, sources } from "./contents";
import { addFile, requireRoom } from "./write";

/** What is to be exported. */
export interface ExportOptions {
  /** The release. @default the one that the site should have */
  readonly tag?: string;
  /** The site's name. */
  readonly site: string;
  /** The stack of the site. @default onprem */
  readonly stack?: string;
  /** The folder that the medium's own folder is made in. */
  readonly to: string;
  /** The release that the site has, or `none`. @default that of its last receipt */
  readonly since?: string;
}

/** What was exported. Field names are stable: `--json` prints it. */
export interface ExportResult {
  readonly target: TargetId;
  readonly tag: string;
  /** The medium's folder, absolute. */
  readonly folder: string;
  /** The release that the site must have. @default none: all is on it */
  readonly since?: string;
  readonly files: number;
  readonly bytes: number;
  /** Bytes of the blobs that were left out. */
  readonly leftOut: number;
  /** `sha256:…` of the medium's list. */
  readonly medium: string;
  /** The number of the entry in the trail. */
  readonly entry: number;
}

/**
 * Writes a release on a medium.
 *
 * @throws UserError when the release may not go to the site, or the medium can't be written; nothing is left half there
 */
export async function exportRelease(options: ExportOptions): Promise<ExportResult> {
  const { target, settings } = await siteOf(options.site, options.stack);
  const trail = openTrail();
  const entries = trail.entries();
  const release = releaseToExport(entries, target, options.tag);
  const there = releaseThere(entries, target, options.since);
  const proxyImage = readReference("proxyImage", settings.proxyImage);
  await layOut([release.image, proxyImage]);
  const hasProxy = there !== undefined && (await isProxyThere(entries, target, proxyImage));
  const facts: MediumFacts = {
    target,
    settings,
    release,
    proxyImage,
    ...(there !== undefined && { since: there.tag }),
    madeAt: new Date().toISOString(),
  };
  const known = new Set([
    ...(there === undefined ? [] : blobsIn(manifestText(there))),
    ...(hasProxy ? blobsOfImage(proxyImage) : []),
  ]);
  return write(facts, known, options.to, trail);
}

/** The release, when it may go to the site. */
function releaseToExport(entries: readonly Entry[], target: TargetId, tag?: string): Release {
  const wanted = tag ?? desiredTag(entries, target);
  if (wanted === undefined) {
    throw new UserError(
      `No run has shipped to ${target} yet, so there is nothing that it should have. Run "npx hms pipeline run" first.`,
    );
  }
  const release = releaseOf(entries, wanted);
  if (release === undefined) {
    throw new UserError(
      `There is no release ${wanted} in the trail. "npx hms release list" lists what there is.`,
    );
  }
  const why = whyRefused(target, release) ?? whyNotWanted(entries, target, release);
  if (why !== undefined) {
    throw new UserError(why);
  }
  return release;
}

/**
 * Whether the site has the proxy that it should have now: the last medium that it took was made for it, or the last activation over
 * the line named it.
 */
async function isProxyThere(
  entries: readonly Entry[],
  target: TargetId,
  proxyImage: string,
): Promise<boolean> {
  const [stack = "", name = ""] = target.split("/");
  const last = newest(entries, "receipt", (body) => body.target === target)?.body;
  if (last?.via === "medium") {
    const made = all(entries, "release-exported").filter(
      ({ body }) => body.target === target && body.tag === last.tag,
    );
    return made.length > 0 && made.every(({ body }) => body.proxyImage === proxyImage);
  }
  const create = (await activationInState(stack, name))?.inputs?.["create"];
  return typeof create === "string" && create.split(" ").includes(shortDigest(proxyImage));
}

function write(facts: MediumFacts, known: ReadonlySet<string>, to: string, trail: Trail): ExportResult {
  const parent = path.resolve(to);
  const folder = path.join(parent, mediumName(facts));
  const draft = path.join(parent, `.${path.basename(folder)}.${randomUUID()}`);
  const { target, release, since } = facts;
  try {
    if (!fs.existsSync(parent)) {
      fs.mkdirSync(parent);
    }
    if (fs.existsSync(folder)) {
      throw new UserError(
        `${folder} is there already. Remove it, or name another folder with --to: a medium is never changed.`,
      );
    }
    fs.mkdirSync(draft);
    const readme = { path: "README.txt", text: readmeOf(facts, [signer().keyId]) };
    const all = [...sources(facts, known), readme];
    requireRoom(parent, all);
    const files = all.map((source) => addFile(draft, source));
    const list = Buffer.from(listOf(facts, files));
    const signature = Buffer.from(signer().sign(list));
    addFile(draft, { path: "medium", text: list });
    addFile(draft, { path: "medium.sig", text: signature });
    const medium = `sha256:${directoryBlobs(trailFolder()).put(list)}` as const;
    const counted = { files: files.length + 2, bytes: bytesOf(files) };
    const { number } = trail.append({
      type: "release-exported",
      target,
      tag: release.tag,
      medium,
      signature: signature.toString("base64"),
      ...(since !== undefined && { since }),
      proxyImage: facts.proxyImage,
      ...counted,
    });
    // Last: a medium without its entry would be nobody's, and its receipt would not be taken.
    fs.renameSync(draft, folder);
    const leftOut = leftOutBytes(facts, known);
    return {
      target,
      tag: release.tag,
      folder,
      ...(since !== undefined && { since }),
      ...counted,
      leftOut,
      medium,
      entry: number,
    };
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    throw error instanceof UserError || error instanceof Refused
      ? error
      : new UserError(
          `The medium can't be written into ${parent} (${messageOf(error)}). Nothing of it is left there.`,
        );
  }
}

/** The same for people. */
export function formatExported({
  target,
  tag,
  folder,
  since,
  files,
  bytes,
  leftOut,
  entry,
}: ExportResult): string {
  const what =
    since === undefined
      ? "with all that the release needs"
      : `with what ${since} does not have (${formatBytes(leftOut)} left out)`;
  return (
    `${tag} for ${target} is in ${folder}: ${String(files)} files, ${formatBytes(bytes)}, ${what} (entry ${String(entry)} of the trail).\n` +
    "Carry it there; README.txt says what to do. The receipt comes back with it."
  );
}
