/** What a stack is configured with: read from its own file, or asked of Pulumi. */
import fs from "node:fs";
import path from "node:path";
import type { LocalWorkspace } from "@pulumi/pulumi/automation";
import { configInFile } from "../core/config/stack-file";

/**
 * A stack's configuration: the texts of its keys. To ask Pulumi takes a third of a second of a core, for each stack, and reads the
 * stack's state, which a run beside may be writing: it is asked where the file does not say all.
 *
 * @throws what Pulumi says where it can't tell, as of a stack that is not there
 */
export async function stackConfig(name: string, workspace: Workspace): Promise<Record<string, string>> {
  const own = await ownConfig(name, workspace);
  if (own !== undefined) {
    return own;
  }
  const asked = await workspace.getAllConfig(name);
  return Object.fromEntries(Object.entries(asked).map(([key, { value }]) => [key, value]));
}

type Workspace = Pick<LocalWorkspace, "workDir" | "projectSettings" | "getAllConfig">;

/** What a stack's file says; nothing where that is not all, or it lies elsewhere. */
async function ownConfig(name: string, workspace: Workspace): Promise<Record<string, string> | undefined> {
  const project = await workspace.projectSettings();
  const file = path.join(workspace.workDir, `Pulumi.${name}.yaml`);
  return "config" in project || "stackConfigDir" in project || !fs.existsSync(file)
    ? undefined
    : configInFile(fs.readFileSync(file, "utf8"));
}
