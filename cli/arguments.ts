/** How values on the command line are read, results printed, and questions asked: what verbs have in common. */
import { InvalidArgumentError } from "commander";
import type { LogLine } from "../store/run-log";
import { logPrinter } from "./log-printer";

/** The option of a verb that has a log and a result. */
export const json = ["--json", "print one JSON object on stdout, and the log on stderr"] as const;

/** The option of a verb that is about stacks. */
export const stacks = [
  "--stacks <names>",
  "the stacks it is about, with commas (default: HMS_STACKS, or hms:stacks)",
  list,
] as const;

/** A run's or an entry's number. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError("Allowed: a whole number from 1.");
  }
  return Number(text);
}

/** Lines go to stdout; with --json, stdout is for the result alone. */
export function printLine(options: { json?: true }): (line: LogLine) => void {
  return logPrinter(options.json ? process.stderr : process.stdout);
}

/** With --json, the result goes to stdout. */
export function printJson(options: { json?: true }, result: unknown): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  }
}

/** What a verb has found: for people, or with --json for programs. */
export function print(options: { json?: true }, result: unknown, text: string): void {
  process.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : text}\n`);
}

/** Asks whoever sits at the terminal. */
export async function ask(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

/** Names with commas. */
function list(value: string): string[] {
  const names = value.split(",").filter((name) => name !== "");
  if (names.length === 0) {
    throw new InvalidArgumentError("Allowed: names with commas.");
  }
  return names;
}
