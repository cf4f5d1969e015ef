/** The docker engine's HTTP interface. */
import http from "node:http";
import type { Readable } from "node:stream";
import { messageOf } from "../provider/provider";
import type { Way } from "./dial";
import { messages, type Message } from "./messages";

/** A request to the engine. */
export interface Request {
  /** Absent values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, a tar archive. */
  readonly archive?: Readable | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of the engine that is an error. */
export class EngineError extends Error {
  constructor(
    /** HTTP's status code. */
    readonly status: number,
    /** What the engine says. */
    readonly reason: string,
  ) {
    super(`Error response from daemon: ${reason}`);
  }
}

/** The newest version of the interface that this client was written for. */
const newestVersion = "1.47";

/** Versions as numbers, for comparing: `1.41` is older than `1.5`. */
const minor = (version: string): number => Number(version.split(".")[1]);

/** The older of two versions of the interface. */
export const olderVersion = (one: string, other: string): string => (minor(one) < minor(other) ? one : other);

const search = (query: Request["query"] = {}): string => {
  const present = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return present.length === 0 ? "" : `?${new URLSearchParams(present).toString()}`;
};

async function textOf(response: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function reasonOf(body: string): string {
  try {
    return (JSON.parse(body) as { message: string }).message;
  } catch {
    return body.trim();
  }
}

/** A docker engine. */
export class Engine {
  #version: Promise<string> | undefined;

  constructor(
    private readonly way: Way,
    private readonly signal: AbortSignal,
  ) {}

  /** Finds out which version of the interface to speak. */
  ping(): Promise<string> {
    this.#version ??= this.#negotiate();
    return this.#version;
  }

  /** Asks for something that is answered in JSON, or not at all. */
  async ask<T>(method: string, path: string, request: Request = {}): Promise<T> {
    const body = await textOf(await this.#send(method, path, request));
    return (body === "" ? undefined : JSON.parse(body)) as T;
  }

  /** Asks for something that may not be there. */
  async find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.ask<T>("GET", path);
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Asks for something that takes long, and tells how it goes. */
  async *follow(method: string, path: string, request: Request = {}): AsyncGenerator<Message> {
    yield* messages(await this.#send(method, path, request));
  }

  async #negotiate(): Promise<string> {
    const response = await this.#exchange("GET", "/_ping", {});
    response.resume();
    const offered = response.headers["api-version"];
    return olderVersion(typeof offered === "string" ? offered : "1.24", newestVersion);
  }

  async #send(method: string, path: string, request: Request): Promise<http.IncomingMessage> {
    const version = await this.ping();
    const response = await this.#exchange(method, `/v${version}${path}${search(request.query)}`, request);
    const status = response.statusCode ?? 0;
    if (status >= 400) throw new EngineError(status, reasonOf(await textOf(response)));
    return response;
  }

  #exchange(method: string, path: string, request: Request): Promise<http.IncomingMessage> {
    const { json, archive, headers = {} } = request;
    const body = json === undefined ? archive : Buffer.from(JSON.stringify(json));
    const type = json === undefined ? "application/x-tar" : "application/json";
    return new Promise((resolve, reject) => {
      const sent = http.request({
        ...this.way.address,
        agent: this.way.agent,
        method,
        path,
        headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": type }) },
        signal: this.signal,
      });
      sent.on("response", resolve);
      sent.on("error", (error) => {
        reject(this.#unreachable(error, path));
      });
      if (body === undefined || Buffer.isBuffer(body)) sent.end(body);
      else body.on("error", (error) => sent.destroy(error)).pipe(sent);
    });
  }

  #unreachable(error: Error, path: string): Error {
    const { name } = this.way;
    if (this.signal.aborted) return new Error("context canceled");
    if (name.startsWith("http://"))
      return new Error(`error during connect: Get "${name}${path}": ${messageOf(error)}`);
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ECONNREFUSED"].includes(code)) {
      return new Error(`Cannot connect to the Docker daemon at ${name}. Is the docker daemon running?`);
    }
    return new Error(`error during connect: ${messageOf(error)}`);
  }
}
