/** The program: reads the stack's role, and declares that role's components. */
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  Bundle,
  DockerTarget,
  FarSite,
  ImageBuild,
  KubernetesTarget,
  MappedDrop,
  PartnerDrop,
  Release,
  Site,
} from "./components";
import { redact } from "./compliance/content";
import { refusePlainSecrets } from "./components/plain-secrets";
import { parseStack, type PartnerSettings, settingsIn, type StackSettingsOf } from "./core/config";
import { driftMark, replacementMark } from "./core/drift";
import type { Entry, TargetId } from "./core/entry";
import { UserError } from "./core/errors";
import { all, desiredTag, latestRelease, passingReport, releaseOf, runningBefore } from "./core/history";
import { mapRelease, type Mapping } from "./core/mapping";
import * as core from "./core/release";
import { parseService } from "./core/service";
import { type Target, targetsOf } from "./core/target";
import { type Blobs, directoryBlobs } from "./store/blobs";
import { bundleMembers, readMappings } from "./store/mappings";
import { projectFolder, trailFolder } from "./store/project";
import { exportCommit, hasBranch, readServiceFile, resolveCommit } from "./store/source";
import { activationInState } from "./store/stack-state";
import { openTrail } from "./store/trail";

/** A release, and what belongs to it. */
interface Given {
  readonly release: core.Release;
  /** Where its bundle lies. */
  readonly blobs: Blobs;
}

/** What a caller may decide in the place of the settings. */
interface Choice {
  /** The commit that is built. @default the newest of the branch */
  readonly commit?: string;
  /** The tags of the releases that targets should have. @default what `hms:release` says, or the trail */
  readonly tags?: ReadonlyMap<TargetId, string>;
  /** Why a target gets an older release, as long as the trail does not say it. @default what `hms:reason` says */
  readonly reason?: string;
  /** What is a release for previews alone. @default none */
  readonly draft?: Given & { readonly release: core.DraftRelease };
  /** Whether the rollback that is previewed lifts the releases' quarantine. @default false */
  readonly liftsQuarantine?: boolean;
}

type Outputs = Record<string, unknown>;

/** Declares the stack's resources; returns its outputs. `pulumi up` calls it, and so does the pipeline. */
async function program(choice: Choice = {}): Promise<Outputs> {
  try {
    return await declare(choice);
  } catch (error) {
    // Of this one Pulumi prints the sentence, and no stack trace.
    throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
  }
}

async function declare(choice: Choice): Promise<Outputs> {
  refusePlainSecrets();
  const stack = pulumi.getStack();
  const settings = parseStack(settingsIn(pulumi.runtime.allConfig()), `Pulumi.${stack}.yaml`);
  return settings.role === "build" ? declareBuild(settings, choice) : declareTargets(stack, settings, choice);
}

async function declareBuild(settings: StackSettingsOf<"build">, choice: Choice): Promise<Outputs> {
  const { service, build } = settings;
  if (choice.commit === undefined && !(await hasBranch(build.repository, build.branch))) {
    await pulumi.log.warn(`${build.repository} has no commit in ${build.branch} yet: nothing to build.`);
    return {};
  }
  const commit = await resolveCommit(build.repository, choice.commit ?? build.branch);
  const tag = core.tagOf(commit.commit);
  const entries = openTrail().entries();
  // A release keeps the report that it was made by, however often the suite has run since.
  const report = releaseOf(entries, tag)?.report ?? passingReport(entries, commit.commit)?.digest;
  if (report === undefined) {
    throw new UserError(`No passing report for ${tag}. Run "npx hms compliance run ${tag}".`);
  }
  const source = await exportCommit(build.repository, commit);
  const { build: what, bundle: files } = parseService(readServiceFile(source.folder), "pipeline.yml");
  const folder = path.relative(projectFolder, source.folder);

  const image = new ImageBuild(service, {
    context: path.join(folder, what.context),
    dockerfile: path.join(folder, what.dockerfile),
    tree: commit.tree,
    repository: build.image,
    args: build.args,
    platform: build.platform,
    host: build.dockerHost,
  });
  const bundle = new Bundle(service, { folder, files, committedAt: commit.committedAt });
  const release = new Release(service, {
    commit: commit.commit,
    tree: commit.tree,
    subject: redact(commit.subject),
    service,
    image: image.image,
    bundleSha256: bundle.sha256,
    bundleSize: bundle.size,
    report,
    recipe: {
      repository: build.repository,
      committedAt: commit.committedAt,
      ...what,
      bundle: files,
      args: build.args,
      platform: build.platform,
    },
    exceptions: settings.compliance.exceptions,
  });
  return { tag: release.tag, image: image.image, bundle: bundle.sha256 };
}

