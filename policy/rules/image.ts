/** Rules on images, and on the bundle: what runs or is handed over is what was built and checked. */
import fs from "node:fs";
import path from "node:path";
import type { PolicyConfigSchema } from "@pulumi/policy";
import { isQuarantined, notPassed } from "../../core/clearance";
import { all } from "../../core/history";
import { isByDigest, type Release, repositoryOf } from "../../core/release";
import { projectFolder } from "../../store/project";
import { drops } from "../drops";
import { imagesOf, registryOf } from "../images";
import { type Resource, rule } from "../rule";
import { entries, givenTo, isTarget } from "../trail";

/** A tag can be moved to another image after the checks; a digest can't. */
export const imageByDigest = rule({
  name: "image-by-digest",
  reason: "An image is named by its digest: a tag can be moved to another image after the checks.",
  remedy: "Name the image as repository@sha256:….",
  severity: "high",
  control: "SI-7",
  checks: [
    function* (resource) {
      for (const image of imagesOf(resource).filter((each) => !isByDigest(each))) {
        yield `${resource.name} runs "${image}". Name the image by its digest: repository@sha256:….`;
      }
    },
    function* ({ type, name, props }) {
      if (type === "docker:index/container:Container") {
        const { image } = props as { image: string };
        // An id is a digest, too: that of the image's configuration.
        if (!isByDigest(image) && !/^sha256:[0-9a-f]{64}$/.test(image)) {
          yield `${name} runs "${image}". Give it the imageId of a RemoteImage.`;
        }
      }
    },
  ],
});

/** The key `images`, which two rules have: what else may run. */
interface Others {
  /** Images by digest, repositories, or files that hold the name of an image. */
  readonly images?: readonly (string | { readonly file: string })[];
}

const others: NonNullable<PolicyConfigSchema["properties"]> = {
  images: {
    type: "array",
    description:
      "What may run beside releases, such as the proxy: an image by digest, a repository, or { file } with an image's name.",
    items: {
      type: ["string", "object"],
      properties: { file: { type: "string", minLength: 1 } },
      required: ["file"],
      additionalProperties: false,
    },
  },
};

function isOther(image: string, { images = [] }: Others): boolean {
  return images.some((each) => {
    const name = typeof each === "string" ? each : textOf(each.file);
    return name === image || name === repositoryOf(image);
  });
}

/** The text of a file that the configuration names; nothing where there is none. */
function textOf(file: string): string | undefined {
  const place = path.resolve(projectFolder, file);
  return fs.existsSync(place) ? fs.readFileSync(place, "utf8").trim() : undefined;
}

/** Whoever may push to a registry says what may run. */
export const imageRegistry = rule<Others & { readonly registries?: readonly string[] }>({
  name: "image-registry",
  reason: "An image comes from a registry that is known: who may push there is decided, and written down.",
  remedy: "Push it to an allowed registry, or name the registry in `registries`.",
  severity: "high",
  control: "CM-7",
  settings: {
    ...others,
    registries: {
      type: "array",
      description:
        "Registries that images may come from. Without it: those that the trail's releases are in.",
      items: { type: "string", minLength: 1 },
    },
  },
  checks: [
    function* (resource, settings) {
      const images = imagesOf(resource).filter((image) => !isOther(image, settings));
      if (images.length === 0) {
        return;
      }
      const allowed = settings.registries ?? [...new Set(releases().map(({ image }) => registryOf(image)))];
      for (const image of images.filter((each) => !allowed.includes(registryOf(each)))) {
        yield `${resource.name} runs "${image}", from ${registryOf(image)}. Allowed: ${allowed.join(", ") || "none yet"}.`;
      }
    },
  ],
});

function releases(): Release[] {
  return all(entries(), "release").map(({ body }) => body.release);
}

/** What each target's component was given. The engine asks about a component before what it declares. */
const targets = new Map<string, readonly Release[]>();

function remember({ type, urn, props }: Resource): void {
  if (isTarget({ type })) {
    const { release, previous } = givenTo({ props });
    targets.set(
      urn,
      [release, previous].filter((each) => each !== undefined),
    );
  }
}

/** Nobody goes round a release by a digest that was set by hand. */
export const imageOfRelease = rule<Others>({
  name: "image-of-release",
  reason:
    "What runs is the image of the target's release, or one that the platform has named: no digest set by hand.",
  remedy: "Deploy through the component, or name the image in `images`.",
  severity: "critical",
  control: "SI-7",
  settings: others,
  unknown: "violation",
  // A command that names a container is made when there is one.
  knownLater: ["command:local:Command"],
  checks: [
    function* (resource, settings) {
      remember(resource);
      const images = imagesOf(resource).filter((image) => !isOther(image, settings));
      const given = targets.get(resource.opts.parent ?? "");
      for (const image of images) {
        if (given === undefined ? !isCleared(image) : !given.some((release) => release.image === image)) {
          yield (
            `${resource.name} runs "${image}", which is not ${given === undefined ? "of a release that may ship" : `of ${given[0]?.tag ?? ""}`}. ` +
            "Build a release of it, or name it in policy-config.json."
          );
        }
      }
    },
  ],
});

/** Whether an image is of a release that may ship somewhere. */
function isCleared(image: string): boolean {
  const trail = entries();
  return releases().some(
    (release) =>
      release.image === image &&
      notPassed(trail, release) === undefined &&
      isQuarantined(trail, release) === undefined,
  );
}

/** What partners get is what was built. */
export const bundleOfRelease = rule({
  name: "bundle-of-release",
  reason: "What a partner gets is the bundle of the target's release, byte for byte.",
  remedy: "Deploy through the component PartnerDrop.",
  severity: "critical",
  control: "SI-7",
  unknown: "violation",
  checks: [
    function* (resource) {
      remember(resource);
      if (!drops.has(resource.type)) {
        return;
      }
      const { bundle } = resource.props as { bundle?: { sha256?: string; size?: number } };
      const given = targets.get(resource.opts.parent ?? "") ?? releases();
      if (
        !given.some(
          (release) => release.bundle.sha256 === bundle?.sha256 && release.bundle.size === bundle.size,
        )
      ) {
        yield `${resource.name} brings ${bundle?.sha256?.slice(0, 12) ?? "nothing"}, which is no bundle of the release. Deploy through PartnerDrop.`;
      }
    },
  ],
});
