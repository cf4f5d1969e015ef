/** Which stacks and targets a verb is about, by its option `--target STACK[/NAME]`. */
import type { TargetId } from "../core/entry";
import { UserError } from "../core/errors";
import type { Plugins } from "./plugins";
import { type OpenStack, openStacks } from "./stack";

/**
 * Opens the stacks that a verb is about.
 *
 * @param target `STACK` or `STACK/NAME`; default all
 * @param names the stacks that there are
 * @param plugins what their engines are to find at work @default none
 * @throws UserError when the target's stack is none of them
 */
export async function openAbout(
  target: string | undefined,
  names: readonly string[],
  plugins?: Plugins,
): Promise<OpenStack[]> {
  const only = target?.split("/")[0];
  if (only !== undefined && !names.includes(only)) {
    throw new UserError(
      `There is no stack ${only} among ${names.join(", ")}: name one of them with --target.`,
    );
  }
  return openStacks(
    names.filter((name) => only === undefined || name === only),
    plugins,
  );
}

/** Whether a verb is about a target of these stacks. */
export function isAbout(target: string | undefined, id: TargetId): boolean {
  return target === undefined || target === id || id.startsWith(`${target}/`);
}
