/** Keeps what a command writes, and shows it at its resource while it runs. */
import { text, type Context } from "../provider/provider";
import type { Values } from "../provider/values";
import type { Output } from "./resource";

const withoutLastNewline = (written: string): string => written.replace(/\n$/, "");

/** What a command has written so far. */
export class Transcript {
  readonly #parts: Record<keyof Output | "both", Buffer[]> = { stdout: [], stderr: [], both: [] };
  #line = "";

  /**
   * @param logging what to show: `stdout`, `stderr`, `stdoutAndStderr`, `none`. @default stdoutAndStderr
   */
  constructor(
    private readonly context: Context,
    private readonly logging: string,
  ) {}

  /** Takes in what was written. */
  add(stream: keyof Output, data: Buffer): void {
    this.#parts[stream].push(data);
    this.#parts.both.push(data);
    if (this.logging === stream || this.logging === "stdoutAndStderr") this.#show(data.toString());
  }

  /** Shows the last line, which may have no end. */
  end(): void {
    if (this.#line !== "") this.#show("\n");
  }

  /** The output, each without its last newline. */
  output(): Output {
    return {
      stdout: withoutLastNewline(this.#text("stdout")),
      stderr: withoutLastNewline(this.#text("stderr")),
    };
  }

  /** Both streams, in the order of writing, for an error. */
  everything(): string {
    return this.#text("both");
  }

  #text(part: keyof Output | "both"): string {
    return Buffer.concat(this.#parts[part]).toString();
  }

  #show(written: string): void {
    const lines = `${this.#line}${written}`.split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.context.log("info", line.replace(/\r$/, ""), true);
  }
}

/** The transcript of a command with these inputs. */
export const transcriptOf = (inputs: Values, context: Context): Transcript =>
  new Transcript(context, text(inputs["logging"], "stdoutAndStderr"));

/** The error of a command that failed, in the official plugin's words. */
export const commandError = (reason: string, command: string, transcript: Transcript): Error =>
  new Error(`${reason}: running ${JSON.stringify(command)}:\n${transcript.everything()}`);

/** The variables that hand a command what its predecessor wrote. */
export function previousOutput(inputs: Values, { stdout, stderr }: Output): Record<string, string> {
  if (inputs["addPreviousOutputInEnv"] === false) return {};
  return {
    ...(stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr === "" ? {} : { PULUMI_COMMAND_STDERR: stderr }),
  };
}
