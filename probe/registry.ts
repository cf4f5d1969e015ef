/** Asks a registry about an image, with skopeo: it knows docker's logins, proxies and mirrors. */
import { execa } from "execa";
import { createHash } from "node:crypto";
import { lastLine, Refused } from "../core/errors";
import type { ImageParts } from "../core/travel";

/** What a registry says of an image. */
export interface RegistryImage {
  /** `sha256:…` of the image's configuration: what a docker engine calls the image's id. */
  readonly imageId: string;
  /** Digests of the image's blobs: the configuration and the layers. */
  readonly blobs: readonly { readonly digest: string; readonly size: number }[];
}

interface Manifest {
  config: { digest: string; size: number };
  layers: { digest: string; size: number }[];
}

/** The argv that reads an image's manifest, byte by byte as it is. */
export function manifestArgv(image: string): string[] {
  return ["skopeo", "inspect", "--raw", ...tlsOptions(image), `docker://${image}`];
}

const digestOf = (manifest: string): string =>
  `sha256:${createHash("sha256").update(manifest).digest("hex")}`;

/** Docker takes a registry on loopback without TLS; skopeo has to be told. */
export function tlsOptions(image: string): string[] {
  return /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?\//.test(image) ? ["--tls-verify=false"] : [];
}

/** The same for what skopeo copies from. */
export function sourceTlsOptions(image: string): string[] {
  return tlsOptions(image).map((option) => option.replace("--tls", "--src-tls"));
}

/**
 * What the registry holds under a digest.
 *
 * @param image `repository@sha256:…`
 * @throws Refused when the registry does not have it, or has something else
 */
export async function inspectImage(image: string): Promise<RegistryImage> {
  const [command = "", ...args] = manifestArgv(image);
  const result = await execa(command, args, { reject: false, stripFinalNewline: false });
  if (result.failed) {
    throw new Refused(`The registry does not give ${image}: ${lastLine(result.stderr)}`);
  }
  const digest = digestOf(result.stdout);
  if (!image.endsWith(`@${digest}`)) {
    throw new Refused(`The registry gives ${digest} for ${image}. Build it again.`);
  }
  const manifest = JSON.parse(result.stdout) as Partial<Manifest>;
  if (manifest.config === undefined || manifest.layers === undefined) {
    throw new Refused(
      `${image} is not an image for one platform. Build it with one platform and without attestations.`,
    );
  }
  return { imageId: manifest.config.digest, blobs: [manifest.config, ...manifest.layers] };
}

/**
 * What an image consists of, as it travels.
 *
 * @param image `repository@sha256:…`
 * @throws Refused when the registry does not have it, or has something else
 */
export async function partsOf(image: string): Promise<ImageParts> {
  const [command = "", ...args] = manifestArgv(image);
  const [{ blobs }, config] = await Promise.all([
    inspectImage(image),
    execa(command, [args[0] ?? "", "--config", ...args.slice(1)], { reject: false }),
  ]);
  if (config.failed) {
    throw new Refused(`The registry does not give ${image}: ${lastLine(config.stderr)}`);
  }
  return imageParts(blobs, config.stdout);
}

/**
 * An image's parts, by its manifest and its configuration.
 *
 * @param blobs as {@link RegistryImage} has them
 * @param config the configuration's JSON; OCI image specification 1.1, "rootfs"
 */
export function imageParts(blobs: RegistryImage["blobs"], config: string): ImageParts {
  const { rootfs } = JSON.parse(config) as { rootfs?: { diff_ids?: readonly string[] } };
  const [first, ...layers] = blobs;
  return {
    configSize: first?.size ?? 0,
    // A layer without one is nobody's: it is counted as one that has to travel.
    layers: layers.map(({ digest, size }, index) => ({ diffId: rootfs?.diff_ids?.[index] ?? digest, size })),
  };
}

/**
 * The digest that the registry has under a tag; undefined when it has none.
 *
 * @param image `repository:tag`
 * @param timeoutSeconds when it is given up @default never
 */
export async function digestOfTag(image: string, timeoutSeconds = 0): Promise<string | undefined> {
  const [command = "", ...args] = manifestArgv(image);
  const options = { reject: false, stripFinalNewline: false, timeout: timeoutSeconds * 1000 } as const;
  const { failed, stdout } = await execa(command, args, options);
  return failed ? undefined : digestOf(stdout);
}
