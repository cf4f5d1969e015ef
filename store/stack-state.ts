/** What Pulumi's state has of a stack's targets: for what the trail does not say. */
import { execa } from "execa";
import { lastLine, UserError } from "../core/errors";
import { projectFolder } from "./project";

/** A resource in the state. */
export interface StateResource {
  readonly urn: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/**
 * The command that activates releases on a site over its line, as the state has it; undefined when it has none.
 *
 * @throws UserError when the state can't be read
 */
export async function activationInState(stack: string, site: string): Promise<StateResource | undefined> {
  const { failed, stdout, stderr } = await execa("pulumi", ["stack", "export", "--stack", stack], {
    cwd: projectFolder,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    reject: false,
  });
  if (failed) {
    throw new UserError(`The state of stack ${stack} can't be read: ${lastLine(stderr)}`);
  }
  const { deployment } = JSON.parse(stdout) as {
    readonly deployment?: { readonly resources?: readonly StateResource[] };
  };
  return deployment?.resources?.find(({ urn }) => urn.endsWith(`::${site}-activate`));
}
