/** A release that may ship: with its report, in a trail of the test's own. */
import { createHash } from "node:crypto";
import { testResultOf } from "../../core/attestation";
import { provenanceOf } from "../../core/provenance";
import type { Release } from "../../core/release";
import type { Report } from "../../core/report";
import { attest } from "../../store/attest";
import { directoryBlobs } from "../../store/blobs";
import { directoryTrail } from "../../store/trail";
import { aRecipe, aRelease, someBuildFacts } from "../fixtures";
import { freshTrail } from "../signed-trail";

/** Makes an empty trail, and puts a release with its passing report into it. */
export function aReleaseOfTheTrail(parts: Partial<Release> = {}): Release {
  freshTrail();
  return addRelease(parts);
}

/** Puts a release with its passing report and its provenance into the trail. */
export function addRelease(parts: Partial<Release> = {}): Release {
  const { commit, tree, service } = aRelease(parts);
  const report: Report = {
    commit,
    tree,
    service,
    steps: [{ name: "tests", passed: true, summary: "3 tests passed", seconds: 1, tests: 3 }],
    findings: [],
    skipped: [],
    passed: true,
    startedAt: "2026-11-23T10:00:00.000Z",
    finishedAt: "2026-11-23T10:00:01.000Z",
  };
  const folder = process.env["HMS_TRAIL"] ?? "";
  const bytes = Buffer.from(JSON.stringify(report));
  const blobs = directoryBlobs(folder);
  const sha256 = blobs.put(bytes);
  const digest = `sha256:${sha256}`;
  const source = createHash("sha256").update(commit).digest("hex");
  const attestation = attest(
    testResultOf(report, { report: sha256, source, service: "5e".repeat(32), platform: "9f".repeat(32) }),
  );
  const trail = directoryTrail(folder);
  trail.append({ type: "report", commit, passed: true, digest, tests: 3, findings: 0, attestation });
  const [image = "", bundle = ""] = ["image", "bundle"].map((what) => blobs.put(Buffer.from(what)));
  const provenance = attest(
    provenanceOf(aRelease(parts), aRecipe, { ...someBuildFacts, sboms: { image, bundle } }),
  );
  const release = aRelease({ report: digest, provenance, ...parts });
  trail.append({ type: "release", release });
  return release;
}
