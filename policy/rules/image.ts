/** Rules on images. */
import type { ReportViolation, ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { isByDigest } from "../../core/release";

/** A tag can be moved to another image after the checks; a digest can't. */
export const imageByDigest: ResourceValidationPolicy = {
  name: "image-by-digest",
  description: "An image is named by its digest: a tag can be moved to another image after the checks.",
  validateResource: (resource, report) => {
    for (const image of imagesOf(resource)) {
      refuseTag(image, resource.name, report);
    }
  },
};

function refuseTag(image: string, name: string, report: ReportViolation): void {
  if (!isByDigest(image)) {
    report(`${name} runs "${image}". Name the image by its digest: repository@sha256:….`);
  }
}

interface PodSpec {
  readonly containers?: readonly { readonly image?: string }[];
  readonly initContainers?: readonly { readonly image?: string }[];
}

/** The images that a resource runs. A docker container runs an image by the id that its RemoteImage found. */
export function imagesOf({ type, props }: Pick<ResourceValidationArgs, "type" | "props">): string[] {
  switch (type) {
    case "docker:index/remoteImage:RemoteImage":
      return [(props as { name: string }).name];
    case "kubernetes:apps/v1:Deployment":
    case "kubernetes:apps/v1:StatefulSet":
    case "kubernetes:apps/v1:DaemonSet":
    case "kubernetes:batch/v1:Job": {
      const pod = (props as { spec?: { template?: { spec?: PodSpec } } }).spec?.template?.spec;
      return [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ image }) => image ?? "");
    }
    default:
      return [];
  }
}
