/** What a host and its visitor know each other by. */
import net from "node:net";
import { utils, type AnyAuthMethod, type ParsedKey } from "ssh2";
import type { Endpoint } from "./connection";

/** How to log in, and whom to trust. */
export interface Credentials {
  /** In the order in which they are tried. */
  readonly methods: AnyAuthMethod[];
  /** The only host key to accept, in its wire form; any when absent. */
  readonly hostKey?: Buffer;
}

function parseKey(source: string, passphrase?: string): ParsedKey {
  const parsed: ParsedKey | Error = utils.parseKey(source, passphrase);
  if (parsed instanceof Error) throw new Error(`ssh: ${parsed.message}`);
  return parsed;
}

function parseHostKey(line: string): Buffer {
  try {
    return parseKey(line).getPublicSSH();
  } catch {
    throw new Error("failed to parse host key: ssh: no key found");
  }
}

/** An agent that can't be reached is an error at once, not at the first key. */
const answers = (socket: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = net.connect(socket, () => {
      probe.end();
      resolve();
    });
    probe.on("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "ENOENT" ? "no such file or directory" : error.message;
      reject(new Error(`dial unix ${socket}: connect: ${reason}`));
    });
  });

/**
 * The ways to log in that a connection names. The agent counts only without a key: both are "publickey" to SSH, of which
 * the official plugin tries the first alone.
 */
export async function credentialsOf(endpoint: Endpoint): Promise<Credentials> {
  const { user: username, password, privateKey, privateKeyPassword, hostKey } = endpoint;
  const agent = endpoint.agentSocketPath ?? process.env["SSH_AUTH_SOCK"] ?? "";
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  if (privateKey !== undefined) {
    methods.push({ type: "publickey", username, key: parseKey(privateKey, privateKeyPassword) });
  }
  if (password !== undefined) {
    methods.push({ type: "password", username, password });
    methods.push({
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        finish(prompts.map(() => password));
      },
    });
  }
  if (agent !== "") {
    await answers(agent);
    if (privateKey === undefined) methods.push({ type: "agent", username, agent });
  }
  return { methods, ...(hostKey === undefined ? {} : { hostKey: parseHostKey(hostKey) }) };
}
