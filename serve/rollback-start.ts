/** Starts a rollback that was confirmed on the page: a process of its own, as `hms pipeline rollback` is, which outlives the server. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { lastLine } from "../core/errors";
import { projectFolder, workFolder } from "../store/project";
import type { Wish } from "./views/rollback";

/** The command for what was wished, after `hms`. */
export function rollbackArguments({ to, target, reason }: Wish, stacks?: readonly string[]): string[] {
  return [
    "pipeline",
    "rollback",
    "--yes",
    `--to=${to}`,
    ...(target === "" ? [] : [`--target=${target}`]),
    // One word, so that nothing that is written there is an option.
    `--reason=${reason}`,
    ...(stacks === undefined ? [] : [`--stacks=${stacks.join(",")}`]),
  ];
}

/** How a rollback ended: its exit code, and what it said last when it was not 0. */
export interface Ended {
  readonly exitCode: number;
  readonly why: string;
}

/** Starts it, and returns how it ended. */
export type StartRollback = (wish: Wish) => Promise<Ended>;

/** Starts it on this machine. What it says is in `.hms/serve/rollback.log`, and its own log where that of each run is. */
export function startRollback(stacks?: readonly string[]): StartRollback {
  return (wish) => {
    const folder = path.join(workFolder, "serve");
    fs.mkdirSync(folder, { recursive: true });
    const file = path.join(folder, "rollback.log");
    const log = fs.openSync(file, "w", 0o640);
    const argv = [path.join(projectFolder, "cli", "hms.js"), ...rollbackArguments(wish, stacks)];
    const child = spawn(process.execPath, argv, {
      cwd: projectFolder,
      detached: true,
      stdio: ["ignore", log, log],
      env: {
        ...process.env,
        ...(wish.who !== "" && { HMS_ACTOR: wish.who }),
        HMS_LEASE: undefined,
        HMS_RUN: undefined,
      },
    });
    fs.closeSync(log);
    child.unref();
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        const why = lastLine(fs.readFileSync(file, "utf8")).replace(/^hms: /, "");
        resolve({ exitCode: code ?? 1, why: why === "" ? `it was ended by ${signal ?? "itself"}` : why });
      });
    });
  };
}
