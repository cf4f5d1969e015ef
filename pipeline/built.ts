/** What a run has to say of what was built, before any of it ships. */
import type { Entry } from "../core/entry";
import { newest } from "../core/history";
import { digestOf, type Release, repositoryOf, taggedImage } from "../core/release";
import type { Finding, Report } from "../core/report";
import { digestOfTag } from "../probe/registry";
import { directoryBlobs } from "../store/blobs";
import { trailFolder } from "../store/project";

/** What was found in what a run built; nothing when it built nothing. */
export function findingsIn(entries: readonly Entry[], run: number): readonly Finding[] {
  const scan = newest(entries, "artefacts", (body) => body.run === run)?.body;
  const text = scan && directoryBlobs(trailFolder()).text(scan.digest);
  return text === undefined ? [] : (JSON.parse(text) as Pick<Report, "findings">).findings;
}

/**
 * Why a release's tag in the registry says that somebody went round the pipeline; undefined when it does not. Targets are given
 * the digest, so a tag that was moved reaches none of them.
 */
export async function movedTag({ image, tree }: Release): Promise<string | undefined> {
  const tagged = taggedImage(repositoryOf(image), tree);
  const found = await digestOfTag(tagged);
  return found === undefined || found === digestOf(image)
    ? undefined
    : `${tagged} is ${found} in the registry, and the release is ${digestOf(image)}: somebody pushed by hand. ` +
        `Find out who; put the release's back with "skopeo copy docker://${image} docker://${tagged}".`;
}
