import type * as pulumi from "@pulumi/pulumi";
import type { TargetId } from "../../core/entry";
import type { Release } from "../../core/release";
import type { Probe } from "../../core/target";
import { ProjectResource } from "../dynamic/resource";

/** What {@link Receipt} asks, and what it expects. */
export interface ReceiptArgs {
  /** `STACK/NAME` */
  readonly target: TargetId;
  /** The release that the target was given. */
  readonly release: Release;
  /** Whom to ask. */
  readonly probe: Probe;
  /** See `driftMark`: another one has the target read back again. @default none: nobody changed it without us */
  readonly drift?: number;
}

/**
 * What a target says that it runs or holds, read back by its probe and written into the trail.
 *
 * It is declared after all else of a target, and fails when the target does not say the release it was given.
 *
 * @internal each target's component declares its own
 */
export class Receipt extends ProjectResource {
  /** One line for people: what was read back. */
  declare readonly says: pulumi.Output<string>;

  constructor(name: string, args: ReceiptArgs, opts: pulumi.CustomResourceOptions) {
    const { target, release, probe, drift } = args;
    const expected = {
      tag: release.tag,
      image: release.image,
      imageId: release.imageId,
      bundle: release.bundle,
    };
    super(
      "components/receipt/provider",
      "hms:Receipt",
      name,
      { target, expected, probe, drift, receipt: undefined, says: undefined },
      opts,
    );
  }
}
