import type * as pulumi from "@pulumi/pulumi";
import type { TargetId } from "../../core/entry";
import type { Release } from "../../core/release";
import { requireClearance } from "../../store/evidence";
import { ProjectResource } from "../dynamic/resource";

/** What {@link Intent} says. */
export interface IntentArgs {
  /** `STACK/NAME` */
  readonly target: TargetId;
  /** The release that the target should have. */
  readonly release: Release;
  /** Why, where it is older than what the target runs. @default none: then the trail must say it */
  readonly reason?: string;
}

/**
 * Writes into the trail what a target should have, before the target is touched: by plain `pulumi up`, too.
 *
 * It is the gate that every target has of its own: where no policy pack is given, what may not ship does not pass here.
 *
 * @throws UserError with the reason why the release may not go to the target
 * @internal each target's component declares its own
 */
export class Intent extends ProjectResource {
  constructor(name: string, args: IntentArgs, opts: pulumi.CustomResourceOptions) {
    const { target, release, reason } = args;
    requireClearance(target, release, reason);
    super(
      "components/intent/provider",
      "hms:Intent",
      name,
      { target, tag: release.tag, reason, head: undefined },
      opts,
    );
  }
}
