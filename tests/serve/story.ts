/** A trail in which much has happened: what the status page is tried with. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { testResultOf } from "../../core/attestation";
import type { Body, TargetId, TargetOutcome } from "../../core/entry";
import { provenanceOf } from "../../core/provenance";
import type { Receipt } from "../../core/receipt";
import type { Release } from "../../core/release";
import type { Report } from "../../core/report";
import { sbomOf } from "../../core/sbom";
import { attest } from "../../store/attest";
import { directoryBlobs } from "../../store/blobs";
import { signer } from "../../store/keys";
import { appendLine, runLogFile } from "../../store/run-log";
import { directoryTrail } from "../../store/trail";
import { freshTrail } from "../signed-trail";
import { aRecipe, aRelease, someBuildFacts } from "../fixtures";

/** The targets of the story. */
export const targets: readonly TargetId[] = [
  "cloud/cloud",
  "onprem/mississippi",
  "onprem/anchorage",
  "partners/usgs",
  "partners/noaa",
  "partners/fema",
];

/** What somebody who may push could write in a subject. */
export const hostileSubject = `<img src=x onerror="alert(1)">'"&<script>document.title='bad'</script>\u202e`;

/** The commit of a tag. */
export const commitOf = (tag: string): string =>
  `${tag}${createHash("sha1").update(tag).digest("hex")}`.slice(0, 40);

/** A trail that is written as the pipeline would. */
export class Story {
  private readonly trail;
  private readonly blobs;

  /** @param run how many runs it has already */
  constructor(
    readonly folder: string,
    private run = 0,
  ) {
    this.trail = directoryTrail(folder);
    this.blobs = directoryBlobs(folder);
  }

  append(body: Body): void {
    this.trail.append(body);
  }

  /** Begins a run. @returns its number */
  begin(tag: string, subject: string, more: Partial<Extract<Body, { type: "run-started" }>> = {}): number {
    this.run += 1;
    const commit = commitOf(tag);
    this.append({ type: "run-started", run: this.run, commit, subject, trigger: "push", ...more });
    this.say("▶️", `run #${String(this.run)}: ${tag} (${subject})`, 0);
    return this.run;
  }

  /** Adds a line to the log of the run that is on. */
  say(sign: string, text: string, at: number, exitCode?: number): void {
    const line = { at, sign, text, ...(exitCode !== undefined && { exitCode }) };
    appendLine(runLogFile(this.folder, this.run), line);
  }

  /** What the build makes: report, provenance, bills of materials and the release, all of them signed. */
  release(tag: string, subject: string): Release {
    const commit = commitOf(tag);
    const keep = (text: string): string => this.blobs.put(Buffer.from(text));
    const report: Report = {
      commit,
      tree: "22".repeat(20),
      service: "flood-formula",
      steps: [
        { name: "tests", passed: true, summary: "12 tests passed", seconds: 0.8, tests: 12 },
        { name: "ethics", passed: true, summary: "no objection", seconds: 0.1 },
        { name: "secrets", passed: true, summary: "nothing found in 14 files", seconds: 0.2 },
      ],
      findings: [],
      skipped: [],
      passed: true,
      startedAt: new Date().toISOString(),
      finishedAt: new Date().toISOString(),
    };
    const reportDigest = keep(JSON.stringify(report));
    const facts = {
      report: reportDigest,
      source: "5c".repeat(32),
      service: "5e".repeat(32),
      platform: "9f".repeat(32),
    };
    const attestation = attest(testResultOf(report, facts)).replace("sha256:", "");
    const sign = (text: string): string => Buffer.from(signer().sign(Buffer.from(text))).toString("base64");
    const [bundle, manifest] = [`bundle of ${tag}`, `hms-release 1\ntag ${tag}\n`];
    const parts = {
      tag,
      commit,
      subject,
      image: `registry.agency.example/flood-formula@sha256:${createHash("sha256").update(tag).digest("hex")}`,
      imageId: `sha256:${createHash("sha256").update(`${tag} id`).digest("hex")}`,
      report: `sha256:${reportDigest}`,
      bundle: { sha256: keep(bundle), size: 41_300, signature: sign(bundle) },
      manifest: { sha256: keep(manifest), signature: sign(manifest) },
    };
    const bill = (type: "container" | "file"): string =>
      keep(
        sbomOf(
          { type, name: "flood-formula", version: tag, sha256: "41".repeat(32) },
          [{ kind: "npm", name: "formula", version: "1.0.0", where: "package.json" }],
          1_795_392_000,
        ),
      );
    const draft = aRelease(parts);
    const sboms = { image: bill("container"), bundle: bill("file") };
    const provenance = `sha256:${attest(provenanceOf(draft, aRecipe, { ...someBuildFacts, sboms })).replace("sha256:", "")}`;
    const release = { ...draft, provenance };
    this.append({
      type: "report",
      commit,
      passed: true,
      digest: `sha256:${reportDigest}`,
      tests: 12,
      findings: 0,
      attestation: `sha256:${attestation}`,
      run: this.run,
    });
    this.append({ type: "release", release, run: this.run });
    this.say("✅", "compliance passed (12 tests, 0 findings)", 1.2);
    this.say("📦", `image flood-formula:${tag} built, ${parts.image.slice(-64, -45)}…`, 4.1);
    return release;
  }

