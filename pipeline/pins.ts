/** Stacks whose own settings name a release (`hms:release: TAG`): they keep it, whatever is shipped to others. */
import { UserError } from "../core/errors";
import { targetsOf } from "../core/target";
import type { OpenStack } from "./stack";
import type { Wanted } from "./ship";

/** The release that a stack's settings pin its targets to, in the place of what the trail says. */
export function pinnedTag({ settings }: Pick<OpenStack, "settings">): string | undefined {
  return settings.role === "build" || settings.release === "current" ? undefined : settings.release;
}

/** What each target of some stacks gets when a release is shipped to all: that one, or what its stack is pinned to. */
export function shippedTo(stacks: readonly OpenStack[], tag: string): Wanted {
  return new Map(
    stacks.flatMap((open) =>
      targetsOf(open.name, open.settings).map(({ id }) => [id, pinnedTag(open) ?? tag] as const),
    ),
  );
}

/**
 * Makes sure that settings let targets go where they are to go.
 *
 * @throws UserError when a stack is pinned to another release
 */
export function requireNotPinned(stacks: readonly OpenStack[], wanted: Wanted): void {
  for (const open of stacks) {
    const pinned = pinnedTag(open);
    const goes = targetsOf(open.name, open.settings).some(
      ({ id }) => wanted.has(id) && wanted.get(id) !== pinned,
    );
    if (pinned !== undefined && goes) {
      throw new UserError(
        `Pulumi.${open.name}.yaml pins ${open.name} to ${pinned} (hms:release). ` +
          `Run "pulumi config set hms:release current -s ${open.name}", or name the other stacks with --stacks.`,
      );
    }
  }
}
