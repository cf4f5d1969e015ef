import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DockerHostSettings } from "../../core/config";
import { engineEnvironment } from "../../core/docker-engine";
import type { TargetId } from "../../core/entry";
import { quote } from "../../core/quote";
import { appNameStart, type Release, shortDigest } from "../../core/release";
import { readReference } from "../../probe/reference";
import { intended, Intent } from "../intent";
import { Receipt } from "../receipt";

/** What a {@link DockerTarget} runs, and where. */
export interface DockerTargetArgs {
  /** `STACK/NAME`, the docker host's name in the trail. */
  readonly target: TargetId;
  /** The service's name. */
  readonly service: string;
  /** The release that the docker host should run. */
  readonly release: Release;
  /** Why, where the release is older than what the target runs. @default none: then the trail must say it */
  readonly reason?: string;
  /** Whether the rollback that is previewed takes the release out of quarantine; an update asks the trail alone. @default false */
  readonly liftsQuarantine?: boolean;
  /**
   * The release before, which serves until the new one does. Its container stays, for rollback.
   * @default none
   */
  readonly previous?: Release;
  /** What has a container made anew, and the swap done again, after somebody changed the docker host. @default none */
  readonly drift?: DriftMarks;
  /** The docker host, and where it publishes the service. */
  readonly settings: DockerHostSettings;
}

/** The numbers of the trail's entries that say that the docker host changed without us; see core/drift.ts. */
export interface DriftMarks {
  /** Of its state as a whole. @default none */
  readonly target?: number;
  /** Of a release's container, by the release's image. @default none */
  readonly container: (image: string) => number | undefined;
}

/**
 * The service on a docker host, behind a proxy container that owns the port. A new release starts beside the old one and
 * gets the traffic when it is healthy; no request is lost. When health does not come, the old one goes on.
 *
 * @example
 * new DockerTarget("cloud", { target: "cloud-docker/cloud", service: "flood-formula", release, settings });
 */
export class DockerTarget extends pulumi.ComponentResource {
  /** What was read back from the docker host, on one line. */
  declare readonly receipt: pulumi.Output<string>;

  constructor(name: string, args: DockerTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hms:cloud:DockerTarget", name, args, opts);
    const { target, service, release, settings } = args;

    const intent = new Intent(`${name}-intent`, intended(args), { parent: this });
    const provider = new docker.Provider(
      `${name}-engine`,
      { host: settings.host },
      { parent: this, dependsOn: intent },
    );
    const network = new docker.Network(
      `${name}-network`,
      { name: `hms-${service}` },
      { parent: this, provider },
    );
    const proxy = this.proxy(name, args, network, provider);
    const app = this.app(name, args, release, network, provider);
    if (args.previous !== undefined && args.previous.image !== release.image) {
      this.app(name, args, args.previous, network, provider);
    }
    const swap = this.swap(name, args, app, proxy);
    const receipt = new Receipt(
      `${name}-receipt`,
      { target, release, probe: { kind: "docker", service, settings }, drift: args.drift?.target },
      { parent: this, dependsOn: swap },
    );

    this.receipt = receipt.says;
    this.registerOutputs({ receipt: this.receipt });
  }

  /** The container that owns the port: it stays while releases come and go. */
  private proxy(
    name: string,
    { service, settings }: DockerTargetArgs,
    network: docker.Network,
    provider: docker.Provider,
  ): docker.Container {
    const parent = { parent: this, provider };
    const proxyImage = readReference("proxyImage", settings.proxyImage);
    const image = new docker.RemoteImage(
      `${name}-proxy-image`,
      { name: proxyImage, keepLocally: true },
      parent,
    );
    return new docker.Container(
      `${name}-proxy`,
      {
        name: `${service}-proxy`,
        image: image.imageId,
        command: ["caddy", "run", "--resume"],
        networksAdvanced: [{ name: network.name }],
        ports: [{ internal: 8080, external: settings.publishPort, ip: settings.publishAddress }],
        labels: labelsOf(service, "proxy"),
        ...hardened,
      },
      // Two of them can't own one port.
      { ...parent, deleteBeforeReplace: true },
    );
  }

  /** A release's container. Each content has its own, so that a new one never takes the place of the one that serves. */
  private app(
    name: string,
    { service, drift }: DockerTargetArgs,
    release: Release,
    network: docker.Network,
    provider: docker.Provider,
  ): docker.Container {
    const content = shortDigest(release.image);
    const parent = { parent: this, provider };
    const mark = drift?.container(release.image);
    const deployment = new random.RandomId(
      `${name}-deployment-${content}`,
      {
        byteLength: 2,
        // Somebody may have given the container's name to another one: then it gets a new name.
        keepers: { image: release.image, ...(mark === undefined ? {} : { drift: String(mark) }) },
      },
      { parent: this },
    );
    const image = new docker.RemoteImage(
      `${name}-image-${content}`,
      { name: release.image, keepLocally: true },
      parent,
    );
    return new docker.Container(
      `${name}-app-${content}`,
      {
        // What a killed update left behind has another id, and is in nobody's way.
        name: pulumi.interpolate`${appNameStart(service, release.image)}${deployment.hex}`,
        image: image.imageId,
        networksAdvanced: [{ name: network.name }],
        labels: labelsOf(service, "app"),
        readOnly: true,
        tmpfs: { "/tmp": "" },
        // The swap starts it, asks for its health, and stops the one that is not needed.
        start: false,
        mustRun: false,
        ...hardened,
      },
      parent,
    );
  }

  private swap(
    name: string,
    { service, settings, drift }: DockerTargetArgs,
    app: docker.Container,
    proxy: docker.Container,
  ): command.local.Command {
    const argv = quote(["sh", "components/docker-target/swap.sh", service]);
    const { port, healthTimeoutSeconds, drainTimeoutSeconds } = settings;
    const run = pulumi.interpolate`${argv} ${app.name} ${port} ${healthTimeoutSeconds} ${drainTimeoutSeconds}`;
    return new command.local.Command(
      `${name}-swap`,
      {
        create: run,
        // The same again, in place, when a new proxy has lost its route.
        update: run,
        triggers: [proxy.id, ...(drift?.target === undefined ? [] : [drift.target])],
        addPreviousOutputInEnv: false,
        environment: engineEnvironment(settings.host),
      },
      { parent: this, dependsOn: [app, proxy] },
    );
  }
}

/** What every container here is given, and goes without. */
const hardened: Partial<docker.ContainerArgs> = {
  restart: "unless-stopped",
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges"],
  // Also said where it is the default: the provider takes an engine's own defaults for a change, and would replace.
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
};

/** Labels that find a service's containers; nothing in them changes with a release. */
function labelsOf(service: string, role: "app" | "proxy"): docker.types.input.ContainerLabel[] {
  return [
    { label: "hms.service", value: service },
    { label: "hms.role", value: role },
  ];
}
