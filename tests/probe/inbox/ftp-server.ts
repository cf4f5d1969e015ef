/** An FTP server in memory, for what no server of Debian does: each quirk is a setting. */
import net from "node:net";
import { createHash } from "node:crypto";

/** How the server is odd. */
export interface Quirks {
  /** What it says first. @default 220 Ready */
  readonly greeting?: string;
  /** What FEAT lists. @default nothing */
  readonly features?: readonly string[];
  /** Replies in place of the command's own, by command. */
  readonly replies?: Readonly<Record<string, string>>;
  /** What 227 announces as its own address. @default the right one */
  readonly announces?: string;
  /** What 229 looks like. @default as RFC 2428 has it */
  readonly extended?: (port: number) => string;
  /** What LIST shows. @default as ls does */
  readonly listing?: (names: readonly string[]) => string;
  /** Whether RNTO refuses a name that is taken. @default false */
  readonly keepsNames?: boolean;
  /** A file that it keeps locked for another session: whoever asks for it waits. @default none */
  readonly locked?: string;
  /** Ends the session when it has stored this many bytes of a file. @default never */
  readonly dropsAfter?: number;
}

/** The server, with what it holds and was told. */
export interface FtpServer {
  readonly port: number;
  readonly files: Map<string, Buffer>;
  readonly commands: string[];
  quirks: Quirks;
  close(): void;
}

/** Starts a server on loopback. */
export async function ftpServer(quirks: Quirks = {}, files: Record<string, string> = {}): Promise<FtpServer> {
  const sessions: net.Socket[] = [];
  const listener = net.createServer((socket) => {
    sessions.push(socket);
    new Session(server, socket);
  });
  const port = await listen(listener);
  const server: FtpServer = {
    port,
    files: new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])),
    commands: [],
    quirks,
    close: () => {
      listener.close();
      for (const socket of sessions) socket.destroy();
    },
  };
  return server;
}

function listen(listener: net.Server): Promise<number> {
  return new Promise((resolve) => {
    listener.listen(0, "127.0.0.1", () => {
      resolve((listener.address() as net.AddressInfo).port);
    });
  });
}

class Session {
  private data: Promise<net.Socket> = Promise.reject(new Error("no data connection"));
  private restart = 0;
  private from = "";

  constructor(
    private readonly server: FtpServer,
    private readonly socket: net.Socket,
  ) {
    this.data.catch(() => undefined);
    this.say(server.quirks.greeting ?? "220 Ready");
    let rest = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString()).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.take(line);
    });
  }

  private say(text: string): void {
    this.socket.write(`${text}\r\n`);
  }

  private take(line: string): void {
    const { commands, quirks, files } = this.server;
    commands.push(line);
    const [command = "", ...words] = line.split(" ");
    const argument = words.join(" ");
    const reply = quirks.replies?.[command];
    if (reply !== undefined) {
      this.say(reply);
      return;
    }
    const file = files.get(argument);
    if (argument === quirks.locked && ["RETR", "STOR", "APPE"].includes(command)) {
      return;
    }
    switch (command) {
      case "USER":
        this.say("331 Password");
        return;
      case "PASS":
        this.say("230 In");
        return;
      case "FEAT":
        this.say(
          ["211-Features", ...(quirks.features ?? []).map((each) => ` ${each}`), "211 End"].join("\r\n"),
        );
        return;
      case "EPSV":
      case "PASV":
        void this.passive(command);
        return;
      case "REST":
        this.restart = Number(argument);
        this.say("350 Restarting");
        return;
      case "STOR":
        void this.store(argument, (files.get(argument) ?? Buffer.alloc(0)).subarray(0, this.restart));
        return;
      case "APPE":
        void this.store(argument, file ?? Buffer.alloc(0));
        return;
      case "RETR":
        void this.send(file);
        return;
      case "LIST":
        void this.send(Buffer.from((quirks.listing ?? asLs)([...files.keys()])));
        return;
      case "SIZE":
        this.say(file ? `213 ${file.length}` : "550 No such file");
        return;
      case "MDTM":
        this.say(file ? "213 20260301120000" : "550 No such file");
        return;
      case "DELE":
        this.say(files.delete(argument) ? "250 Gone" : "550 No such file");
        return;
      case "RNFR":
        this.from = argument;
        this.say(file ? "350 To what?" : "550 No such file");
        return;
      case "RNTO":
        this.rename(argument);
        return;
      case "XSHA256":
      case "HASH":
        this.say(
          `213 SHA-256 0-${file?.length ?? 0} ${createHash("sha256")
            .update(file ?? "")
            .digest("hex")
            .toUpperCase()} x`,
        );
        return;
      default:
        this.say("200 Fine");
    }
  }

  private rename(to: string): void {
    const { files, quirks } = this.server;
    if (quirks.keepsNames && files.has(to)) {
      this.say("553 File exists");
      return;
    }
    files.set(to, files.get(this.from) ?? Buffer.alloc(0));
    files.delete(this.from);
    this.say("250 Renamed");
  }

  private async passive(command: string): Promise<void> {
    const { quirks } = this.server;
    const listener = net.createServer().unref();
    this.data = new Promise((resolve) => {
      listener.once("connection", (socket) => {
        socket.on("error", () => undefined);
        listener.close();
        resolve(socket);
      });
    });
    const port = await listen(listener);
    const address = (quirks.announces ?? "127.0.0.1").replaceAll(".", ",");
    this.say(
      command === "EPSV"
        ? (quirks.extended ?? ((each) => `229 Extended (|||${each}|)`))(port)
        : `227 Passive ${address},${port >> 8},${port & 255}`,
    );
  }

  private async store(name: string, before: Buffer): Promise<void> {
    const { files, quirks } = this.server;
    this.restart = 0;
    this.say("150 Go on");
    let stored = before;
    for await (const chunk of await this.data) {
      stored = Buffer.concat([stored, chunk as Buffer]);
      files.set(name, stored);
      if (stored.length >= (quirks.dropsAfter ?? Infinity)) {
        files.set(name, stored.subarray(0, quirks.dropsAfter));
        this.socket.destroy();
        return;
      }
    }
    files.set(name, stored);
    this.say("226 Stored");
  }

  private async send(bytes: Buffer | undefined): Promise<void> {
    if (bytes === undefined) {
      this.say("550 No such file");
      return;
    }
    const data = await this.data;
    this.say("150 Here it comes");
    data.end(bytes, () => {
      this.say("226 Sent");
    });
  }
}

const asLs = (names: readonly string[]): string =>
  names.map((name) => `-rw-r--r--    1 1000     1000            1 Mar 01 12:00 ${name}\r\n`).join("");
