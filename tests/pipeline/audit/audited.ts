/** A trail with everything in it that an auditor looks at, and the service's repository beside it. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { testResultOf } from "../../../core/attestation";
import type { Body, TargetId } from "../../../core/entry";
import type { Report } from "../../../core/report";
import { rotateKeys } from "../../../pipeline/keys";
import { attest } from "../../../store/attest";
import { directoryBlobs } from "../../../store/blobs";
import { archiveDigest, resolveCommit } from "../../../store/source";
import { directoryTrail } from "../../../store/trail";
import { provenanceOf } from "../../../core/provenance";
import { aRecipe, aRelease, someBuildFacts } from "../../fixtures";
import { freshTrail } from "../../signed-trail";

/** What the tests look at. */
export interface Audited {
  readonly trail: string;
  readonly repository: string;
  readonly commit: string;
  /** Hex digests of what the entries name. */
  readonly blobs: Readonly<
    Record<"report" | "attestation" | "bundle" | "manifest" | "provenance" | "sbom", string>
  >;
}

const target: TargetId = "onprem/anchorage";

/** Makes a trail of eight entries: a run, a rotation of keys, and another run that was refused. */
export async function auditedTrail(): Promise<Audited> {
  const trail = freshTrail();
  const repository = path.join(path.dirname(trail), "repository");
  const commit = await aCommit(repository);
  const append = (body: Body) => directoryTrail(trail).append(body);
  const keep = (text: string): string => directoryBlobs(trail).put(Buffer.from(text));

  const report: Report = {
    commit,
    tree: "22".repeat(20),
    service: "flood-formula",
    steps: [{ name: "tests", passed: true, summary: "3 tests passed", seconds: 1, tests: 3 }],
    findings: [],
    skipped: [],
    passed: true,
    startedAt: "2026-11-23T10:00:00.000Z",
    finishedAt: "2026-11-23T10:00:01.000Z",
  };
  const source = await archiveDigest(repository, await resolveCommit(repository, commit));
  const facts = {
    report: keep(JSON.stringify(report)),
    source,
    service: "5e".repeat(32),
    platform: "9f".repeat(32),
  };
  const attestation = attest(testResultOf(report, facts));
  const [bundle, manifest, sbom] = [keep("bundle"), keep("manifest"), keep("bill of materials")];
  const parts = {
    commit,
    tag: commit.slice(0, 7),
    report: `sha256:${facts.report}`,
    bundle: { sha256: bundle, size: 6, signature: "YnVuZGxl" },
    manifest: { sha256: manifest, signature: "c2ln" },
  };
  const provenance = attest(
    provenanceOf(aRelease(parts), aRecipe, { ...someBuildFacts, sboms: { image: sbom, bundle: sbom } }),
  );
  const release = aRelease({ ...parts, provenance });

  append({ type: "run-started", run: 1, commit, subject: "Rule for Anchorage", trigger: "push" });
  append({ type: "report", commit, passed: true, digest: parts.report, tests: 3, findings: 0, attestation });
  append({ type: "release", release });
  append({ type: "desired", target, tag: release.tag, cause: "run", run: 1 });
  append({
    type: "receipt",
    target,
    tag: release.tag,
    receipt: {
      kind: "runs",
      image: release.imageId,
      health: "healthy",
      since: "2026-11-23T10:00:05Z",
      units: ["a"],
    },
  });
  append({
    type: "run-finished",
    run: 1,
    exitCode: 0,
    targets: { [target]: { state: "current", tag: release.tag } },
    stages: {},
  });
  rotateKeys({ reason: "yearly" });
  append({ type: "refusal", run: 2, stage: "policy", why: 'because "it" says so, \\ and ünïcode' });
  const hex = (digest: string): string => digest.replace("sha256:", "");
  return {
    trail,
    repository,
    commit,
    blobs: {
      report: facts.report,
      attestation: hex(attestation),
      bundle,
      manifest,
      provenance: hex(provenance),
      sbom,
    },
  };
}

async function aCommit(repository: string): Promise<string> {
  fs.mkdirSync(repository, { recursive: true });
  fs.writeFileSync(path.join(repository, "rule.txt"), createHash("sha256").update("rule").digest("hex"));
  const git = (...args: string[]): Promise<{ stdout: string }> =>
    execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.gov", ...args], { cwd: repository });
  await git("init", "--quiet");
  await git("add", ".");
  await git("commit", "--quiet", "-m", "Rule for Anchorage");
  return (await git("rev-parse", "HEAD")).stdout;
}
