/** `hms release` and `hms receipt`: argv → call → print. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import type { Command } from "commander";
import type { ExportOptions } from "../pipeline/medium/export";
import type { ImportOptions } from "../pipeline/medium/import";
import { ask, print } from "./arguments";

const site = ["--site <name>", "the site's name among hms:sites"] as const;
const stack = ["--stack <name>", "the stack of the site", "onprem"] as const;
const json = ["--json", "print one JSON object"] as const;

/** Adds the verbs of `hms release`. */
export function addRelease(release: Command): void {
  release
    .command("list")
    .description("the releases there are, newest first, and which targets said last that they have them")
    .option("--json", "print one JSON array")
    .addHelpText("after", "\nExample:\n  npx hms release list")
    .action((options: { json?: true }) => {
      const { formatReleases, listReleases } =
        require("../pipeline/releases") as typeof import("../pipeline/releases");
      const found = listReleases();
      print(options, found, formatReleases(found));
    });
  release
    .command("unquarantine")
    .argument("<tag>", "the release that was rolled back from everywhere")
    .description("let a release that was rolled back ship again; the next run that is about it brings it")
    .requiredOption("--reason <text>", "why, for the trail")
    .option(...json)
    .addHelpText(
      "after",
      '\nExample:\n  npx hms release unquarantine 8e9a12c --reason "the gauge was wrong, not the formula"',
    )
    .action((tag: string, options: { reason: string; json?: true }) => {
      const { unquarantine } = require("../pipeline/releases") as typeof import("../pipeline/releases");
      const lifted = unquarantine(tag, options.reason);
      print(options, lifted, `${tag} may ship again. It was rolled back: ${lifted.rolledBack}.`);
    });
  release
    .command("export")
    .argument("[tag]", "the release (default: the one that the site should have)")
    .description(
      "write a release on a medium, for a site that no line leads to: what it lacks, and one command",
    )
    .requiredOption(...site)
    .requiredOption("--to <folder>", "where the medium's own folder is made, e.g. where a stick is mounted")
    .option(
      "--since <tag>",
      "the release that the site has, whose parts are left out; none for a medium that holds all (default: that of its last receipt)",
    )
    .option(...stack)
    .option(...json)
    .addHelpText("after", "\nExample:\n  npx hms release export 8e9a12c --site anchorage --to /media/stick")
    .action(async (tag: string | undefined, options: Omit<ExportOptions, "tag"> & { json?: true }) => {
      const { exportRelease, formatExported } =
        require("../pipeline/medium/export") as typeof import("../pipeline/medium/export");
      const result = await exportRelease({ ...options, ...(tag !== undefined && { tag }) });
      print(options, result, formatExported(result));
    });
}

/** Adds the verbs of `hms receipt`. */
export function addReceipt(receipt: Command): void {
  receipt
    .command("import")
    .argument("<file>", "what install.sh wrote at the site: receipt-SITE-TAG.txt")
    .description("put what a site says, on the medium that came back, into the trail")
    .requiredOption(...site)
    .option(
      "--fingerprint <hex>",
      "the site's key, as install.sh printed it there (default: somebody confirms it)",
    )
    .option("--new-key <reason>", "take another key than the trail knows, since the site was set up anew")
    .option(...stack)
    .option(...json)
    .addHelpText(
      "after",
      "\nExample:\n  npx hms receipt import /media/stick/receipt-anchorage-8e9a12c.txt --site anchorage",
    )
    .action(async (file: string, options: Omit<ImportOptions, "file"> & { json?: true }) => {
      const { formatImported, importReceipt } =
        require("../pipeline/medium/import") as typeof import("../pipeline/medium/import");
      const result = await importReceipt({ ...options, file, ...(process.stdin.isTTY && { ask }) });
      print(options, result, formatImported(result));
    });
}
