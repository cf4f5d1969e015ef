/** Writes a release into the trail. */
import fs from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { isDeepStrictEqual } from "node:util";
import { Refused } from "../../core/errors";
import { releaseOf } from "../../core/history";
import { manifestOf } from "../../core/manifest";
import { type SignedManifest, tagOf } from "../../core/release";
import { inspectImage } from "../../probe/registry";
import { directoryBlobs } from "../../store/blobs";
import { provenanceAltered } from "../../store/evidence";
import { signer } from "../../store/keys";
import { currentRun, trailFolder } from "../../store/project";
import { openTrail } from "../../store/trail";
import type { Provider } from "../dynamic/resource";
import type { ReleaseArgs } from ".";
import { checkArtefacts } from "./artefacts";
import { basesOf } from "./bases";
import { makeProvenance } from "./provenance";

type Args = pulumi.Unwrap<ReleaseArgs>;
type State = Args & { readonly tag: string; readonly imageId: string };

async function record(args: Args): Promise<State> {
  const tag = tagOf(args.commit);
  const trail = openTrail();
  const image = await inspectImage(args.image);
  const { imageId, blobs } = image;
  const facts = {
    tag,
    commit: args.commit,
    tree: args.tree,
    subject: args.subject,
    service: args.service,
    image: args.image,
    imageId,
    bundle: {
      sha256: args.bundleSha256,
      size: args.bundleSize,
      signature: sign(fs.readFileSync(directoryBlobs(trailFolder()).pathOf(args.bundleSha256))),
    },
    report: args.report,
  };
  const manifest = keepSigned(
    manifestOf(
      facts,
      blobs.map(({ digest }) => digest),
    ),
  );
  const entries = trail.entries();
  const known = releaseOf(entries, tag);
  if (known !== undefined && known.commit !== args.commit) {
    throw new Refused(
      `refused: ${tag} is the release of commit ${known.commit} already, whose hash begins alike. Commit again: it gets another hash.`,
    );
  }
  // How it was built is told once: a second look at the same build is no second build.
  const isKnown =
    known !== undefined &&
    isDeepStrictEqual(known, { ...facts, provenance: known.provenance, manifest }) &&
    provenanceAltered(known) === undefined;
  if (!isKnown) {
    const built = {
      ...facts,
      recipe: args.recipe,
      registry: image,
      bases: await basesOf(args.recipe, { ...args, ...args.recipe }),
    };
    await checkArtefacts(
      { ...built, ...(args.exceptions !== undefined && { exceptions: args.exceptions }) },
      trail,
    );
    const provenance = await makeProvenance(built, trail.entries());
    trail.append({ type: "release", release: { ...facts, provenance, manifest }, ...currentRun() });
  }
  return { ...args, tag, imageId };
}

/** Keeps a manifest among the blobs, with its signature. */
function keepSigned(manifest: string): SignedManifest {
  const bytes = Buffer.from(manifest);
  return { sha256: directoryBlobs(trailFolder()).put(bytes), signature: sign(bytes) };
}

/** A signature in Base64. Ed25519 gives the same one each time. */
function sign(bytes: Uint8Array): string {
  return Buffer.from(signer().sign(bytes)).toString("base64");
}

const facts = ["commit", "image", "bundleSha256", "report"] as const;

/** The provider of a release's record. */
export const provider: Provider<Args, State> = {
  create: async (args) => ({ id: tagOf(args.commit), outs: await record(args) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  diff: (_id, olds, news) => Promise.resolve({ changes: facts.some((fact) => olds[fact] !== news[fact]) }),
  update: async (_id, _olds, news) => ({ outs: await record(news) }),
  // The trail keeps it: a record is never taken back.
  delete: () => Promise.resolve(),
};
