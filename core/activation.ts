/** What a site's `activate.sh` is told: by the command that runs it over a line, and by a medium. */
import type { SiteSettings } from "./config";
import { type Release, shortDigest } from "./release";

/** What is activated, and how. */
export interface Activation {
  readonly service: string;
  readonly release: Pick<Release, "image" | "imageId" | "manifest">;
  /** The proxy's image, by digest. */
  readonly proxyImage: string;
  readonly settings: Pick<
    SiteSettings,
    "publishAddress" | "publishPort" | "port" | "healthTimeoutSeconds" | "keep" | "drainTimeoutSeconds"
  >;
}

/** The script's arguments, in its order; see `components/site/activate.sh`. */
export function activationWords({ service, release, proxyImage, settings }: Activation): string[] {
  return [
    service,
    shortDigest(release.manifest.sha256),
    shortDigest(release.image),
    release.imageId,
    shortDigest(proxyImage),
    `${settings.publishAddress}:${String(settings.publishPort)}`,
    String(settings.port),
    String(settings.healthTimeoutSeconds),
    String(settings.keep),
    String(settings.drainTimeoutSeconds),
  ];
}
