/** `hms guard`: answers proxies whether a request may be served now. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import { type Command, InvalidArgumentError } from "commander";
import type { Address } from "../serve/server";

/** Adds the verbs. */
export function addGuard(guard: Command): void {
  guard
    .command("serve")
    .description("answer proxies: 204, or 503 with the reason while a target that the request needs is stale")
    .option("--config <file>", "which requests need which targets", "guard.yml")
    .option("--listen <host:port>", "where to listen (default: 127.0.0.1:4180)", address)
    .addHelpText("after", "\nExample:\n  npx hms guard serve --config /etc/hms/guard.yml")
    .action(async ({ config, listen }: { config: string; listen?: Address }) => {
      const { serveGuard } = require("../serve/guard-server") as typeof import("../serve/guard-server");
      await serveGuard({ config, listen });
    });
  guard
    .command("check")
    .argument("[file]", "the guard's settings", "guard.yml")
    .description("check the guard's settings, and show which paths need which targets")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  npx hms guard check /etc/hms/guard.yml")
    .action((file: string, options: { json?: true }) => {
      const { formatGuard, readGuard } =
        require("../serve/guard-server") as typeof import("../serve/guard-server");
      const settings = readGuard(file);
      process.stdout.write(`${options.json ? JSON.stringify(settings, null, 2) : formatGuard(settings)}\n`);
    });
}

/** An address to listen at. */
export function address(text: string): Address {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65535) {
    throw new InvalidArgumentError("Allowed: HOST:PORT, e.g. 127.0.0.1:4180.");
  }
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}
