/** The pack's configuration: `policy-config.json`, beside the stacks. */
import fs from "node:fs";
import path from "node:path";
import type { PolicyPackConfig } from "@pulumi/policy";
import { UserError, messageOf } from "../core/errors";
import { projectFolder } from "../store/project";

/** Where it lies. `hms` and plain Pulumi use it without being told. */
export const configurationFile = path.join(projectFolder, "policy-config.json");

/**
 * What the file says, by rule; nothing where there is no file. What is given with `--policy-pack-config` wins over it, key
 * by key. Pulumi checks it by the rules' schemas.
 *
 * @param names the rules that there are
 * @throws UserError when it is no JSON, or names a rule that there is not
 */
export function configuration(names: readonly string[], file = configurationFile): PolicyPackConfig {
  if (!fs.existsSync(file)) {
    return {};
  }
  const name = path.basename(file);
  let read: unknown;
  try {
    read = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new UserError(
      `${name} is not JSON (${messageOf(error)}). Mend it: nothing ships without its policy.`,
    );
  }
  if (typeof read !== "object" || read === null || Array.isArray(read)) {
    throw new UserError(`${name}: allowed is a map of rules, each with its settings.`);
  }
  const unknown = Object.keys(read).find((key) => key !== "all" && !names.includes(key));
  if (unknown !== undefined) {
    // Pulumi would pass it over, and whoever misspelt a rule would not know.
    throw new UserError(`${name}: there is no rule ${unknown}; allowed: ${names.join(", ")}.`);
  }
  return read as PolicyPackConfig;
}
