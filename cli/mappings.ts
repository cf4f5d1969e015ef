/** `hms mappings`: argv → call → print. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import type { Command } from "commander";
import { print, stacks } from "./arguments";

/** Options that both verbs take. */
interface Options {
  readonly stacks?: string[];
  readonly json?: true;
}

/** Adds the verbs of `hms mappings`. */
export function addMappings(mappings: Command): void {
  mappings
    .command("check")
    .description("whether every mapping file is right, and whom it is for; nobody is asked")
    .option(...stacks)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  npx hms mappings check")
    .action(async (options: Options) => {
      const { checkMappings } = require("../pipeline/mappings") as typeof import("../pipeline/mappings");
      const found = await checkMappings(options);
      const lines = found.map(({ file, target, files }) => `${file}: right, ${files} for ${target}`);
      print(options, { mappings: found }, lines.join("\n"));
    });
  mappings
    .command("plan")
    .description(
      "what each partner would get: name, size, digest and beginning of each file; nothing is sent",
    )
    .option("--release <tag>", "the release (default: what the partner should have, or the newest)")
    .option(...stacks)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  npx hms mappings plan --release 8e9a12c")
    .action(async ({ release, ...options }: Options & { release?: string }) => {
      const { formatPlan, planMappings } =
        require("../pipeline/mappings") as typeof import("../pipeline/mappings");
      const files = await planMappings(options, release);
      print(options, { files }, formatPlan(files));
    });
}
