/** Connections to other hosts: what they take, how often they are tried, and by which way they go. */
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "ssh2";
import { messageOf, type Context } from "../provider/provider";
import type { Fields } from "../provider/schema";
import { isValues, type Values } from "../provider/values";
import { credentialsOf, type Credentials } from "./credentials";
import { dialTcp, forward, handshake, type Transport } from "./dial";

/** How to reach one host. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  /** The key that the host must have, as a line of `authorized_keys`. Without it any key is taken. */
  readonly hostKey?: string;
  /** How many dials may fail before the last one: `N` makes `N + 1`; -1 for no end. */
  readonly dialErrorLimit: number;
  /** Seconds for each dial; 0 for no limit. */
  readonly perDialTimeout: number;
}

/** How to reach a host, perhaps by way of another. */
export interface Connection extends Endpoint {
  readonly proxy?: Endpoint;
}

const endpointFields: Fields = {
  host: { type: "string", required: true },
  port: { type: "number" },
  user: { type: "string" },
  password: { type: "string" },
  privateKey: { type: "string" },
  privateKeyPassword: { type: "string" },
  agentSocketPath: { type: "string" },
  hostKey: { type: "string" },
  dialErrorLimit: { type: "number" },
  perDialTimeout: { type: "number" },
};

/** The inputs of a connection. */
export const connectionFields: Fields = {
  ...endpointFields,
  proxy: { type: "block", fields: endpointFields },
};

const withEndpointDefaults = (endpoint: Values): Values => ({
  ...endpoint,
  port: endpoint["port"] ?? 22,
  user: endpoint["user"] ?? "root",
  dialErrorLimit: endpoint["dialErrorLimit"] ?? 10,
  perDialTimeout: endpoint["perDialTimeout"] ?? 15,
});

/** The inputs of a connection with what they leave out. */
export const withConnectionDefaults = (connection: Values): Values => ({
  ...withEndpointDefaults(connection),
  ...(isValues(connection["proxy"]) ? { proxy: withEndpointDefaults(connection["proxy"]) } : {}),
});

/** Milliseconds before the second dial; each wait is half as long again as the one before it. */
const firstWait = 100;
const longestWait = 5000;

/** Dials until it works or the limit is reached. What fails counts alike, be it the way, the key or the log-in. */
export async function persist<T>(
  what: string,
  limit: number,
  context: Context,
  dial: () => Promise<T>,
): Promise<T> {
  for (let failed = 0, wait = firstWait; ; failed += 1, wait = Math.min(wait * 1.5, longestWait)) {
    try {
      return await dial();
    } catch (error) {
      context.signal.throwIfAborted();
      const dials = failed + 1;
      if (limit >= 0 && dials > limit) {
        throw new Error(`after ${failed} failed attempts: ${messageOf(error)}`);
      }
      context.log("info", `${what} ${dials}/${limit < 0 ? "inf" : limit} failed: retrying`, true);
    }
    await pause(wait, undefined, { signal: context.signal });
  }
}

/** Adds where an error happened. */
async function through<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`proxy: ${messageOf(error)}`);
  }
}

async function dial(endpoint: Endpoint, credentials: Credentials, context: Context): Promise<Client> {
  const transport = await dialTcp(endpoint, context.signal);
  return handshake(transport, credentials, context.signal);
}

async function dialThroughProxy(
  connection: Connection,
  proxy: Endpoint,
  credentials: Credentials,
  context: Context,
) {
  const proxyCredentials = await credentialsOf(proxy);
  const limit = connection.dialErrorLimit;
  const client = await persist("Dial proxy", proxy.dialErrorLimit, context, () =>
    dial(proxy, proxyCredentials, context),
  );
  const way: Transport = await persist("Dial from proxy", limit, context, () => forward(client, connection));
  const target = await persist("Dial", limit, context, () => handshake(way, credentials, context.signal));
  return target.on("close", () => client.end());
}

/** Connects as the connection says. */
export async function connect(connection: Connection, context: Context): Promise<Client> {
  const credentials = await credentialsOf(connection);
  const { proxy, dialErrorLimit } = connection;
  if (proxy) return through(dialThroughProxy(connection, proxy, credentials, context));
  return persist("Dial", dialErrorLimit, context, () => dial(connection, credentials, context));
}