  point(tag: string, all = targets, cause: "run" | "rollback" | "sync" = "run"): void {
    for (const target of all) this.append({ type: "desired", target, tag, cause, run: this.run });
  }

  /** A target says that it has a release. */
  receive(target: TargetId, release: Release): void {
    this.append({
      type: "receipt",
      target,
      tag: release.tag,
      receipt: receiptOf(target, release),
      run: this.run,
    });
    this.say(...announced(target), 6);
  }

  finish(
    outcomes: Record<TargetId, TargetOutcome>,
    exitCode: 0 | 1 | 3,
    stages: Record<string, number>,
  ): void {
    this.append({ type: "run-finished", run: this.run, exitCode, targets: outcomes, stages });
    const states = Object.values(outcomes).map(({ state }) => state);
    const current = states.filter((state) => state === "current").length;
    const text = `run #${String(this.run)}: ${String(current)} of ${String(states.length)} targets are current`;
    this.say(exitCode === 0 ? "🏁" : "⚠️", text, 9.4, exitCode);
  }

  /** A whole run that goes well but for some targets. */
  ship(
    tag: string,
    subject: string,
    bad: Record<TargetId, TargetOutcome> = {},
    more: Partial<Extract<Body, { type: "run-started" }>> = {},
  ): Release {
    this.begin(tag, subject, more);
    const release = this.release(tag, subject);
    this.point(tag);
    for (const target of targets.filter((each) => bad[each] === undefined)) this.receive(target, release);
    const states = Object.values(bad).map(({ state }) => state);
    const good = Object.fromEntries(targets.map((target) => [target, { state: "current" as const, tag }]));
    this.finish({ ...good, ...bad }, states.includes("failed") ? 1 : states.includes("stale") ? 3 : 0, {
      compliance: 1.18,
      build: 2.93,
      preview: 1.6,
      update: 3.71,
    });
    return release;
  }

  /** A run that the suite refuses. */
  refuse(tag: string, subject: string, why: string): void {
    this.begin(tag, subject);
    this.append({ type: "refusal", run: this.run, stage: "compliance", why });
    this.say("🚫", `refused by compliance: ${why}`, 1.3);
    this.finish({}, 1, { compliance: 1.31 });
  }

  /** A rollback of everything. */
  rollBack(from: string, to: Release, reason: string): void {
    this.run += 1;
    const moves = targets.map((target) => ({ target, from, to: to.tag }));
    this.append({ type: "rollback-started", run: this.run, reason, everywhere: true, targets: moves });
    this.say("⏪", `rollback #${String(this.run)} (${reason}): ${from} → ${to.tag}`, 0);
    this.point(to.tag, targets, "rollback");
    for (const target of targets) this.receive(target, to);
    const good = Object.fromEntries(
      targets.map((target) => [target, { state: "current" as const, tag: to.tag }]),
    );
    this.finish(good, 0, { preview: 1.4, update: 2.2 });
  }
}

/** What a target says that has a release. */
export function receiptOf(target: TargetId, { image, bundle }: Release): Receipt {
  const since = new Date().toISOString();
  return target.startsWith("partners/")
    ? {
        kind: "holds",
        sha256: bundle.sha256,
        size: bundle.size,
        since,
        listed: bundle.sha256,
        signature: bundle.signature,
      }
    : {
        kind: "runs",
        image: image.slice(image.indexOf("@") + 1),
        health: "healthy",
        since,
        units: ["flood-formula-1"],
      };
}

function announced(target: TargetId): [string, string] {
  const [stack = "", name = ""] = target.split("/");
  if (stack === "cloud") return ["🚀", `deployed to ${name}`];
  return stack === "onprem"
    ? ["🚚", `synced to ${name} (rsync, 41 KB of 58 MB sent)`]
    : ["📤", `uploaded bundle to ftp://${name}/inbox`];
}

/** Writes the story: six runs and a rollback; at its end one site is stale, and another target has failed. */
export function tellStory(folder: string): Story {
  const story = new Story(folder);
  const first = story.ship("1c0ffee", "First formula of the season");
  story.ship("41c0f3e", "Round rainfall to a tenth");
  story.refuse("badf00d", hostileSubject, "rules/notes.txt:3:12 us-ssn ***-**-6789: take it out");
  story.ship("8e9a12c", "Fix overflow", {
    "onprem/mississippi": { state: "stale", tag: "8e9a12c", why: "unreachable: no route to host" },
  });
  story.rollBack("8e9a12c", first, "wrong risk for Anchorage");
  story.ship(
    "0ddba11",
    "Soil classes by the new survey",
    {
      "onprem/anchorage": {
        state: "stale",
        tag: "0ddba11",
        why: "unreachable: dial tcp 10.77.2.2:22: i/o timeout",
      },
      "partners/noaa": {
        state: "failed",
        tag: "0ddba11",
        why: "refused: 552 Requested file action aborted: exceeded storage allocation",
        serves: "1c0ffee",
      },
    },
    { covers: [commitOf("5ca1ab1")] },
  );
  return story;
}

let told: string | undefined;
let copies = 0;

/** The story, in a folder of its own: told once in a file of tests, and copied for each. */
export function storyAgain(): Story {
  if (told === undefined) {
    told = freshTrail();
    tellStory(told);
  }
  copies += 1;
  const folder = `${told}-${String(copies)}`;
  fs.cpSync(told, folder, { recursive: true });
  process.env["HMS_TRAIL"] = folder;
  return new Story(folder, 6);
}
