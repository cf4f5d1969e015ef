import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { FarSiteSettings } from "../../core/config";
import type { TargetId } from "../../core/entry";
import { lastReceipt } from "../../core/history";
import { waitsForMedium } from "../../core/medium";
import { describe, isOf } from "../../core/receipt";
import type { Release } from "../../core/release";
import { openTrail } from "../../store/trail";
import { intended, Intent } from "../intent";

/** What a {@link FarSite} should run. */
export interface FarSiteArgs {
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
  /** Where the site publishes the service, and what stands before it. */
  readonly settings: FarSiteSettings;
  /** Whether releases came over a line before, as the state has it. @default false */
  readonly hadLine?: boolean;
}

/**
 * An on-prem server that no line leads to: what it should have is written into the trail, under the same policy as everywhere, and
 * nothing is brought. `hms release export` puts the release on a medium, and `hms receipt import` brings back what the site says.
 *
 * @example
 * new FarSite("anchorage", { target: "onprem/anchorage", service: "flood-formula", release, settings });
 */
export class FarSite extends pulumi.ComponentResource {
  /** What the site said last, on one line, or that it waits for a medium. */
  declare readonly receipt: pulumi.Output<string>;

  constructor(name: string, args: FarSiteArgs, opts?: pulumi.ComponentResourceOptions) {
    const { hadLine = false, ...given } = args;
    const { target, release } = given;
    // It is a site like any other, for the policy and for the state.
    super("hms:onprem:Site", name, given, opts);

    new Intent(`${name}-intent`, intended(args), { parent: this });
    if (hadLine) {
      this.keep(name);
    }

    this.receipt = pulumi.output(lastSaid(target, name, release));
    this.registerOutputs({ receipt: this.receipt });
  }

  /**
   * Keeps what a site with a line had in the state, as it is. Without its declaration Pulumi would take the service off the site: over
   * a line that is not there any more, or is still. From now on it is let go of without a word to the site.
   */
  private keep(name: string): void {
    new command.remote.Command(
      `${name}-activate`,
      { connection: { host: "none" }, logging: "none" },
      {
        parent: this,
        ignoreChanges: ["*"],
        retainOnDelete: true,
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
  }
}

function lastSaid(target: TargetId, name: string, release: Release): string {
  const last = lastReceipt(openTrail().entries(), target);
  return last !== undefined && isOf(last.receipt, release)
    ? describe(last.receipt)
    : waitsForMedium(target, name, release.tag);
}
