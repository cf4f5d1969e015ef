/** `hms hook` and `hms agent`: what starts runs. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import type { Command } from "commander";
import { endWithReader } from "./pipes";
import { printLine, stacks } from "./arguments";

interface InstallOptions {
  readonly branch?: string;
  readonly environment?: string;
  readonly wait?: true;
}

/** Adds the verbs about the hook. */
export function addHook(hook: Command): void {
  hook
    .command("install")
    .argument("<repository>", "a bare Git repository")
    .description("make every push to the repository's branch start a run, which goes on by itself")
    .option("--branch <name>", "the branch that ships (default: the one that hms:build names)")
    .option("--environment <file>", "a file with the environment that runs need, for sh")
    .option("--wait", "let a push last as long as its run, and show its log")
    .addHelpText("after", "\nExample:\n  npx hms hook install /srv/git/flood-formula.git --branch main")
    .action(async (repository: string, options: InstallOptions) => {
      const { installHook } = require("../pipeline/hook") as typeof import("../pipeline/hook");
      process.stdout.write(`${await installHook(repository, options)}\n`);
    });
  hook
    .command("remove")
    .argument("<repository>", "a bare Git repository")
    .description("take the hook away again")
    .addHelpText("after", "\nExample:\n  npx hms hook remove /srv/git/flood-formula.git")
    .action((repository: string) => {
      const { removeHook } = require("../pipeline/hook") as typeof import("../pipeline/hook");
      process.stdout.write(`${removeHook(repository)}\n`);
    });
  hook
    .command("receive")
    .description("what the hook calls: keep a pushed commit for a run, and start it")
    .requiredOption("--commit <hash>", "the newest commit that was pushed")
    .option("--repository <folder>", "the bare repository that it is in", ".")
    .option("--wait", "show the run's log until it ends")
    .addHelpText("after", '\nExample:\n  npx hms hook receive --commit "$new"')
    .action(async (options: { commit: string; repository: string; wait?: true }) => {
      const { receive } = require("../pipeline/receive") as typeof import("../pipeline/receive");
      // Whoever pushed may go away: the run is another process.
      endWithReader();
      await receive({
        ...options,
        pushOptions: pushOptionsIn(process.env),
        say: (text) => process.stdout.write(`${text}\n`),
        onLine: printLine({}),
      });
    });
}

/** Adds `hms agent`. */
export function addAgent(hms: Command): void {
  hms
    .command("agent")
    .description(
      "take what was pushed from the queue and ship it, as a service; SIGTERM ends it after the run",
    )
    .option("--once", "end when nothing is due")
    .option(...stacks)
    .addHelpText("after", "\nExample:\n  npx hms agent")
    .action(async (options: { once?: true; stacks?: string[] }) => {
      const { agent } = require("../pipeline/agent") as typeof import("../pipeline/agent");
      const ending = new AbortController();
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        process.on(signal, () => {
          ending.abort();
        });
      }
      await agent({ ...options, signal: ending.signal, onLine: printLine({}) });
    });
}

/** What was said by `git push -o`, as Git tells its hooks. */
function pushOptionsIn(env: NodeJS.ProcessEnv): string[] {
  const count = Number(env["GIT_PUSH_OPTION_COUNT"] ?? 0);
  return Array.from({ length: count }, (_, n) => env[`GIT_PUSH_OPTION_${String(n)}`] ?? "");
}
