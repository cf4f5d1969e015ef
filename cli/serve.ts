/** `hms serve`: the status page. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import { type Command, InvalidArgumentError } from "commander";
import type { Address } from "../serve/server";
import { stacks } from "./arguments";
import { address } from "./guard";

interface ServeArguments {
  readonly listen?: Address;
  readonly config?: string;
  readonly tokenFile?: string;
  readonly every: number;
  readonly stacks?: string[];
}

/** Adds the verb. */
export function addServe(hms: Command): void {
  hms
    .command("serve")
    .description("the status page: which target has what, live, in a browser; and metrics for Prometheus")
    .option("--listen <host:port>", "where to listen (default: 127.0.0.1:4181)", address)
    .option("--every <seconds>", "ask targets so often at most, while somebody looks", seconds, 30)
    .option("--config <file>", "answer as the guard, too, by these settings, e.g. guard.yml")
    .option(
      "--token-file <file>",
      "let who knows the token in this file roll back; mode 0600 (default: HMS_SERVE_TOKEN_FILE, or nobody)",
    )
    .option(...stacks)
    .addHelpText("after", "\nExample:\n  npx hms serve --config guard.yml")
    .action(async ({ every, ...options }: ServeArguments) => {
      const { serve } = require("../serve/page-server") as typeof import("../serve/page-server");
      await serve({ ...options, everySeconds: every });
    });
}

function seconds(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) < 5) {
    throw new InvalidArgumentError("Allowed: a whole number of seconds from 5 to 99999.");
  }
  return Number(text);
}
