/** Commands on this machine. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { text, type Context } from "../provider/provider";
import type { Value, Values } from "../provider/values";
import { commonFields, type Kind, type Output } from "./resource";
import { commandError, previousOutput, transcriptOf, type Transcript } from "./transcript";

const notServed =
  "The stand-in for Pulumi's command provider returns no files. Install the official plugin to use it.";

const fields: Kind["fields"] = {
  ...commonFields,
  interpreter: { type: "list" },
  dir: { type: "string" },
  assetPaths: { type: "list" },
  archivePaths: { type: "list" },
};

/** The program and its arguments: a shell, unless an interpreter is given. */
export function commandLine(command: string, interpreter: Value): [program: string, ...args: string[]] {
  const [program, ...args] = Array.isArray(interpreter) ? interpreter.map((word) => text(word)) : [];
  return program === undefined ? ["/bin/sh", "-c", command] : [program, ...args, command];
}

function environment(inputs: Values, previous: Output): NodeJS.ProcessEnv {
  const own = inputs["environment"] as Record<string, string> | undefined;
  return { ...process.env, ...own, ...previousOutput(inputs, previous) };
}

/** The reason for a failure, as the official plugin words it; none for success. */
const failure = (code: number | null, signal: string | null): string | undefined => {
  if (signal !== null) return `signal: ${signal}`;
  return code === 0 ? undefined : `exit status ${String(code)}`;
};

function startError(error: NodeJS.ErrnoException, program: string, dir: string): string {
  if (!existsSync(dir)) return `chdir ${dir}: no such file or directory`;
  return error.code === "ENOENT" ? `exec: "${program}": executable file not found in $PATH` : error.message;
}

function runProcess(
  command: string,
  inputs: Values,
  previous: Output,
  context: Context,
  transcript: Transcript,
) {
  const [program, ...args] = commandLine(command, inputs["interpreter"]);
  const dir = text(inputs["dir"], process.cwd());
  return new Promise<string | undefined>((resolve) => {
    const child = spawn(program, args, {
      cwd: dir,
      env: environment(inputs, previous),
      signal: context.signal,
      killSignal: "SIGKILL",
    });
    child.stdout.on("data", (data: Buffer) => {
      transcript.add("stdout", data);
    });
    child.stderr.on("data", (data: Buffer) => {
      transcript.add("stderr", data);
    });
    child.on("error", (error) => {
      resolve(startError(error, program, dir));
    });
    child.on("close", (code, signal) => {
      resolve(failure(code, signal));
    });
    // A command that does not read its input may be gone before all of it is written.
    child.stdin.on("error", () => undefined);
    child.stdin.end(text(inputs["stdin"]));
  });
}

async function run(command: string, inputs: Values, previous: Output, context: Context): Promise<Output> {
  const transcript = transcriptOf(inputs, context);
  const reason = await runProcess(command, inputs, previous, context, transcript);
  transcript.end();
  if (reason !== undefined) throw commandError(reason, command, transcript);
  return transcript.output();
}

const complete = (inputs: Values): Values => ({
  ...inputs,
  addPreviousOutputInEnv: inputs["addPreviousOutputInEnv"] ?? true,
});

/** Commands of the resource `command:local:Command`. */
export const localKind: Kind = {
  fields,
  refused: { assetPaths: notServed, archivePaths: notServed },
  complete,
  run,
};

/** The function `command:local:run`. */
export async function runFunction(inputs: Values, context: Context): Promise<Values> {
  const output = await run(text(inputs["command"]), inputs, { stdout: "", stderr: "" }, context);
  return { ...complete(inputs), ...output };
}
