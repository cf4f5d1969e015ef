/** Builds a commit for a plan: on the engine that builds releases, without a push, and without a word in the trail. */
import fs from "node:fs";
import path from "node:path";
import { type EngineEvent, LocalWorkspace } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { ImageBuild, type ImageBuildArgs } from "../components/image-build";
import { pickFiles, zip } from "../components/bundle/zip";
import type { StackSettingsOf } from "../core/config";
import { engineEnvironment } from "../core/docker-engine";
import { lastLine, messageOf, UserError } from "../core/errors";
import { whyNotBuilt } from "../core/outcome";
import { type DraftRelease, tagOf } from "../core/release";
import { parseService, serviceFile } from "../core/service";
import type { ImageParts } from "../core/travel";
import { redact } from "../compliance/content";
import { imageParts } from "../probe/registry";
import { type Blobs, directoryBlobs } from "../store/blobs";
import { workFolder } from "../store/project";
import { deadScratch, scratchFolder } from "../store/scratch";
import { type Commit, exportCommit, readServiceFile } from "../store/source";

/** What would be a release if it had been built by the build stack. */
export interface Draft {
  readonly release: DraftRelease;
  /** What its image consists of; compressed here, so a layer's size may differ a little from that in the registry. */
  readonly image: ImageParts;
  /** Where its bundle lies. */
  readonly blobs: Blobs;
}

/**
 * Builds a draft, and lets somebody do something with it.
 *
 * @throws UserError when it can't be built, with the last that was said
 */
export async function withDraft<T>(
  { service, build }: StackSettingsOf<"build">,
  commit: Commit,
  action: (draft: Draft) => Promise<T>,
): Promise<T> {
  const { folder } = await exportCommit(build.repository, commit);
  const what = parseService(readServiceFile(folder), serviceFile);
  fs.mkdirSync(workFolder, { recursive: true });
  const docker = dockerAt(build.dockerHost);
  const nameOf = (draft: string): string => `${build.image}:${draft}`;
  const forget = async (draft: string): Promise<void> => {
    fs.rmSync(path.join(workFolder, draft), { recursive: true, force: true });
    // There may be none.
    await docker("image", "rm", nameOf(draft)).catch(() => undefined);
  };
  await Promise.all(deadScratch(workFolder, "draft").map(forget));
  // One of its own: another plan may be building the same.
  const drafts = scratchFolder(workFolder, "draft");
  const draft = path.basename(drafts);
  const image = nameOf(draft);
  try {
    await buildImage(drafts, {
      ...{
        context: path.join(folder, what.build.context),
        dockerfile: path.join(folder, what.build.dockerfile),
      },
      ...{ tree: commit.tree, repository: build.image, args: build.args, platform: build.platform, draft },
      ...(build.dockerHost !== undefined && { host: build.dockerHost }),
    });
    const [imageId, parts] = await Promise.all([
      docker("image", "inspect", "--format", "{{.Id}}", image),
      partsOfImage(docker, drafts, image),
    ]);
    const blobs = directoryBlobs(drafts);
    const bytes = zip(pickFiles(folder, what.bundle), commit.committedAt);
    return await action({
      blobs,
      image: parts,
      release: {
        ...{ tag: tagOf(commit.commit), commit: commit.commit, tree: commit.tree, service },
        ...{ subject: redact(commit.subject), imageId, image: `${build.image}@${imageId}` },
        bundle: { sha256: blobs.put(bytes), size: bytes.byteLength, signature: "" },
        // Of these there is nothing yet, and nothing that vouches for it.
        ...{ report: "", provenance: "", manifest: { sha256: "", signature: "" }, draft: true },
      },
    });
  } finally {
    await forget(draft);
  }
}

/** Builds with the component that builds releases, in a stack of its own that is forgotten. */
async function buildImage(drafts: string, args: ImageBuildArgs): Promise<void> {
  const events: EngineEvent[] = [];
  const stack = await LocalWorkspace.createStack(
    {
      stackName: "draft",
      projectName: "hms-draft",
      program: () => {
        new ImageBuild("draft", args);
        return Promise.resolve();
      },
    },
    {
      projectSettings: { name: "hms-draft", runtime: "nodejs" },
      envVars: {
        // Not the one of the stacks, which the environment may name.
        PULUMI_BACKEND_URL: `file://${drafts}`,
        // There is no secret in it.
        PULUMI_CONFIG_PASSPHRASE: "draft",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    },
  );
  try {
    await stack.up({ onEvent: (event) => events.push(event), onOutput: () => undefined });
  } catch (error) {
    throw new UserError(`It can't be built: ${whyNotBuilt(events) ?? lastLine(messageOf(error))}`);
  } finally {
    fs.rmSync(stack.workspace.workDir, { recursive: true, force: true });
  }
}

/** Docker's command for an engine: what it prints, or UserError. */
type Docker = (...args: readonly string[]) => Promise<string>;

function dockerAt(host: string | undefined): Docker {
  const env = engineEnvironment(host);
  return async (...args) => {
    const { failed, stdout, stderr } = await execa("docker", args, { reject: false, env });
    if (failed) {
      throw new UserError(`The engine does not give what it has built: ${lastLine(stderr)}`);
    }
    return stdout;
  };
}

/** What an image of an engine consists of. skopeo compresses it as a push does. */
async function partsOfImage(docker: Docker, drafts: string, image: string): Promise<ImageParts> {
  const archive = path.join(drafts, "image.tar");
  await docker("save", "--output", archive, image);
  const layout = path.join(drafts, "image");
  const copy = ["copy", "--quiet", `docker-archive:${archive}`, `oci:${layout}`];
  const { failed, stderr } = await execa("skopeo", copy, { reject: false });
  if (failed) {
    throw new UserError(`What was built can't be read: ${lastLine(stderr)}`);
  }
  const text = (...names: string[]): string => fs.readFileSync(path.join(layout, ...names), "utf8");
  const blob = ({ digest }: Descriptor): string => text("blobs", ...digest.split(":"));
  const { manifests } = JSON.parse(text("index.json")) as { manifests: [Descriptor] };
  const manifest = JSON.parse(blob(manifests[0])) as { config: Descriptor; layers: Descriptor[] };
  return imageParts([manifest.config, ...manifest.layers], blob(manifest.config));
}

/** A blob of a layout; OCI image specification 1.1, "descriptor". */
interface Descriptor {
  readonly digest: string;
  readonly size: number;
}
