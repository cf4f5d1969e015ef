/** Runs a command of the service: by itself, with little around it, and not for ever. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { headsFolder } from "../../store/head";
import { keysFolder } from "../../store/keys";
import { trailFolder, workFolder } from "../../store/project";
import { scratchFolder } from "../../store/scratch";
import { aloneArgv } from "./alone";

/** What to run. */
export interface Command {
  /** For `sh -c`. */
  readonly command: string;
  /** A folder; the command runs in a copy, so that nothing it writes is scanned, built or shipped. */
  readonly folder: string;
  /** Seconds until it is ended, with everything that it started. */
  readonly timeoutSeconds: number;
  /** Variables that it sees beside PATH and the like. @default none */
  readonly variables?: Readonly<Record<string, string>>;
  /** A file that it may write, relative to its folder: told in {@link Outcome.written}. @default none */
  readonly writes?: string;
}

/** How it went. */
export interface Outcome {
  /** Why it failed, e.g. `exit code 1`; undefined when it did not. */
  readonly failure: string | undefined;
  /** The last of what it printed, both streams as they came, without escape sequences; its folder is `.`. */
  readonly output: string;
  /** What it printed to standard output alone; undefined when that was too much to be kept whole. */
  readonly stdout: string | undefined;
  /** What it wrote to the file that was asked for; undefined when it wrote none, or none that can be kept. */
  readonly written?: string;
}

/** How much of the output is kept, in characters. */
const keptOutput = 256 * 1024;

/** How much of standard output, and how large a file, is kept whole, in characters and bytes. */
const keptWhole = 32 * 1024 * 1024;

/** Seconds between asking a command to end and ending it. */
const graceSeconds = 3;

/**
 * Runs a command in a copy of a folder. It sees no variable of ours but PATH, and an empty home.
 *
 * @throws Error when the folder can't be copied
 */
export async function runCommand({
  command,
  folder,
  timeoutSeconds,
  variables,
  writes,
}: Command): Promise<Outcome> {
  const scratch = scratchFolder(os.tmpdir(), "hms-command");
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
    const env = { ...variables, ...environment(home, temporary) };
    const outcome = await runAlone(command, cwd, env, timeoutSeconds);
    const written =
      writes === undefined ? undefined : await readWritten(cwd, writes, await wasThere(folder, writes));
    return { ...outcome, ...(written !== undefined && { written }) };
  } finally {
    await fs.rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Whether the commit has the file already: then nothing says that the command wrote it. */
async function wasThere(folder: string, file: string): Promise<boolean> {
  return fs.lstat(path.join(folder, file)).then(
    () => true,
    () => false,
  );
}

/** What a command wrote. A link is not followed out of its folder, to what is none of its business. */
async function readWritten(cwd: string, file: string, was: boolean): Promise<string | undefined> {
  if (was) return undefined;
  try {
    const [root, place] = await Promise.all([fs.realpath(cwd), fs.realpath(path.join(cwd, file))]);
    const stat = await fs.stat(place);
    const kept = place.startsWith(root + path.sep) && stat.isFile() && stat.size <= keptWhole;
    return kept ? await fs.readFile(place, "utf8") : undefined;
  } catch {
    return undefined;
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
  const [program = "sh", ...args] = await aloneArgv(command, [
    workFolder,
    keysFolder(),
    trailFolder(),
    headsFolder(),
  ]);
  const child = execa(program, args, {
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
    // What runs alone ends at once with its namespace; what got a signal by itself would first say so.
    ...(program !== "sh" && { killSignal: "SIGKILL" as const }),
  });
  const output = tailOf(child.all);
  const stdout = wholeOf(child.stdout);
  child.nodeChildProcess.once("exit", () => {
    // What it left running would hold the streams open, and its copy of the folder.
    child.kill("SIGKILL");
    setTimeout(() => child.all.destroy(), graceSeconds * 1000).unref();
  });
  const { timedOut, exitCode, signal } = await child;
  return {
    failure: timedOut ? `not done after ${timeoutSeconds} s` : failureOf(exitCode, signal),
    output: stripVTControlCharacters(output()).replaceAll(cwd, "."),
    stdout: stdout(),
  };
}

function failureOf(exitCode: number | undefined, signal: string | undefined): string | undefined {
  if (exitCode === 0) return undefined;
  // A shell tells a signal by 128 and its number.
  const [name] = Object.entries(os.constants.signals).find(([, number]) => exitCode === 128 + number) ?? [];
  const by = signal ?? name;
  return exitCode === undefined || name !== undefined
    ? `ended by ${by ?? "an error of its streams"}`
    : `exit code ${exitCode}`;
}

/** Collects a stream as long as it can be kept whole. */
function wholeOf(stream: NodeJS.ReadableStream): () => string | undefined {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= keptWhole) chunks.push(chunk);
  });
  return () => (size <= keptWhole ? Buffer.concat(chunks).toString("utf8") : undefined);
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
