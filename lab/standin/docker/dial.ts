/** Ways to a docker engine: a socket, a port, or `docker system dial-stdio` over ssh as the docker command does. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import http from "node:http";
import { Duplex, type Readable, type Writable } from "node:stream";

/** A way to an engine. */
export interface Way {
  /** Opens connections. */
  readonly agent: http.Agent;
  /** What requests are addressed to. */
  readonly address: http.RequestOptions;
  /** The host as the docker client names it in errors. */
  readonly name: string;
}

/** Seconds that ssh waits for a connection, unless the options say otherwise. */
const sshTimeout = 30;

/**
 * The ssh command that reaches an engine.
 *
 * @param host `ssh://[user@]host[:port][/path/to/docker.sock]`
 * @param options the user's own options of ssh
 */
export function sshCommand(host: string, options: readonly string[]): string[] {
  const { hostname, port, username, pathname } = new URL(host);
  const timeout = options.join("").includes("ConnectTimeout") ? [] : [`-o ConnectTimeout=${sshTimeout}`];
  const socket = pathname.replaceAll("/", "") === "" ? [] : [`--host=unix://${pathname}`];
  return [
    "ssh",
    ...options,
    ...timeout,
    "-T",
    ...(username === "" ? [] : ["-l", decodeURIComponent(username)]),
    ...(port === "" ? [] : ["-p", port]),
    "--",
    hostname,
    "docker",
    ...socket,
    "system",
    "dial-stdio",
  ];
}

/** The input and output of a process as a connection. */
class ProcessConnection extends Duplex {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  #stderr = "";

  constructor(private readonly command: readonly string[]) {
    super({ allowHalfOpen: false });
    const [program = "", ...args] = command;
    this.#process = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stdout.on("data", (data: Buffer) => this.push(data) || this.#process.stdout.pause());
    this.#process.stderr.on("data", (data: Buffer) => (this.#stderr += data.toString()));
    this.#process.stdin.on("error", () => undefined);
    this.#process.on("error", (error) => this.destroy(error));
    this.#process.on("close", (code) => {
      if (code === 0) this.push(null);
      else this.destroy(this.#failure(code));
    });
  }

  override _read(): void {
    this.#process.stdout.resume();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#process.stdin.write(data, done);
  }

  override _final(done: () => void): void {
    this.#process.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#process.kill();
    done(error);
  }

  /** What the HTTP agent asks of a connection that it keeps; a process needs none of it. */
  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #failure(code: number | null): Error {
    return new Error(
      `command [${this.command.join(" ")}] has exited with exit status ${String(code)}, make sure the URL is valid, ` +
        `and Docker 18.09 or later is installed on the remote host: stderr=${this.#stderr}`,
    );
  }
}

class ProcessAgent extends http.Agent {
  constructor(private readonly command: readonly string[]) {
    super({ keepAlive: true });
  }

  override createConnection(): Duplex {
    return new ProcessConnection(this.command);
  }
}

/**
 * The way to an engine.
 *
 * @param host `unix:///path`, `tcp://host:port` or `ssh://user@host`
 * @param sshOptions options of ssh, such as `["-i", "key"]`
 */
export function wayTo(host: string, sshOptions: readonly string[]): Way {
  if (host.startsWith("unix://")) {
    const address = { socketPath: host.slice("unix://".length), host: "docker" };
    return { agent: new http.Agent({ keepAlive: true }), address, name: host };
  }
  if (host.startsWith("tcp://")) {
    const { hostname, port } = new URL(host);
    return {
      agent: new http.Agent({ keepAlive: true }),
      address: { host: hostname, port: port || "2375" },
      name: host,
    };
  }
  if (host.startsWith("ssh://")) {
    const agent = new ProcessAgent(sshCommand(host, sshOptions));
    return { agent, address: { host: "docker.example.com" }, name: "http://docker.example.com" };
  }
  throw new Error(`The docker host "${host}" is none of unix:///path, tcp://host:port and ssh://user@host.`);
}