async function declareTargets(
  stack: string,
  settings: Exclude<Parameters<typeof targetsOf>[1], { role: "build" }>,
  choice: Choice,
): Promise<Outputs> {
  if (choice.draft !== undefined && !pulumi.runtime.isDryRun()) {
    throw new Error("a draft is for previews, and for nothing else");
  }
  const entries = openTrail().entries();
  const wanted = settings.release === "current" ? undefined : settings.release;
  const receipts: Outputs = {};
  const mappings =
    settings.role === "partners"
      ? readMappings(settings.mappings, settings.partners, `Pulumi.${stack}.yaml`)
      : [];
  for (const target of targetsOf(stack, settings)) {
    const tag =
      choice.tags?.get(target.id) ?? wanted ?? desiredTag(entries, target.id) ?? latestRelease(entries)?.tag;
    if (tag === undefined) {
      await pulumi.log.warn(
        `There is no release yet: nothing to ship to ${target.id}. Run "npx hms pipeline run".`,
      );
      continue;
    }
    const draft = choice.draft?.release.tag === tag ? choice.draft : undefined;
    const release = draft?.release ?? releaseOf(entries, tag);
    if (release === undefined) {
      const tags = all(entries, "release").map(({ body }) => body.release.tag);
      throw new UserError(
        `Pulumi.${stack}.yaml: hms:release: found "${tag}"; allowed: current, ${[...new Set(tags)].slice(-5).join(", ")}`,
      );
    }
    const previous = runningBefore(entries, target.id, release);
    const hadLine = await isLineInState(target, entries);
    const reason = choice.reason ?? settings.reason;
    const { blobs } = draft ?? { blobs: directoryBlobs(trailFolder()) };
    const { liftsQuarantine } = choice;
    const decision = { release, blobs, previous, hadLine, reason, liftsQuarantine, entries, mappings };
    receipts[target.name] = declareTarget(target, decision).receipt;
  }
  return receipts;
}

/** Whether the state has what was brought to a site over the line that it no longer has. */
async function isLineInState(
  { stack, name, id, probe }: Target,
  entries: readonly Entry[],
): Promise<boolean> {
  const overLine = all(entries, "receipt").some(({ body }) => body.target === id && body.via === undefined);
  return probe.kind === "far" && overLine && (await activationInState(stack, name)) !== undefined;
}

/** What a target is to have, what it has, and why it should be something older. */
interface Decision extends Given {
  readonly previous: core.Release | undefined;
  /** Whether a site without a line had one, as the state has it. */
  readonly hadLine: boolean;
  readonly reason: string | undefined;
  /** Whether the rollback that is previewed lifts the release's quarantine. */
  readonly liftsQuarantine: boolean | undefined;
  /** The trail, which says whether somebody changed it. */
  readonly entries: readonly Entry[];
  /** What partners get of it beside the bundle. */
  readonly mappings: readonly Mapping[];
}

function declareTarget(
  { id, name, probe }: Target,
  { release, blobs, previous, hadLine, reason, liftsQuarantine, entries, mappings }: Decision,
): { receipt: pulumi.Output<string> } {
  const drift = driftMark(entries, id, release);
  const what = { target: id, release, reason, liftsQuarantine, drift };
  switch (probe.kind) {
    case "cluster":
      return new KubernetesTarget(name, { ...what, ...probe });
    case "docker":
      return new DockerTarget(name, {
        ...what,
        previous,
        drift: { target: drift, container: (image) => replacementMark(entries, id, { image }) },
        ...probe,
      });
    case "site":
      return new Site(name, { ...what, ...probe });
    case "far":
      return new FarSite(name, { ...what, ...probe, hadLine });
    case "partner": {
      const drop = new PartnerDrop(name, {
        ...what,
        bundlePath: blobs.pathOf(release.bundle.sha256),
        ...probe,
      });
      declareMapped(drop, probe.settings, { release, blobs }, mappings);
      return drop;
    }
  }
}

/** What a partner gets beside the bundle, once that has arrived. */
function declareMapped(
  drop: PartnerDrop,
  settings: PartnerSettings,
  { release, blobs }: Given,
  mappings: readonly Mapping[],
): void {
  if (!mappings.some(({ partner }) => partner === settings.name)) {
    return;
  }
  for (const file of mapRelease(mappings, settings, release, bundleMembers(release, blobs))) {
    new MappedDrop(
      [settings.name, ...(file.folder === undefined ? [] : [file.folder]), file.identity].join("/"),
      { settings, file, bundle: release.bundle },
      // Not on the component itself, of which it is a part.
      { parent: drop, dependsOn: drop.receipt.apply((): pulumi.Resource[] => []) },
    );
  }
}

export = program;
