import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { SiteSettings } from "../../core/config";
import type { TargetId } from "../../core/entry";
import type { Release } from "../../core/release";
import { readReference, readText } from "../../probe/reference";
import { knownHostsFile } from "../../probe/ssh";
import { intended, Intent } from "../intent";
import { Receipt } from "../receipt";
import { activateCommand, deactivateCommand, shipCommand, type Shipment } from "./commands";

/** What a {@link Site} runs, and how it is reached. */
export interface SiteArgs {
  /** `STACK/NAME`, the site's name in the trail. */
  readonly target: TargetId;
  /** The service's name. */
  readonly service: string;
  /** The release that the site should run. */
  readonly release: Release;
  /** Why, where the release is older than what the target runs. @default none: then the trail must say it */
  readonly reason?: string;
  /** Whether the rollback that is previewed takes the release out of quarantine; an update asks the trail alone. @default false */
  readonly liftsQuarantine?: boolean;
  /** See `driftMark`: another one ships and activates again what the site had already. @default none */
  readonly drift?: number;
  /** How the site is reached, and where it publishes the service. */
  readonly settings: SiteSettings;
}

/**
 * An on-prem server with nothing but sshd, rsync, docker and openssl: ships a release by rsync, activates it over SSH beside the
 * old one, and swaps when it is healthy. When health does not come, the old one goes on.
 *
 * @example
 * new Site("mississippi", { target: "onprem/mississippi", service: "flood-formula", release, settings });
 */
export class Site extends pulumi.ComponentResource {
  /** What was read back from the site, on one line. */
  declare readonly receipt: pulumi.Output<string>;

  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hms:onprem:Site", name, args, opts);
    const { target, service, release, settings } = args;
    const shipment = {
      service,
      release,
      settings,
      drift: args.drift,
      proxyImage: readReference("proxyImage", settings.proxyImage),
    };

    const intent = new Intent(`${name}-intent`, intended(args), { parent: this });
    const ship = this.ship(name, shipment, intent);
    const activate = this.activate(name, shipment, ship);
    const receipt = new Receipt(
      `${name}-receipt`,
      { target, release, probe: { kind: "site", service, settings }, drift: args.drift },
      { parent: this, dependsOn: activate },
    );

    this.receipt = receipt.says;
    this.registerOutputs({ receipt: this.receipt });
  }

  private ship(name: string, shipment: Shipment, intent: Intent): command.local.Command {
    return new command.local.Command(
      `${name}-ship`,
      { create: shipCommand(shipment, knownHostsFile(shipment.settings)), addPreviousOutputInEnv: false },
      { parent: this, dependsOn: intent },
    );
  }

  private activate(name: string, shipment: Shipment, ship: command.local.Command): command.remote.Command {
    return new command.remote.Command(
      `${name}-activate`,
      {
        connection: connectionOf(shipment.settings),
        create: activateCommand(shipment),
        delete: deactivateCommand(shipment),
        // A site's sshd takes no variables from outside.
        addPreviousOutputInEnv: false,
        // What a site prints is nobody's business: an error shows it all the same.
        logging: "none",
      },
      { parent: this, dependsOn: ship, additionalSecretOutputs: ["stdout", "stderr"] },
    );
  }
}

function connectionOf(settings: SiteSettings): command.types.input.remote.ConnectionArgs {
  return {
    host: settings.host,
    port: settings.sshPort,
    user: settings.user,
    hostKey: readReference(`hostKey of ${settings.name}`, settings.hostKey),
    // The provider dials once more than it allows errors.
    dialErrorLimit: settings.tries - 1,
    perDialTimeout: settings.dialTimeoutSeconds,
    ...(settings.privateKeyFile === undefined
      ? { agentSocketPath: process.env["SSH_AUTH_SOCK"] }
      : {
          privateKey: pulumi.secret(readText(`privateKeyFile of ${settings.name}`, settings.privateKeyFile)),
        }),
  };
}
