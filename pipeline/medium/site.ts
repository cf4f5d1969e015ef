/** The site that a medium is for, by its name. */
import { targetId } from "../../core/target";
import type { TargetId } from "../../core/entry";
import { UserError } from "../../core/errors";
import type { MediumSettings } from "../../core/medium";
import { openStack } from "../stack";

/**
 * A site of a stack, with a line or without.
 *
 * @param stack @default onprem
 * @throws UserError when there is no such site
 */
export async function siteOf(
  name: string,
  stack = "onprem",
): Promise<{ readonly target: TargetId; readonly settings: MediumSettings }> {
  const { settings } = await openStack(stack);
  if (settings.role !== "onprem") {
    throw new UserError(`The stack ${stack} has no sites. Name the one that has with --stack.`);
  }
  const site = settings.sites.find((each) => each.name === name);
  if (site === undefined) {
    const names = settings.sites.map((each) => each.name);
    throw new UserError(
      `There is no site ${name} in Pulumi.${stack}.yaml; there ${names.length === 1 ? "is" : "are"}: ${names.join(", ") || "none"}.`,
    );
  }
  return { target: targetId(stack, name), settings: site };
}
