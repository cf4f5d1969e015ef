/**
 * Lays images out as files named by digest, so that rsync sends only what a site does not have (design D6).
 *
 * `.hms/layouts/blobs/sha256/HEX` are the blobs of all images; `images/DIGEST/` holds, for each image, `manifest.json`
 * (what `docker load` reads), `digests` (what `sha256sum -c` reads) and `id` (what docker will call it); `bin/` holds the
 * scripts that run on the site.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { lastLine, Refused } from "../../core/errors";
import { shortDigest } from "../../core/release";
import { inspectImage, sourceTlsOptions } from "../../probe/registry";
import { projectFolder, workFolder } from "../../store/project";
import { writeWholeFile } from "../../store/whole-file";

/** Where the layouts lie. */
export const layouts = path.join(workFolder, "layouts");

/** Blobs have one time on all machines, so that rsync finds those it sent from another one. */
const blobTime = new Date(0);

/** The scripts that run on a site, each a file of the project; they lie in `bin/` there. */
export const scripts = [
  "components/site/activate.sh",
  "components/site/deactivate.sh",
  "components/site/lock.sh",
  "components/host/swap.sh",
  "probe/serving.sh",
];

/** The scripts that run on a site, as they lie beside the layouts. */
export const scriptFiles: readonly string[] = scripts.map((script) => `bin/${path.basename(script)}`);

/** Whether all is there, and the scripts are those of today. */
export function isLaidOut(images: readonly string[]): boolean {
  return images.every(hasLayout) && scripts.every(isCurrent);
}

/** Makes the layouts of images that are not there yet, and puts the scripts beside them. */
export async function makeLayouts(images: readonly string[]): Promise<void> {
  fs.mkdirSync(path.join(layouts, "bin"), { recursive: true });
  for (const script of scripts.filter((each) => !isCurrent(each))) {
    writeWholeFile(copyOf(script), fs.readFileSync(path.join(projectFolder, script)), { mode: 0o755 });
  }
  await Promise.all(images.filter((image) => !hasLayout(image)).map(makeLayout));
}

/** Whether an image is laid out: then the registry is not needed for it. */
export function hasLayout(image: string): boolean {
  return fs.existsSync(path.join(layouts, "images", shortDigest(image), "digests"));
}

function isCurrent(script: string): boolean {
  const copy = copyOf(script);
  return (
    fs.existsSync(copy) && fs.readFileSync(copy).equals(fs.readFileSync(path.join(projectFolder, script)))
  );
}

const copyOf = (script: string): string => path.join(layouts, "bin", path.basename(script));

async function makeLayout(image: string): Promise<void> {
  const { imageId, blobs } = await inspectImage(image);
  const name = shortDigest(image);
  const draft = path.join(layouts, `.${name}`);
  fs.rmSync(draft, { recursive: true, force: true });
  const copied = await execa(
    "skopeo",
    [
      "copy",
      "--quiet",
      "--preserve-digests",
      ...sourceTlsOptions(image),
      `docker://${image}`,
      `dir:${draft}`,
    ],
    { reject: false },
  );
  if (copied.failed) {
    throw new Refused(`The registry does not give ${image}: ${lastLine(copied.stderr)}`);
  }
  const blobFolder = path.join(layouts, "blobs", "sha256");
  fs.mkdirSync(blobFolder, { recursive: true });
  for (const { digest } of blobs) {
    keep(path.join(draft, hex(digest)), path.join(blobFolder, hex(digest)), hex(digest));
  }
  writeFiles(
    path.join(layouts, "images", name),
    imageId,
    blobs.map(({ digest }) => hex(digest)),
  );
  fs.rmSync(draft, { recursive: true });
}

/** Moves a blob to its place, once it is what its digest says. */
function keep(from: string, to: string, sha256: string): void {
  if (fs.existsSync(to)) {
    return;
  }
  const found = createHash("sha256").update(fs.readFileSync(from)).digest("hex");
  if (found !== sha256) {
    throw new Refused(
      `The registry gave a blob ${found} for ${sha256}. Run it again; check the registry's disk.`,
    );
  }
  fs.utimesSync(from, blobTime, blobTime);
  fs.renameSync(from, to);
}

function writeFiles(folder: string, imageId: string, blobs: readonly string[]): void {
  const [config = "", ...layers] = blobs.map((blob) => `blobs/sha256/${blob}`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "id"), `${imageId}\n`);
  fs.writeFileSync(
    path.join(folder, "manifest.json"),
    `${JSON.stringify([{ Config: config, RepoTags: null, Layers: layers }])}\n`,
  );
  // Last: its being there says that the layout is whole.
  fs.writeFileSync(
    path.join(folder, "digests"),
    blobs.map((blob) => `${blob}  blobs/sha256/${blob}\n`).join(""),
  );
}

const hex = (digest: string): string => digest.replace("sha256:", "");
