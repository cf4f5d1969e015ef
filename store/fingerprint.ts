/** Digests of what decides: settings with the files that they name, and the policy. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { StackSettings } from "../core/config";
import { projectFolder } from "./project";

/** Hex SHA-256 of a stack's settings, and of the files that they name and that say what ships. Secrets are not read. */
export function settingsDigest(settings: StackSettings): string {
  const patterns =
    settings.role === "build"
      ? [settings.compliance.exceptions]
      : settings.role === "partners"
        ? [settings.mappings]
        : [];
  const named = patterns.filter((pattern): pattern is string => pattern !== undefined);
  return digest([inOrder(settings), filesOf(named)]);
}

/** Hex SHA-256 of the policy pack and its configuration. */
export function policyDigest(): string {
  return digest(filesOf(["policy/**/*.{ts,js,json,yaml}", "policy-config.json"]));
}

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** The digests of the files that fit, by their names. */
function filesOf(patterns: readonly string[]): readonly (readonly [string, string])[] {
  const names = patterns.flatMap((pattern) => fs.globSync(pattern, { cwd: projectFolder }));
  return [...new Set(names)].sort().flatMap((name) => {
    const file = path.resolve(projectFolder, name);
    return fs.statSync(file).isFile()
      ? [[name, createHash("sha256").update(fs.readFileSync(file)).digest("hex")] as const]
      : [];
  });
}

/** The same value with the keys of its objects in order, so that only what it says counts. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(inOrder);
  }
  if (typeof value === "object" && value !== null) {
    const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([key, member]) => [key, inOrder(member)]));
  }
  return value;
}
