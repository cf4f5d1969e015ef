/** The files behind a release: whether they are still what was signed. */
import { isPassing } from "../core/attestation";
import { isSignedBy, open } from "../core/dsse";
import type { Entry, TargetId } from "../core/entry";
import { isOlder, isQuarantined, notOfTheTrail, notPassed } from "../core/clearance";
import { UserError } from "../core/errors";
import { all } from "../core/history";
import { sbomsOf, whyNotProvenance } from "../core/provenance";
import type { Release } from "../core/release";
import type { Report } from "../core/report";
import type { Statement } from "../core/statement";
import { directoryBlobs } from "./blobs";
import { trustedKeys } from "./keys";
import { trailFolder } from "./project";
import { openTrail } from "./trail";

/** Why the report behind a release is no proof: it, or the signed test result of it, is not what the trail says. */
export function reportAltered(entries: readonly Entry[], release: Release): string | undefined {
  const body = all(entries, "report").find((entry) => entry.body.digest === release.report)?.body;
  if (body === undefined) {
    return undefined;
  }
  const again = `Put it back from a copy of the trail, or run "npx hms compliance run ${release.tag}" and build it again.`;
  const report = readBlob(body.digest);
  if (report === undefined) {
    return `The report of ${release.tag} is missing, or was changed after it was signed. ${again}`;
  }
  const { commit, passed } = JSON.parse(report) as Report;
  if (commit !== release.commit || !passed) {
    return `The report of ${release.tag} is about commit ${commit.slice(0, 7)}, which ${passed ? "passed" : "did not pass"}. ${again}`;
  }
  const attestation = readBlob(body.attestation);
  return attestation !== undefined && isTestResultOf(attestation, commit, body.digest)
    ? undefined
    : `The signed test result of ${release.tag} is missing, or is not signed by a trusted key. ${again}`;
}

const readBlob = (digest: string): string | undefined => directoryBlobs(trailFolder()).text(digest);

function isTestResultOf(text: string, commit: string, report: string): boolean {
  const found = signedStatement(text);
  return found !== undefined && isPassing(found, commit, report.replace("sha256:", ""));
}

/** The statement in an envelope; undefined when it is none, or no trusted key signed it. */
function signedStatement(text: string): Statement | undefined {
  try {
    const opened = open(text);
    const key = trustedKeys().get(opened.keyId);
    return key !== undefined && isSignedBy(opened, key)
      ? (JSON.parse(opened.payload) as Statement)
      : undefined;
  } catch (error) {
    if (error instanceof UserError) {
      throw error;
    }
    return undefined;
  }
}

/** Why the provenance of a release is no proof: it is missing, not signed by a trusted key, or of something else. */
export function provenanceAltered(release: Release): string | undefined {
  const again = "Put it back from a copy of the trail, or ship a new commit.";
  const text = readBlob(release.provenance);
  if (text === undefined) {
    return `The provenance of ${release.tag} is missing, or was changed after it was signed. ${again}`;
  }
  const found = signedStatement(text);
  if (found === undefined) {
    return `The provenance of ${release.tag} is not signed by a trusted key. ${again}`;
  }
  const why = whyNotProvenance(found, release);
  if (why !== undefined) {
    return `The provenance of ${release.tag} ${why}. ${again}`;
  }
  const lost = sbomsOf(found).find(({ sha256 }) => readBlob(sha256) === undefined);
  return (
    lost && `The file ${lost.name} of ${release.tag} is missing, or was changed after it was signed. ${again}`
  );
}

/** What the trail does not say yet of a release that may come. */
export interface Forecast {
  /** Why it may be older than what the target runs. @default none */
  readonly reason?: string;
  /** Whether a rollback lifts its quarantine. @default false */
  readonly isLifted?: boolean;
}

/**
 * The gate that every target's component has of its own, where no policy pack is given.
 *
 * @param forecast why an older release may come, and whether a quarantine is about to be lifted; default neither
 * @returns the first reason why the release may not go to the target; undefined when it may
 */
export function whyRefused(
  target: TargetId,
  release: Release,
  { reason, isLifted = false }: Forecast = {},
): string | undefined {
  const entries = openTrail().entries();
  return (
    notOfTheTrail(entries, release) ??
    notPassed(entries, release) ??
    reportAltered(entries, release) ??
    provenanceAltered(release) ??
    (isLifted ? undefined : isQuarantined(entries, release)) ??
    isOlder(entries, target, release, reason)
  );
}
