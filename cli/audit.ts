/** `hms audit`: argv → call → print → exit code. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import { type Command, InvalidArgumentError } from "commander";
import type { Head } from "../core/chain";
import { messageOf, UsageError } from "../core/errors";
import { print, wholeNumber } from "./arguments";

/** What all verbs take. */
interface Common {
  readonly trail?: string;
  readonly trusted?: string;
  readonly json?: true;
}

const trail = [
  "--trail <folder>",
  "another trail (default: HMS_TRAIL, or .hms/trail of the project)",
] as const;
const trusted = [
  "--trusted <folder>",
  "the public keys to check it by (default: HMS_TRUSTED_KEYS, or those beside the signing key)",
] as const;
const json = ["--json", "print one JSON object"] as const;

/** Adds the verbs of `hms audit`. */
export function addAudit(audit: Command): void {
  audit
    .command("verify")
    .description("check chain, signatures and stored digests of the whole trail; names the first bad entry")
    .option(...trail)
    .option(...trusted)
    .option("--head <number:sha256>", "an entry that was noted elsewhere, and must be there", head)
    .option(...json)
    .addHelpText("after", "\nExample:\n  npx hms audit verify --trail /mnt/copy --trusted /mnt/keys")
    .action(async (options: Common & { head?: Head }) => {
      const { formatVerified, verify } =
        require("../pipeline/audit/verify") as typeof import("../pipeline/audit/verify");
      try {
        const result = await verify({ ...options, onProgress });
        print(options, { whole: true, ...result }, formatVerified(result));
      } catch (error) {
        const number = (error as { number?: number }).number;
        if (options.json && number !== undefined) {
          print(options, { whole: false, bad: number, why: messageOf(error) }, "");
        }
        throw error;
      }
    });
  audit
    .command("show")
    .argument("[number]", "one entry, in full", wholeNumber)
    .description("what the trail says: a line for each entry")
    .option("--commit <hash>", "only what is about a commit: the first digits of its hash", hash)
    .option("--run <number>", "only what is of a run", wholeNumber)
    .option("--target <stack[/name]>", "only what is about a target")
    .option(...trail)
    .option(...trusted)
    .option(...json)
    .addHelpText("after", "\nExample:\n  npx hms audit show --target onprem/anchorage")
    .action(
      (number: number | undefined, options: Common & { commit?: string; run?: number; target?: string }) => {
        const choices = [number, options.commit, options.run, options.target];
        if (choices.filter((choice) => choice !== undefined).length > 1) {
          throw new UsageError("Choose one: a number, --commit, --run or --target.");
        }
        const { formatShown, show } =
          require("../pipeline/audit/show") as typeof import("../pipeline/audit/show");
        const result = show({ ...options, number });
        print(options, result, formatShown(result));
      },
    );
  audit
    .command("export")
    .argument("<folder>", "an empty folder, or one that is not there yet")
    .description("write the trail with a README by which it is checked with stock tools alone")
    .option("--run <number>", "only the entries from the first to the last of a run", wholeNumber)
    .option("--from <number>", "only the entries from this one on", wholeNumber)
    .option("--to <number>", "only the entries up to this one", wholeNumber)
    .option(...trail)
    .option(...trusted)
    .option(...json)
    .addHelpText("after", "\nExample:\n  npx hms audit export /mnt/medium/trail-2026")
    .action(async (folder: string, options: Common & { run?: number; from?: number; to?: number }) => {
      if (options.run !== undefined && (options.from ?? options.to) !== undefined) {
        throw new UsageError("Choose one: --run, or --from and --to.");
      }
      const { exportTrail, formatExported } =
        require("../pipeline/audit/export") as typeof import("../pipeline/audit/export");
      const result = await exportTrail(folder, { ...options, onProgress });
      print(options, result, formatExported(result));
    });
}

function onProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function head(text: string): Head {
  const { parseHead } = require("../pipeline/audit/verify") as typeof import("../pipeline/audit/verify");
  try {
    return parseHead(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

function hash(text: string): string {
  if (!/^[0-9a-f]{4,40}$/.test(text)) {
    throw new InvalidArgumentError("Allowed: four or more digits of a commit's hash.");
  }
  return text;
}
