/** Looks into what was built, before it becomes a release: what ships is not what was in the commit. */
import fs from "node:fs";
import path from "node:path";
import { type ArtefactScan, scanArtefacts } from "../../compliance/artefacts";
import { readExceptions } from "../../compliance/exceptions";
import type { BuildFacts, Recipe } from "../../core/provenance";
import { Refused } from "../../core/errors";
import type { Release } from "../../core/release";
import type { Report } from "../../core/report";
import { fetchLayout } from "../../probe/layers";
import type { RegistryImage } from "../../probe/registry";
import { directoryBlobs } from "../../store/blobs";
import { currentRun, projectFolder, trailFolder, workFolder } from "../../store/project";
import type { Trail } from "../../store/trail";
import { layersOfBases } from "./bases";

/** What was built, and what is needed to look into it. */
export interface Artefacts extends Pick<Release, "commit" | "image" | "bundle" | "report"> {
  readonly registry: RegistryImage;
  readonly bases: BuildFacts["bases"];
  readonly recipe: Recipe;
  /** The file of the platform's exceptions. @default none */
  readonly exceptions?: string;
}

/**
 * Looks for personal data and secrets in the image's own layers and in the bundle, and writes what it found into the trail.
 *
 * @throws Refused when there is any: then there is no release
 */
export async function checkArtefacts(artefacts: Artefacts, trail: Trail): Promise<void> {
  const { commit, image, bundle } = artefacts;
  const scan = await scanBuilt(artefacts);
  const unread = scan.skipped.find(({ file }) => file === "image" || file === "bundle.zip");
  const passed = scan.findings.length === 0 && unread === undefined;
  const blobs = directoryBlobs(trailFolder());
  const digest = `sha256:${blobs.put(Buffer.from(`${JSON.stringify({ commit, image, bundle, passed, ...scan }, null, 2)}\n`))}`;
  trail.append({
    type: "artefacts",
    commit,
    image,
    bundle: bundle.sha256,
    passed,
    digest,
    findings: scan.findings.length,
    ...currentRun(),
  });
  if (unread !== undefined) {
    throw new Refused(
      `refused: what was built can't be looked into: ${unread.file === "image" ? "a layer of the image" : "the bundle"} ${unread.why}. Build it smaller.`,
    );
  }
  const [first] = scan.findings;
  if (first !== undefined) {
    const { file, line, rule, sample, remedy } = first;
    const more = scan.findings.length > 1 ? ` and ${String(scan.findings.length - 1)} more` : "";
    throw new Refused(
      `refused: what was built holds ${rule} ${sample} in ${file}:${String(line)}${more}. ${remedy}`,
    );
  }
}

async function scanBuilt({
  image,
  recipe,
  bundle,
  registry,
  bases,
  exceptions,
  report,
}: Artefacts): Promise<ArtefactScan> {
  const baseLayers = await layersOfBases(bases, recipe);
  const drafts = path.join(workFolder, "artefacts");
  fs.mkdirSync(drafts, { recursive: true });
  const imageFolder = fs.mkdtempSync(path.join(drafts, "image-"));
  try {
    const own = registry.blobs.map((blob) => blob.digest);
    await fetchLayout(
      image,
      imageFolder,
      baseLayers.filter((digest) => own.includes(digest)),
    );
    const blobs = directoryBlobs(trailFolder());
    const text = blobs.text(report);
    if (text === undefined) {
      throw new Refused(
        "refused: the commit's report is missing among the trail's blobs, or was changed. Put it back from a copy.",
      );
    }
    const { excepted = [] } = JSON.parse(text) as Report;
    return await scanArtefacts({
      imageFolder,
      baseLayers,
      bundlePath: blobs.pathOf(bundle.sha256),
      exceptions: readExceptions(exceptions, projectFolder),
      excepted,
    });
  } finally {
    fs.rmSync(imageFolder, { recursive: true, force: true });
  }
}
