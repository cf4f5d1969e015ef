/** Which site is meant: its stack, its name in the trail, what was enrolled there before. */
import path from "node:path";
import type { SiteSettings } from "../../core/config";
import { hasLine } from "../../core/config/onprem";
import { type Enrolled, enrolmentOf, requireWord } from "../../core/enrolment";
import type { TargetId } from "../../core/entry";
import { UserError } from "../../core/errors";
import { workFolder } from "../../store/project";
import { openTrail } from "../../store/trail";
import { openStack } from "../stack";

/** A site, as stack and trail know it. */
export interface SitePlace {
  readonly target: TargetId;
  readonly service: string;
  /** The sites that the stack lists. */
  readonly listed: readonly SiteSettings[];
  /** What was enrolled, unless it was removed since. */
  readonly enrolled?: Enrolled;
  /** The file that pins the site's host key, unless the stack's settings name another. */
  readonly hostKeyFile: string;
}

/**
 * The settings of a stack of sites; those without a line let nobody in.
 *
 * @throws UserError when it is another kind of stack
 */
export async function siteStack(
  stack: string,
): Promise<{ readonly service: string; readonly sites: readonly SiteSettings[] }> {
  const { settings } = await openStack(stack);
  if (settings.role !== "onprem") {
    throw new UserError(
      `Pulumi.${stack}.yaml: hms:role: found "${settings.role}"; allowed: onprem. Name the stack of the sites with --stack.`,
    );
  }
  const { service, sites } = settings;
  return { service, sites: sites.filter(hasLine) };
}

/**
 * Looks a site up.
 *
 * @throws UserError when the stack is none of sites, or the name is none
 */
export async function findSite(name: string, stack: string): Promise<SitePlace> {
  requireWord("name", "NAME", name);
  const { service, sites } = await siteStack(stack);
  const target: TargetId = `${stack}/${name}`;
  const listed = sites.find((site) => site.name === name);
  const given =
    typeof listed?.hostKey === "object" && "file" in listed.hostKey ? listed.hostKey.file : undefined;
  return {
    target,
    service,
    listed: sites,
    enrolled: enrolmentOf(openTrail().entries(), target)?.body,
    hostKeyFile: given ?? path.join(workFolder, "sites", `${name}.hostkey.pub`),
  };
}
