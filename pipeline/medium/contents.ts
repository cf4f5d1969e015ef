/** What lies on a medium: the parts of the images that a site lacks, the signed release, and the scripts. */
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { layouts, scripts } from "../../components/site/layout";
import { lastLine, UserError } from "../../core/errors";
import { blobsIn } from "../../core/manifest";
import type { MediumFacts } from "../../core/medium";
import { type Release, shortDigest } from "../../core/release";
import { directoryBlobs } from "../../store/blobs";
import { signer, trustedFiles, trustedFolder } from "../../store/keys";
import { projectFolder, trailFolder } from "../../store/project";
import type { Source } from "./write";

/** Makes the layouts of images, as a shipment does. */
export async function layOut(images: readonly string[]): Promise<void> {
  fs.mkdirSync(layouts, { recursive: true });
  const lock = path.join(layouts, ".lock");
  const command = [lock, "node", "components/site/make-layouts.js", ...images];
  const { failed, stderr } = await execa("flock", command, { cwd: projectFolder, reject: false });
  if (failed) {
    throw new UserError(lastLine(stderr).replace(/^refused: /, ""));
  }
}

/**
 * The manifest of a release, as it was signed.
 *
 * @throws UserError when it is missing
 */
export function manifestText(release: Release): string {
  const text = directoryBlobs(trailFolder()).text(release.manifest.sha256);
  if (text === undefined) {
    throw new UserError(
      `The manifest of ${release.tag} is missing, or was changed after it was signed. Put it back from a copy of the trail.`,
    );
  }
  return text;
}

/** The blobs of an image that is laid out: hex. */
export const blobsOfImage = (image: string): string[] =>
  blobsIn(fs.readFileSync(path.join(layouts, "images", shortDigest(image), "digests"), "utf8"));

/** The files of a medium, but for its list and README. @param known hex digests of blobs that are left out */
export function sources({ release, proxyImage }: MediumFacts, known: ReadonlySet<string>): Source[] {
  const inLayouts = (file: string): Source => ({ path: file, file: path.join(layouts, file) });
  const ofProject = (file: string, folder: string): Source => ({
    path: path.posix.join(folder, path.basename(file)),
    file: path.join(projectFolder, file),
  });
  const blobs = new Set([...blobsIn(manifestText(release)), ...blobsOfImage(proxyImage)]);
  const folder = `releases/${shortDigest(release.manifest.sha256)}`;
  return [
    ...[...blobs].filter((blob) => !known.has(blob)).map((blob) => inLayouts(`blobs/sha256/${blob}`)),
    ...[release.image, proxyImage].flatMap((image) =>
      ["digests", "id"].map((file) => inLayouts(`images/${shortDigest(image)}/${file}`)),
    ),
    { path: `${folder}/manifest`, text: manifestText(release) },
    { path: `${folder}/signature`, text: Buffer.from(release.manifest.signature, "base64") },
    ...scripts.map((script) => ofProject(script, "bin")),
    ofProject("components/site/medium/receive.sh", "steps"),
    ofProject("components/site/medium/receipt.sh", "steps"),
    ofProject("components/site/medium/install.sh", ""),
    ...signingKeyFile(),
  ];
}

/** The public key that signs, for a site that trusts none yet. */
function signingKeyFile(): Source[] {
  const { keyId } = signer();
  return trustedFiles(trustedFolder())
    .filter((each) => each.keyId === keyId)
    .map(({ key }) => ({ path: `trusted/${keyId}.pem`, text: key.export({ type: "spki", format: "pem" }) }));
}

/** The sizes of the blobs that the release and its proxy need and that are left out. */
export function leftOutBytes({ release, proxyImage }: MediumFacts, known: ReadonlySet<string>): number {
  const blobs = new Set([...blobsIn(manifestText(release)), ...blobsOfImage(proxyImage)]);
  return [...blobs]
    .filter((blob) => known.has(blob))
    .reduce((sum, blob) => sum + fs.statSync(path.join(layouts, "blobs/sha256", blob)).size, 0);
}
