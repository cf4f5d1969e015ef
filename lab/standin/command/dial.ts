/** One attempt to reach a host, with errors in the official plugin's words. */
import net from "node:net";
import type { Duplex } from "node:stream";
import { Client, type ServerHostKeyAlgorithm } from "ssh2";
import type { Credentials } from "./credentials";

/** What an SSH connection can run over. */
export type Transport = Duplex;

/** In the official plugin's order of preference: with two keys on a host, the pin must be of the first in this list. */
const hostKeyAlgorithms: ServerHostKeyAlgorithm[] = [
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-256",
  "rsa-sha2-512",
  "ssh-ed25519",
];

const reasons: Record<string, string> = {
  ECONNREFUSED: "connect: connection refused",
  ECONNRESET: "read: connection reset by peer",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

/** Why a host could not be dialled. */
export function dialError(host: string, port: number, { code = "", message }: NodeJS.ErrnoException): string {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `dial tcp: lookup ${host}: no such host`;
  const address = net.isIPv6(host) ? `[${host}]` : host;
  return `dial tcp ${address}:${port}: ${reasons[code] ?? message}`;
}

/**
 * For how long a line may be dead before a connection over it ends, in milliseconds. Go, which the official plugin is made of, asks
 * after 15 s of silence, and ends it after 9 more times 15 s. Node asks ten times within the last 10 s.
 */
const deadAfter = 150_000;

/** Opens a TCP connection. */
export function dialTcp(
  { host, port, perDialTimeout }: { host: string; port: number; perDialTimeout: number },
  signal: AbortSignal,
): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    const timer = perDialTimeout > 0 ? setTimeout(tooLate, perDialTimeout * 1000) : undefined;
    function tooLate() {
      socket.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" }));
    }
    const cancel = () => socket.destroy(new Error("context canceled"));
    signal.addEventListener("abort", cancel, { once: true });
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(new Error(dialError(host, port, error)));
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.setKeepAlive(true, deadAfter - 10_000);
      signal.removeEventListener("abort", cancel);
      resolve(socket);
    });
  });
}

/** Opens a connection from a host that is connected already. */
export const forward = (client: Client, { host, port }: { host: string; port: number }): Promise<Transport> =>
  new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, host, port, (error, stream) => {
      if (error) reject(new Error(`ssh: rejected: connect failed (${error.message})`));
      else resolve(stream);
    });
  });

/** What ssh2 says, and what the official plugin says instead. */
const phrases: readonly [RegExp, string][] = [
  [/verification failed/i, "ssh: host key mismatch"],
  [/^Connection lost before handshake|^Unable to verify|socket hang up/i, "EOF"],
];

function handshakeError(error: Error & { level?: string }, { methods }: Credentials): string {
  if (error.level === "client-authentication") {
    const tried = [...new Set(methods.map(({ type }) => (type === "agent" ? "publickey" : type)))];
    return `ssh: unable to authenticate, attempted methods [${tried.join(" ")}], no supported methods remain`;
  }
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return phrases.find(([pattern]) => pattern.test(error.message))?.[1] ?? reasons[code] ?? error.message;
}

/** Logs in over an open connection. */
export function handshake(
  transport: Transport,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Client> {
  const { methods, hostKey } = credentials;
  return new Promise((resolve, reject) => {
    const client = new Client();
    const cancel = () => client.destroy();
    signal.addEventListener("abort", cancel, { once: true });
    const fail = (reason: string) => {
      signal.removeEventListener("abort", cancel);
      client.destroy();
      reject(new Error(signal.aborted ? "context canceled" : `ssh: handshake failed: ${reason}`));
    };
    client
      .on("ready", () => {
        signal.removeEventListener("abort", cancel);
        resolve(client);
      })
      .on("error", (error) => {
        fail(handshakeError(error, credentials));
      })
      .on("close", () => {
        fail("EOF");
      })
      .connect({
        sock: transport,
        username: methods[0]?.username,
        authHandler: [...methods],
        hostVerifier: (key: Buffer) => hostKey === undefined || hostKey.equals(key),
        algorithms: { serverHostKey: hostKeyAlgorithms },
        readyTimeout: 0,
      });
  });
}
