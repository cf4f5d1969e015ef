/** `hms pipeline drift` and `hms pipeline sync`: what differs from what should be, and putting it right. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import type { Command } from "commander";
import { json, print, printJson, printLine, stacks } from "./arguments";

/** Adds the verbs. */
export function addHealing(pipeline: Command): void {
  pipeline
    .command("drift")
    .description("ask every target what it runs or holds, and say what differs from what should be")
    .option(...stacks)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExits with 0 when nothing differs, 1 when something does, 3 when nothing does but a target could not be reached." +
        "\n\nExample:\n  npx hms pipeline drift --json | jq '.targets[] | select(.found != \"same\")'",
    )
    .action(async (options: { stacks?: string[]; json?: true }) => {
      const { drift, formatDrift } = require("../pipeline/drift") as typeof import("../pipeline/drift");
      const result = await drift(options);
      print(options, result, formatDrift(result));
      process.exitCode = result.exitCode;
    });
  pipeline
    .command("sync")
    .description(
      "bring targets that are stale, changed by somebody, or failed straight to the release that they should have",
    )
    .option("--target <stack[/name]>", "one stack, or one target (default: all)")
    .option(...stacks)
    .option(...json)
    .addHelpText("after", "\nExample:\n  npx hms pipeline sync --target onprem/anchorage")
    .action(async (options: { target?: string; stacks?: string[]; json?: true }) => {
      const { sync } = require("../pipeline/sync") as typeof import("../pipeline/sync");
      const result = await sync({ ...options, onLine: printLine(options) });
      printJson(options, result);
      process.exitCode = result.exitCode;
    });
}
