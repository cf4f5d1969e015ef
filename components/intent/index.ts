import type * as pulumi from "@pulumi/pulumi";
import type { TargetId } from "../../core/entry";
import { ProjectResource } from "../dynamic/resource";

/** What {@link Intent} says. */
export interface IntentArgs {
  /** `STACK/NAME` */
  readonly target: TargetId;
  /** The tag of the release that the target should have. */
  readonly tag: string;
}

/**
 * Writes into the trail what a target should have, before the target is touched: by plain `pulumi up`, too.
 *
 * @internal each target's component declares its own
 */
export class Intent extends ProjectResource {
  constructor(name: string, args: IntentArgs, opts: pulumi.CustomResourceOptions) {
    super("components/intent/provider", "hms:Intent", name, { ...args }, opts);
  }
}
