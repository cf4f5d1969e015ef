/** `hms notify`: argv → call → print → exit code. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import type { Command } from "commander";
import { print, wholeNumber } from "./arguments";

/** Adds the verbs of `hms notify`. */
export function addNotify(notify: Command): void {
  notify
    .command("flush")
    .description(
      "deliver what waits for dashboards, channels and subscribers; exits 3 when something goes on waiting",
    )
    .option("--wait <seconds>", "how long to go on trying (default: one try each)", wholeNumber)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  npx hms notify flush --wait 600")
    .action(async (options: { wait?: number; json?: true }) => {
      const { flush } = require("../pipeline/notify") as typeof import("../pipeline/notify");
      const { sentencesOf } = require("../pipeline/tell") as typeof import("../pipeline/tell");
      const result = await flush(options.wait ?? 0);
      const lines = result.delivered.map(({ what, sent }) => `${what}: ${sent} delivered`);
      const text = [...lines, ...sentencesOf(result.delivered)].join("\n") || "nobody is to be told anything";
      print(options, result, text);
      process.exitCode = result.exitCode;
    });
  notify
    .command("status")
    .description("what waits, for whom, since when, and why")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  npx hms notify status --json | jq '.queues[].waiting'")
    .action((options: { json?: true }) => {
      const { formatQueues, listQueues } =
        require("../pipeline/notify") as typeof import("../pipeline/notify");
      const queues = listQueues();
      print(options, { queues }, formatQueues(queues));
    });
}
