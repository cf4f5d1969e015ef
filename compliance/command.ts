/** Runs a command of the service: by itself, with little around it, and not for ever. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";

/** What to run. */
export interface Command {
  /** For `sh -c`. */
  readonly command: string;
  /** A folder; the command runs in a copy, so that nothing it writes is scanned, built or shipped. */
  readonly folder: string;
  /** Seconds until it is ended, with everything that it started. */
  readonly timeoutSeconds: number;
}

/** How it went. */
export interface Outcome {
  /** Why it failed, e.g. `exit code 1`; undefined when it did not. */
  readonly failure: string | undefined;
  /** The last of what it printed, both streams as they came, without escape sequences; its folder is `.`. */
  readonly output: string;
}

/** How much of the output is kept, in characters. */
const keptOutput = 256 * 1024;

/** Seconds between asking a command to end and ending it. */
const graceSeconds = 3;

/**
 * Runs a command in a copy of a folder. It sees no variable of ours but PATH, and an empty home.
 *
 * @throws Error when the folder can't be copied
 */
export async function runCommand({ command, folder, timeoutSeconds }: Command): Promise<Outcome> {
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "hms-command-"));
  const [cwd, home, temporary] = ["work", "home", "tmp"].map((name) => path.join(scratch, name)) as [
    string,
    string,
    string,
  ];
  try {
    await Promise.all([
      fs.cp(folder, cwd, { recursive: true, verbatimSymlinks: true }),
      fs.mkdir(home),
      fs.mkdir(temporary),
    ]);
    return await runAlone(command, cwd, environment(home, temporary), timeoutSeconds);
  } finally {
    await fs.rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

const environment = (home: string, temporary: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
  HOME: home,
  TMPDIR: temporary,
  LANG: "C.UTF-8",
  CI: "true",
  NO_COLOR: "1",
});

async function runAlone(
  command: string,
  cwd: string,
  env: Record<string, string>,
  timeoutSeconds: number,
): Promise<Outcome> {
  const child = execa("sh", ["-c", command], {
    cwd,
    env,
    extendEnv: false,
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
    timeout: timeoutSeconds * 1000,
    forceKillAfterDelay: graceSeconds * 1000,
    killDescendants: true,
  });
  const output = tailOf(child.all);
  child.nodeChildProcess.once("exit", () => {
    // What it left running would hold the streams open, and its copy of the folder.
    child.kill("SIGKILL");
    setTimeout(() => child.all.destroy(), graceSeconds * 1000).unref();
  });
  const { timedOut, exitCode, signal } = await child;
  return {
    failure: timedOut ? `not done after ${timeoutSeconds} s` : failureOf(exitCode, signal),
    output: stripVTControlCharacters(output()).replaceAll(cwd, "."),
  };
}

function failureOf(exitCode: number | undefined, signal: string | undefined): string | undefined {
  if (exitCode === 0) return undefined;
  return exitCode === undefined ? `ended by ${signal ?? "an error of its streams"}` : `exit code ${exitCode}`;
}

/** Collects the last of a stream, from a full line on. */
function tailOf(stream: NodeJS.ReadableStream): () => string {
  let tail = "";
  let cut = false;
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    tail += chunk;
    if (tail.length > 2 * keptOutput) {
      tail = tail.slice(-keptOutput);
      cut = true;
    }
  });
  return () => (cut ? tail.slice(tail.indexOf("\n") + 1) : tail);
}
