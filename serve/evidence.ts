/** What lies beside the trail about one release, and whether it is still what was signed: for the release's page. */
import { type KeyObject, verify } from "node:crypto";
import { isSignedBy, keyIdOf, open } from "../core/dsse";
import type { Entry } from "../core/entry";
import { messageOf } from "../core/errors";
import { newest } from "../core/history";
import { sbomsOf } from "../core/provenance";
import type { Release } from "../core/release";
import type { Report } from "../core/report";
import type { Statement } from "../core/statement";
import { directoryBlobs } from "../store/blobs";
import { provenanceAltered, reportAltered } from "../store/evidence";
import { trustedKeys } from "../store/keys";

/** A bill of materials. */
export interface Bill {
  /** `image.cdx.json` or `bundle.cdx.json`. */
  readonly name: string;
  readonly isThere: boolean;
  /** How many components it lists. */
  readonly components: number;
}

/** A signature that was checked just now. */
export interface Checked {
  readonly what: string;
  /** The name under which what is signed can be had from this server. @default it can't */
  readonly file?: string;
  readonly isGood: boolean;
  /** The trusted key that made it. @default none did */
  readonly keyId?: string;
}

/** All of it. */
export interface Evidence {
  readonly report?: Report;
  readonly bills: readonly Bill[];
  readonly signatures: readonly Checked[];
  /** What is not as it was signed, in sentences. */
  readonly faults: readonly string[];
}

/** Looks at what lies in the trail's folder about a release. */
export function evidenceOf(folder: string, entries: readonly Entry[], release: Release): Evidence {
  const files = filesOf(folder, entries, release);
  const blobs = directoryBlobs(folder);
  const keys = trustedKeys();
  const text = blobs.text(release.report);
  const envelope = (what: string, file: string): Checked => checkEnvelope(what, file, files.get(file), keys);
  const detached = (what: string, sha256: string, signature: string, file?: string): Checked => {
    const bytes = blobs.bytes(sha256);
    const key = bytes && signerOf(bytes, signature, keys);
    return {
      what,
      isGood: key !== undefined,
      ...(bytes !== undefined && file !== undefined && { file }),
      ...(key !== undefined && { keyId: keyIdOf(key) }),
    };
  };
  return {
    ...(text !== undefined && { report: JSON.parse(text) as Report }),
    bills: billsOf(blobs.text(release.provenance)).map(({ name, sha256 }) => {
      const bill = blobs.text(sha256);
      return { name, isThere: bill !== undefined, components: componentsIn(bill) };
    }),
    signatures: [
      envelope("Test result of the compliance suite", "test-result.json"),
      envelope("Provenance of the build", "provenance.json"),
      detached(
        "Manifest that sites check",
        release.manifest.sha256,
        release.manifest.signature,
        "manifest.txt",
      ),
      detached("Bundle that partners get", release.bundle.sha256, release.bundle.signature),
    ],
    faults: [reportAltered(entries, release), provenanceAltered(release)].filter((why) => why !== undefined),
  };
}

/** The files about a release that this server hands out, by their names. The bundle is the partners' own. */
export function filesOf(
  folder: string,
  entries: readonly Entry[],
  release: Release,
): ReadonlyMap<string, string> {
  const blobs = directoryBlobs(folder);
  const report = newest(entries, "report", ({ digest }) => digest === release.report)?.body;
  const named = [
    ["report.json", release.report],
    ["test-result.json", report?.attestation],
    ["provenance.json", release.provenance],
    ["manifest.txt", release.manifest.sha256],
    ...billsOf(blobs.text(release.provenance)).map(({ name, sha256 }) => [name, sha256] as const),
  ] as const;
  return new Map(
    named.flatMap(([name, digest]) => {
      const text = digest === undefined ? undefined : blobs.text(digest);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

/** The bills that a provenance names. One that can't be read names none. */
function billsOf(provenance: string | undefined): { readonly name: string; readonly sha256: string }[] {
  try {
    return provenance === undefined ? [] : sbomsOf(JSON.parse(open(provenance).payload) as Statement);
  } catch {
    return [];
  }
}

function componentsIn(bill: string | undefined): number {
  try {
    const { components } = JSON.parse(bill ?? "{}") as { components?: unknown };
    return Array.isArray(components) ? components.length : 0;
  } catch {
    return 0;
  }
}

function checkEnvelope(
  what: string,
  file: string,
  text: string | undefined,
  keys: ReadonlyMap<string, KeyObject>,
): Checked {
  if (text === undefined) {
    return { what, isGood: false };
  }
  try {
    const opened = open(text);
    const key = keys.get(opened.keyId);
    const isGood = key !== undefined && isSignedBy(opened, key);
    return { what, file, isGood, ...(isGood && { keyId: opened.keyId }) };
  } catch (error) {
    return { what: `${what} (${messageOf(error)})`, file, isGood: false };
  }
}

/** The trusted key that made a signature, whichever it was then. */
function signerOf(
  bytes: Uint8Array,
  signature: string,
  keys: ReadonlyMap<string, KeyObject>,
): KeyObject | undefined {
  return [...keys.values()].find((key) => verify(null, bytes, key, Buffer.from(signature, "base64")));
}
