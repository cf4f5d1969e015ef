/** The images that resources run, and where they come from. */
import { repositoryOf } from "../core/release";
import type { Resource } from "./rule";
import { containersOf, podOf } from "./workloads";

/**
 * The images that a resource runs, or ships to where they run.
 *
 * A docker container is not among them: it runs an image by the id that its RemoteImage found.
 */
export function imagesOf({ type, props }: Pick<Resource, "type" | "props">): string[] {
  if (type === "docker:index/remoteImage:RemoteImage") {
    return [(props as { name: string }).name];
  }
  if (type === "command:local:Command") {
    const { create, update } = props as { create?: string; update?: string };
    return [create, update].flatMap((text) => text?.match(/[\w./:-]+@sha256:[0-9a-f]{64}\b/g) ?? []);
  }
  const pod = podOf({ type, props })?.spec;
  if (pod === undefined) {
    return [];
  }
  return [
    ...containersOf(pod).map(({ image }) => image ?? ""),
    ...(pod.volumes ?? []).flatMap(({ image }) => (image === undefined ? [] : [image.reference ?? ""])),
  ];
}

/** The registry that an image comes from, as docker reads its name. */
export function registryOf(image: string): string {
  const [first = "", ...rest] = repositoryOf(image).split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}
