/** `hms policy`: argv → call → print. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import type { Command } from "commander";
import { wholeNumber } from "./arguments";

/** Adds the verbs. */
export function addPolicy(policy: Command): void {
  policy
    .command("break-glass")
    .description("permission to ship in a freeze, for an hour at most; it lies in the trail")
    .requiredOption("--by <name>", "who answers for it")
    .requiredOption("--reason <text>", "why it can't wait")
    .option("--target <stack/name>", "one target (default: all)")
    .option("--minutes <number>", "how long, 1 to 60", wholeNumber, 60)
    .addHelpText(
      "after",
      '\nExample:\n  npx hms policy break-glass --by "Jo Field" --reason "the dam is full" --minutes 30',
    )
    .action((options: { by: string; reason: string; target?: string; minutes: number }) => {
      const { breakGlass } = require("../pipeline/break-glass") as typeof import("../pipeline/break-glass");
      process.stdout.write(`${breakGlass(options)}\n`);
    });
}
