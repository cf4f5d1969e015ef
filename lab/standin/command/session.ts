/** Runs one command over an open SSH connection. */
import type { Client, ClientChannel } from "ssh2";
import type { Context } from "../provider/provider";
import type { Transcript } from "./transcript";

/** What to run. */
export interface Execution {
  readonly command: string;
  readonly stdin: string;
  /** Variables that must be set; a server that refuses one gets no command. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that are set where the server allows it. */
  readonly optional: Readonly<Record<string, string>>;
  readonly transcript: Transcript;
}

/** The part of ssh2 below its interface, where requests can be answered. */
interface Internals {
  readonly _protocol: {
    env(channel: number, name: string, value: string, wantReply: boolean): void;
    exec(channel: number, command: string, wantReply: boolean): void;
  };
  readonly _chanMgr: { get(channel: number): { _callbacks: ((failed: boolean) => void)[] } };
}

const hint = (name: string): string =>
  `Unable to set '${name}'. This only works if your SSH server is configured to accept\n` +
  "\tthese variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could\n" +
  "\tprefix the command itself with the variables in the form 'VAR=value command'";

/**
 * Lets the server answer whether it takes a variable, and holds the command back until it has: ssh2 sends both at once and
 * never learns that a variable was refused.
 *
 * @param refused told the names that the server did not take; says whether the command runs all the same
 */
function awaitVariables(client: Client, refused: (names: string[]) => boolean): void {
  const { _protocol: protocol, _chanMgr: channels } = client as unknown as Internals;
  const env = protocol.env.bind(protocol);
  const exec = protocol.exec.bind(protocol);
  const answers: Promise<string | undefined>[] = [];
  protocol.env = (channel, name, value) => {
    const answer = new Promise<string | undefined>((resolve) => {
      channels.get(channel)._callbacks.push((failed) => {
        resolve(failed ? name : undefined);
      });
    });
    answers.push(answer);
    env(channel, name, value, true);
  };
  protocol.exec = (channel, command, wantReply) => {
    void Promise.all(answers).then((names) => {
      if (refused(names.filter((name) => name !== undefined))) exec(channel, command, wantReply);
    });
  };
}

/** Why a command failed, in the official plugin's words; nothing for success. */
export function exitReason(code: number | null | undefined, signal?: string): string | undefined {
  if (code === 0) return undefined;
  if (typeof code === "number") return `Process exited with status ${code}`;
  if (signal) return `Process exited with status 128 from signal ${signal.replace(/^SIG/, "")}`;
  return "wait: remote command exited without exit status or exit signal";
}

function follow(channel: ClientChannel, { stdin, transcript }: Execution): Promise<string | undefined> {
  return new Promise((resolve) => {
    let exit: [code?: number | null, signal?: string] = [];
    channel.on("data", (data: Buffer) => {
      transcript.add("stdout", data);
    });
    channel.stderr.on("data", (data: Buffer) => {
      transcript.add("stderr", data);
    });
    channel.on("exit", (code: number | null, signal?: string) => {
      exit = [code, signal];
    });
    channel.on("close", () => {
      resolve(exitReason(...exit));
    });
    channel.end(stdin);
  });
}

/**
 * Runs a command to its end.
 *
 * @returns why it failed; nothing for success
 */
export function execute(client: Client, execution: Execution, context: Context): Promise<string | undefined> {
  const { command, environment, optional } = execution;
  return new Promise((resolve, reject) => {
    const cancel = () => {
      client.destroy();
      reject(new Error("context canceled"));
    };
    context.signal.addEventListener("abort", cancel, { once: true });
    awaitVariables(client, (names) => {
      for (const name of names) context.log(name in environment ? "error" : "warning", hint(name));
      const missing = names.find((name) => name in environment);
      if (missing === undefined) return true;
      reject(new Error(`could not set environment variable "${missing}": ssh: setenv failed`));
      return false;
    });
    const lost = () => {
      reject(new Error(exitReason(undefined)));
    };
    client.on("error", lost).on("close", lost);
    client.exec(command, { env: { ...environment, ...optional } }, (error, channel) => {
      if (error) reject(error);
      else resolve(follow(channel, execution));
    });
  });
}
