/** What a stack is configured with: read from its own file, or asked of Pulumi. */
import fs from "node:fs";
import path from "node:path";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { configInFile } from "../core/config/stack-file";

/**
 * A stack's configuration: the texts of its keys. To ask Pulumi takes a third of a second of a core, for each stack, and reads the
 * stack's state, which a run beside may be writing: it is asked where the file does not say all.
 *
 * @param folder the project's
 * @param ask asks Pulumi
 * @throws what Pulumi says where it can't tell, as of a stack that is not there
 */
export async function stackConfig(
  name: string,
  folder: string,
  ask: () => Promise<ConfigMap>,
): Promise<Record<string, string>> {
  return (
    ownConfig(name, folder) ??
    Object.fromEntries(Object.entries(await ask()).map(([key, { value }]) => [key, value]))
  );
}

/** What a stack's file says; nothing where that is not all, or it lies elsewhere. */
function ownConfig(name: string, folder: string): Record<string, string> | undefined {
  try {
    const project = parse(fs.readFileSync(path.join(folder, "Pulumi.yaml"), "utf8")) as object;
    return "config" in project || "stackConfigDir" in project
      ? undefined
      : configInFile(fs.readFileSync(path.join(folder, `Pulumi.${name}.yaml`), "utf8"));
  } catch {
    // What is missing or wrong there Pulumi says.
    return undefined;
  }
}
