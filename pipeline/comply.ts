/** Runs the compliance suite on a commit, and writes its verdict into the trail. */
import { createHash } from "node:crypto";
import { runSuite } from "../compliance/suite";
import type { StackSettingsOf } from "../core/config";
import type { Report } from "../core/report";
import { tagOf } from "../core/release";
import { parseService, serviceFile } from "../core/service";
import { testResultOf } from "../core/attestation";
import { attest } from "../store/attest";
import { newest } from "../core/history";
import { directoryBlobs } from "../store/blobs";
import { filesChanged, refuseExportSubst } from "../store/changes";
import { currentRun, scanCacheFolder, trailFolder } from "../store/project";
import { archiveDigest, type Commit, exportCommit, readServiceFile, resolveCommit } from "../store/source";
import { openTrail, type Trail } from "../store/trail";
import { openBuild } from "./stack";

/** A verdict, and the `pipeline.yml` that it is about. */
interface Judgement {
  readonly report: Report;
  readonly service: string;
}

/**
 * The suite's verdict on a clean export of a commit.
 *
 * @throws UserError when the commit has no good `pipeline.yml`, or is not what an export would give
 */
export async function judge(
  settings: StackSettingsOf<"build">,
  commit: Commit,
  trail: Trail,
): Promise<Judgement> {
  const { repository } = settings.build;
  await refuseExportSubst(repository, commit);
  const { folder } = await exportCommit(repository, commit);
  const released = newest(trail.entries(), "release", ({ release }) => release.commit !== commit.commit);
  const text = readServiceFile(folder);
  const service = parseService(text, serviceFile);
  const report = await runSuite({
    folder,
    service,
    commit: commit.commit,
    tree: commit.tree,
    name: settings.service,
    platform: settings.compliance,
    cacheFolder: scanCacheFolder,
    changedFiles: () => filesChanged(repository, commit, released?.body.release.commit),
  });
  return { report, service: text };
}

/** The same, written into the trail. */
export async function comply(
  settings: StackSettingsOf<"build">,
  commit: Commit,
  trail: Trail,
): Promise<Report> {
  const { report, service } = await judge(settings, commit, trail);
  const sha256 = directoryBlobs(trailFolder()).put(Buffer.from(`${JSON.stringify(report, null, 2)}\n`));
  trail.append({
    type: "report",
    commit: commit.commit,
    passed: report.passed,
    digest: `sha256:${sha256}`,
    tests: testsIn(report),
    findings: report.findings.length,
    ...currentRun(),
    attestation: attest(
      testResultOf(report, {
        report: sha256,
        source: await archiveDigest(settings.build.repository, commit),
        service: sha256Of(service),
        platform: sha256Of(JSON.stringify(settings.compliance)),
      }),
    ),
  });
  return report;
}

const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

/** How many tests ran. */
export function testsIn(report: Report): number {
  return report.steps.reduce((sum, { tests }) => sum + (tests ?? 0), 0);
}

/** What did not pass, in a sentence. */
export function whyNot(report: Report): string {
  return report.steps
    .filter(({ passed }) => !passed)
    .map(({ name, summary }) => `${name}: ${summary}`)
    .join("; ");
}

/** The suite's verdict on a revision, for the command line: the report, and one sentence. */
export async function complyWith(
  revision: string | undefined,
): Promise<{ report: Report; sentence: string }> {
  const { settings } = await openBuild();
  const commit = await resolveCommit(settings.build.repository, revision ?? settings.build.branch);
  const report = await comply(settings, commit, openTrail());
  const tag = tagOf(commit.commit);
  const sentence = report.passed
    ? `${tag} passed (${String(testsIn(report))} tests, ${String(report.findings.length)} findings)`
    : `${tag} did not pass: ${whyNot(report)}`;
  return { report, sentence };
}
