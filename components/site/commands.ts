/** The command lines that ship to a site and activate there. Pure: they are run by Pulumi's Command. */
import { activationWords } from "../../core/activation";
import type { SiteSettings } from "../../core/config";
import { quote } from "../../core/quote";
import type { Release } from "../../core/release";
import { sshArgv } from "../../core/ssh";

/** What is shipped where. */
export interface Shipment {
  readonly service: string;
  readonly release: Pick<Release, "image" | "imageId" | "manifest">;
  /** The proxy's image, by digest. */
  readonly proxyImage: string;
  readonly settings: SiteSettings;
  /** The number of the entry that says that the site changed without us. @default none */
  readonly drift?: number;
}

/** The service's folder on the site. */
export function serviceFolder({ service, settings }: Pick<Shipment, "service" | "settings">): string {
  return `${settings.folder}/${service}`;
}

/** Ships the images and the scripts by rsync; runs in the project's folder. See {@link ShipArgs} for what the words mean. */
export function shipCommand(shipment: Shipment, knownHostsFile: string): string {
  const { release, proxyImage, settings } = shipment;
  const options = {
    site: settings.name,
    user: settings.user,
    host: settings.host,
    folder: serviceFolder(shipment),
    ssh: quote(sshArgv(settings, knownHostsFile)),
    dial: settings.dialTimeoutSeconds,
    stall: settings.stallTimeoutSeconds,
    tries: settings.tries,
    delay: settings.retryDelaySeconds,
    limit: settings.transferTimeoutSeconds,
    manifest: release.manifest.sha256,
    signature: release.manifest.signature,
  };
  return quote([
    ...again(shipment),
    "node",
    "components/site/ship-release.js",
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    release.image,
    proxyImage,
  ]);
}

/** Activates what was shipped; runs on the site. */
export function activateCommand(shipment: Shipment): string {
  return quote([
    ...again(shipment),
    "sh",
    `${serviceFolder(shipment)}/bin/activate.sh`,
    ...activationWords(shipment),
  ]);
}

/**
 * What makes a command line another one, so that Pulumi runs it again, in place: a variable that the scripts don't read.
 * Triggers would replace the command, and the old one's end takes the service off the site.
 */
function again({ drift }: Shipment): string[] {
  return drift === undefined ? [] : [`HMS_DRIFT=${String(drift)}`];
}

/** Takes the service off the site; runs there. */
export function deactivateCommand(shipment: Pick<Shipment, "service" | "settings">): string {
  return quote(["sh", `${serviceFolder(shipment)}/bin/deactivate.sh`, shipment.service]);
}
