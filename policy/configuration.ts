/** The pack's configuration: `policy-config.json`, beside the stacks. */
import fs from "node:fs";
import path from "node:path";
import type { EnforcementLevel, PolicyPackConfig } from "@pulumi/policy";
import { UserError, messageOf } from "../core/errors";
import { projectFolder } from "../store/project";
import type { Rule } from "./rule";

/** Where it lies. `hms` and plain Pulumi use it without being told. */
export const configurationFile = path.join(projectFolder, "policy-config.json");

/**
 * What the file says, by rule; nothing where there is no file. What is given with `--policy-pack-config` wins over it, key
 * by key. Pulumi checks it by the rules' schemas.
 *
 * @param rules the rules that there are
 * @throws UserError when it is no JSON, or names a rule that there is not
 */
export function configuration(rules: readonly Rule[], file = configurationFile): PolicyPackConfig {
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
  const levels = new Map(rules.map((rule) => [rule.name, rule.enforcementLevel ?? "mandatory"]));
  const names = [...levels.keys()];
  const unknown = Object.keys(read).find((key) => key !== "all" && !names.includes(key));
  if (unknown !== undefined) {
    // Pulumi would pass it over, and whoever misspelt a rule would not know.
    throw new UserError(`${name}: there is no rule ${unknown}; allowed: ${names.join(", ")}.`);
  }
  const given = read as PolicyPackConfig;
  return Object.fromEntries(
    Object.entries(given).map(([key, settings]) => [key, withLevel(settings, levels.get(key))]),
  );
}

type Settings = PolicyPackConfig[string];

/** Settings with their rule's own level, where they name none: Pulumi would take them for an advice. */
function withLevel(settings: Settings, enforcementLevel: EnforcementLevel = "mandatory"): Settings {
  return typeof settings === "string" ? settings : { enforcementLevel, ...settings };
}
