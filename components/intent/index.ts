import * as pulumi from "@pulumi/pulumi";
import type { TargetId } from "../../core/entry";
import { UserError } from "../../core/errors";
import { isDraft, type Release } from "../../core/release";
import { whyRefused } from "../../store/evidence";
import { currentRun } from "../../store/project";
import { openTrail } from "../../store/trail";
import { ProjectResource } from "../dynamic/resource";

/** What {@link Intent} says. */
export interface IntentArgs {
  /** `STACK/NAME` */
  readonly target: TargetId;
  /** The release that the target should have. */
  readonly release: Release;
  /** Why, where it is older than what the target runs. @default none: then the trail must say it */
  readonly reason?: string;
  /** Whether the rollback that is previewed takes the release out of quarantine; an update asks the trail alone. @default false */
  readonly liftsQuarantine?: boolean;
}

/**
 * Writes into the trail what a target should have, before the target is touched: by plain `pulumi up`, too.
 *
 * It is the gate that every target has of its own: where no policy pack is given, what may not ship does not pass here. A plan's
 * draft passes in previews, where nothing ships.
 *
 * @throws UserError with the reason why the release may not go to the target
 * @internal each target's component declares its own
 */
export class Intent extends ProjectResource {
  constructor(name: string, args: IntentArgs, opts: pulumi.CustomResourceOptions) {
    const { target, release, reason, liftsQuarantine = false } = args;
    const passes = isDraft(release) && pulumi.runtime.isDryRun();
    const isLifted = liftsQuarantine && pulumi.runtime.isDryRun();
    const why = passes ? undefined : whyRefused(target, release, { reason, isLifted });
    if (why !== undefined) {
      noteRefusal(args, why);
      throw new UserError(why);
    }
    super(
      "components/intent/provider",
      "hms:Intent",
      name,
      { target, tag: release.tag, reason, head: undefined },
      opts,
    );
  }
}

/** What an intent is given of what a target's component is given. */
export function intended({ target, release, reason, liftsQuarantine }: IntentArgs): IntentArgs {
  return { target, release, reason, liftsQuarantine };
}

/** An update that is refused is an entry; a preview changes nothing, and leaves no mark. */
function noteRefusal({ target, release }: IntentArgs, why: string): void {
  if (!pulumi.runtime.isDryRun()) {
    const refusal = {
      type: "refusal",
      ...currentRun(),
      stage: "component",
      why,
      target,
      tag: release.tag,
    } as const;
    openTrail().append(refusal);
  }
}
