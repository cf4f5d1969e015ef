/** `hms keys`: argv → call → print. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import type { Command } from "commander";

/** Adds the verbs of `hms keys`. */
export function addKeys(keys: Command): void {
  keys
    .command("init")
    .description("make the key that signs the trail, and trust it")
    .option(
      "--public <file>",
      "trust this public key instead: its private one is in a device, or HMS_SIGNING_KEY",
    )
    .addHelpText("after", "\nExample:\n  npx hms keys init")
    .action((options: { public?: string }) => {
      const { initKeys } = require("../pipeline/keys") as typeof import("../pipeline/keys");
      print(initKeys(options.public));
    });
  keys
    .command("rotate")
    .description("make another key sign the trail; what the old one signed stays good")
    .requiredOption("--reason <text>", "why, for the trail")
    .option("--public <file>", "the public key of the next one, when a device or HMS_SIGNING_KEY holds it")
    .option("--lost", "the old key is lost: the new one vouches for itself")
    .addHelpText("after", '\nExample:\n  npx hms keys rotate --reason "yearly"')
    .action(({ public: publicKey, ...options }: { reason: string; public?: string; lost?: true }) => {
      const { rotateKeys } = require("../pipeline/keys") as typeof import("../pipeline/keys");
      print(rotateKeys({ ...options, publicKey }));
    });
  keys
    .command("show")
    .description("which key signs, which are trusted, and where they lie")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  npx hms keys show --json | jq -r .signs.keyId")
    .action((options: { json?: true }) => {
      const { formatKeys, showKeys } = require("../pipeline/keys") as typeof import("../pipeline/keys");
      const found = showKeys();
      process.stdout.write(`${options.json ? JSON.stringify(found, null, 2) : formatKeys(found)}\n`);
    });
}

function print({ keyId, next }: { keyId: string; next?: string }): void {
  process.stdout.write(`Key ${keyId} signs the trail from now on.\n${next === undefined ? "" : `${next}\n`}`);
}
