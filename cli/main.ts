/** `hms`: argv → call → print → exit code. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ask, json, print, printJson, printLine, stacks, wholeNumber } from "./arguments";
import { addAudit } from "./audit";
import { addGuard } from "./guard";
import { addKeys } from "./keys";
import { addMappings } from "./mappings";
import { addNotify } from "./notify";
import { addPolicy } from "./policy";
import { endWithReader, outliveReaders } from "./pipes";
import { addReceipt, addRelease } from "./release";
import { addServe } from "./serve";
import { addSite } from "./site";
import { addAgent, addHook } from "./triggers";
import { UsageError, UserError, messageOf } from "../core/errors";
import type { LogLine } from "../store/run-log";
import type { Trigger } from "../core/entry";
import { addCompliance } from "./compliance";
import { addHealing } from "./healing";

const exitCodes = `
Exit codes:
  0  done
  1  refused or failed
  2  wrong usage
  3  shipped, but a target is stale: nobody answered there; the next run or sync brings it up to date`;

/** Runs the command line, and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  outliveReaders();
  try {
    await program().parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said it already; help and version are no mistake.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else if (error instanceof UserError) {
      process.stderr.write(`hms: ${error.message}\n`);
      process.exitCode = error instanceof UsageError ? 2 : 1;
    } else {
      process.stderr.write(
        `hms: ${process.env["HMS_DEBUG"] ? String((error as Error).stack) : messageOf(error)}\n`,
      );
      process.exitCode = 1;
    }
  }
}

function program(): Command {
  const hms = new Command("hms")
    .description(
      "Ships one release of a service to clusters, on-prem sites and partners' inboxes, and rolls it back.",
    )
    .version((require("../package.json") as { version: string }).version)
    .exitOverride()
    .showHelpAfterError("(hms --help shows what there is)")
    .addHelpText("after", exitCodes);
  addPipeline(hms.command("pipeline").description("run, watch, status, drift, sync, rollback"));
  addCompliance(
    hms.command("compliance").description("the checks that a commit must pass, and a scan of any files"),
  );
  addPolicy(
    hms.command("policy").description("permission to go against a rule of the policy, in an emergency"),
  );
  addAudit(hms.command("audit").description("check, read and hand out the trail"));
  addKeys(hms.command("keys").description("the key that signs the trail"));
  addMappings(
    hms.command("mappings").description("what partners get in their own formats: check it, show it"),
  );
  addNotify(
    hms
      .command("notify")
      .description("what dashboards, channels and subscribers are told: deliver it, list it"),
  );
  addRelease(
    hms.command("release").description("the releases there are, and media for sites without a line"),
  );
  addReceipt(hms.command("receipt").description("what sites without a line say"));
  addSite(hms.command("site").description("let sites take releases, and take that away again"));
  addGuard(
    hms.command("guard").description("may a request be served now? no while a target that it needs is stale"),
  );
  addServe(hms);
  addHook(hms.command("hook").description("the hook that starts a run on git push"));
  addAgent(hms);
  return hms;
}

function addPipeline(pipeline: Command): void {
  pipeline
    .command("run")
    .description("ship one commit: compliance, build, previews under policy, then all stacks side by side")
    .option(
      "--commit <revision>",
      "the commit, branch or tag to ship (default: the branch that hms:build names)",
    )
    .option("--trigger <what>", "what started it: push, schedule, manual", trigger, "manual")
    .addOption(
      new Option(
        "--plan <file>",
        "do what a saved plan says, which names commit and stacks; if anything has changed since, do nothing",
      ).conflicts(["commit", "stacks"]),
    )
    .option(...stacks)
    .option(...json)
    .addHelpText("after", "\nExample:\n  npx hms pipeline run --commit 8e9a12c")
    .action(async (options: RunArguments) => {
      const { run } = require("../pipeline/run") as typeof import("../pipeline/run");
      const result = await run({ ...options, onLine: printLine(options) });
      printJson(options, result);
      process.exitCode = result.exitCode;
    });
  pipeline
    .command("plan")
    .argument("[revision]", "the commit, branch or tag (default: the branch that hms:build names)")
    .description(
      "say what a run of a commit would do, target by target; nothing is shipped, pushed or written into the trail",
    )
    .option(...stacks)
    .addOption(new Option("--json", "print one JSON object").conflicts("markdown"))
    .option("--no-build", "do not build what is not built yet: then nobody can say what travels")
    .option("--markdown", "print Markdown, as for a comment on a pull request")
    .option("--save <file>", 'sign it and write it down, for "hms pipeline run --plan"')
    .option("--expires <minutes>", "how long what is saved may be run (default: 1440, a day)", wholeNumber)
    .addHelpText("after", "\nExample:\n  npx hms pipeline plan 8e9a12c --markdown")
    .action(async (revision: string | undefined, options: PlanArguments) => {
      const { plan } = require("../pipeline/plan") as typeof import("../pipeline/plan");
      const { formatPlan, formatPlanAsMarkdown } =
        require("../pipeline/plan-text") as typeof import("../pipeline/plan-text");
      // What it prints is the plan, and nothing else.
      const onLine = printLine({ json: true });
      const result = await plan({ ...options, ...(revision !== undefined && { revision }), onLine });
      print(options, result, options.markdown === true ? formatPlanAsMarkdown(result) : formatPlan(result));
      process.exitCode = result.exitCode;
    });
  pipeline
    .command("watch")
    .description("follow the log of a run until it ends; exits as the run does, and with 130 on Ctrl-C")
    .option("--run <number>", "the run's number (default: the newest)", wholeNumber)
    .option("--follow", "go on with the next runs, and wait for them")
    .option("--json", "print each line of the log as a JSON object")
    .addHelpText("after", "\nExample:\n  npx hms pipeline watch --run 142")
    .action(async (options: { run?: number; follow?: true; json?: true }) => {
      const { watch } = require("../pipeline/watch") as typeof import("../pipeline/watch");
      endWithReader();
      const ended = new AbortController();
      process.once("SIGINT", () => {
        ended.abort();
      });
      const onLine = options.json ? printAsJson : printLine({});
      process.exitCode = await watch({ ...options, onLine, signal: ended.signal });
    });
  pipeline
    .command("status")
    .description("ask every target what it runs or holds")
    .option(...stacks)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  npx hms pipeline status --json | jq '.targets[].state'")
    .action(async (options: { stacks?: string[]; json?: true }) => {
      const { status, formatStatus } = require("../pipeline/status") as typeof import("../pipeline/status");
      const result = await status(options);
      if (options.json) {
        printJson(options, result);
      } else {
        process.stdout.write(`${formatStatus(result, process.stdout.columns)}\n`);
      }
      const states = result.targets.map(({ state }) => state);
      process.exitCode = states.includes("failed") ? 1 : states.includes("stale") ? 3 : 0;
    });
  addHealing(pipeline);
  pipeline
    .command("rollback")
    .description("put the previous release back: no build, and no transfer where a target kept it")
    .option(
      "--to <tag>",
      "the release to put back (default: the newest before the current one that failed nowhere)",
    )
    .option("--target <stack[/name]>", "one stack, or one target (default: all)")
    .requiredOption("--reason <text>", "why, for the trail")
    .option("--dry-run", "say what would be done, target by target, and do nothing")
    .option("--yes", "don't ask: where nobody sits at a terminal, nobody is asked anyway")
    .option(...stacks)
    .option(...json)
    .addHelpText("after", '\nExample:\n  npx hms pipeline rollback --reason "wrong risk for Anchorage"')
    .action(async (options: RollbackArguments) => {
      if (options.dryRun === true || (process.stdin.isTTY && options.yes !== true)) {
        const { planRollback, formatRollbackPlan } =
          require("../pipeline/rollback-plan") as typeof import("../pipeline/rollback-plan");
        const plan = await planRollback(options);
        const text = formatRollbackPlan(plan);
        if (options.dryRun === true || plan.exitCode !== 0) {
          print(options, plan, text);
          process.exitCode = plan.exitCode;
          return;
        }
        process.stderr.write(`${text}\n`);
        if (!/^y(es)?$/i.test(await ask("Roll back? [y/N] "))) {
          process.stderr.write("Nothing was touched.\n");
          process.exitCode = 1;
          return;
        }
      }
      const { rollback } = require("../pipeline/rollback") as typeof import("../pipeline/rollback");
      const result = await rollback({ ...options, onLine: printLine(options) });
      printJson(options, result);
      process.exitCode = result.exitCode;
    });
}

interface RunArguments {
  readonly commit?: string;
  readonly trigger: Trigger;
  readonly plan?: string;
  readonly stacks?: string[];
  readonly json?: true;
}

interface PlanArguments {
  readonly stacks?: string[];
  readonly json?: true;
  readonly markdown?: true;
  readonly save?: string;
  readonly expires?: number;
  readonly build: boolean;
}

interface RollbackArguments {
  readonly to?: string;
  readonly target?: string;
  readonly reason: string;
  readonly stacks?: string[];
  readonly json?: true;
  readonly dryRun?: true;
  readonly yes?: true;
}

/** What is live is for a terminal alone. */
function printAsJson(line: LogLine, run: number): void {
  if (line.kind !== "live") process.stdout.write(`${JSON.stringify({ run, ...line })}\n`);
}

function trigger(value: string): Trigger {
  if (value !== "push" && value !== "schedule" && value !== "manual") {
    throw new InvalidArgumentError("Allowed: push, schedule, manual.");
  }
  return value;
}
