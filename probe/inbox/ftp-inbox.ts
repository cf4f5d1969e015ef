/** An inbox on an FTP server, over an open connection. */
import type { Readable, Writable } from "node:stream";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, type FileInfo, FTPError } from "basic-ftp";
import { Refused } from "../../core/errors";
import { ftpFailure, mayNotWrite } from "./failure";
import type { FileFacts, Inbox } from "./inbox";
import { isUnknownCommand } from "./passive";

/** How fast a server hashes at least, in bytes a second: so long its silence is no sign of a broken line. */
const slowestHash = 10 * 2 ** 20;

/** How long a server may take to say why it broke a data connection, in milliseconds. */
const explanationMs = 2000;

/** The inbox in the folder that a client is in. */
export class FtpInbox implements Inbox {
  private sizesAreKnown = true;

  constructor(
    private readonly client: Client,
    /** What the server says that it can do, by command. */
    private readonly features: ReadonlyMap<string, string>,
  ) {
    // The library takes a listing as a whole, and gives it up for one line that it can't read.
    const parse = client.parseList;
    client.parseList = (text) => text.split("\n").flatMap((line) => parsed(parse, line));
  }

  async upload(body: Readable, name: string, start = 0): Promise<void> {
    const open = this.client.prepareTransfer;
    const openFor = (...before: string[]): void => {
      this.client.prepareTransfer = async (ftp) => {
        const reply = await open(ftp);
        leaveErrors(ftp.dataSocket);
        for (const command of before) {
          await ftp.request(command);
        }
        return reply;
      };
    };
    try {
      // Servers forget REST when anything comes between it and STOR.
      openFor(...(start === 0 ? [] : [`REST ${start}`]));
      await this.stored(this.client.uploadFrom(body, name)).catch(async (error: unknown) => {
        if (start === 0 || !(error instanceof Refused) || body.readableDidRead) {
          throw error;
        }
        openFor(); // some servers append where they do not restart
        await this.stored(this.client.appendFrom(body, name));
      });
    } finally {
      this.client.prepareTransfer = open;
    }
  }

  /** A server that can't store what comes breaks the data connection, and says why on the other one. */
  private async stored(reply: Promise<unknown>): Promise<void> {
    const { ftp } = this.client;
    try {
      await reply;
    } catch (error) {
      if (error instanceof FTPError || error instanceof Refused || ftp.closed) {
        throw uploadFailure(error);
      }
      const why: Promise<unknown> = ftp.handle(undefined, (said, task) => {
        task.resolve(said);
      });
      const reply = await Promise.race([why, sleep(explanationMs, undefined, { ref: false })]);
      throw uploadFailure(reply instanceof FTPError ? reply : error);
    }
  }

  async stat(name: string): Promise<FileFacts | undefined> {
    const size = this.sizesAreKnown ? await this.size(name) : await this.listedSize(name);
    if (size === undefined) {
      return undefined;
    }
    const modified = await this.modified(name);
    return modified === undefined ? { size } : { size, modified: modified.toISOString() };
  }

  private async size(name: string): Promise<number | undefined> {
    try {
      return await this.client.size(name);
    } catch (error) {
      if (isUnknownCommand(error)) {
        this.sizesAreKnown = false;
        return await this.listedSize(name);
      }
      orMissing(error);
      return undefined;
    }
  }

  /** SIZE came to FTP late. */
  private async listedSize(name: string): Promise<number | undefined> {
    const files = await answered(this.client.list());
    return files.find((file) => file.name === name && file.isFile)?.size;
  }

  private async modified(name: string): Promise<Date | undefined> {
    try {
      const time = await this.client.lastMod(name);
      return Number.isNaN(time.getTime()) ? undefined : time;
    } catch (error) {
      // Not every server knows MDTM, and not every one that does answers as it should.
      if (error instanceof FTPError || !this.client.closed) {
        return undefined;
      }
      throw ftpFailure(error);
    }
  }

  async hash(name: string, size: number): Promise<string | undefined> {
    try {
      if (this.features.has("XSHA256")) {
        return sha256In(await this.patient(`XSHA256 ${name}`, size));
      }
      if (/\bSHA-256\b/i.test(this.features.get("HASH") ?? "")) {
        await this.client.send("OPTS HASH SHA-256");
        return sha256In(await this.patient(`HASH ${name}`, size));
      }
      return undefined;
    } catch (error) {
      if (error instanceof FTPError && error.code >= 500) {
        return undefined; // announced, and not done: switched off, or the file is too large for it
      }
      throw ftpFailure(error);
    }
  }

  private async patient(command: string, size: number): Promise<string> {
    const { ftp } = this.client;
    const reply = ftp.request(command);
    ftp.socket.setTimeout(ftp.timeout + (size / slowestHash) * 1000);
    return (await reply).message;
  }

  async download(name: string, into: Writable): Promise<void> {
    await answered(this.client.downloadTo(into, name));
  }

  async rename(from: string, to: string): Promise<void> {
    await answered(this.client.rename(from, to));
  }

  async remove(name: string): Promise<void> {
    await this.client.remove(name).catch(orMissing);
  }

  /** Some servers show hidden files by `LIST -a` alone, others take the `-a` for a name. */
  async list(): Promise<string[]> {
    const known = this.client.availableListCommands;
    const files = await answered(this.client.list());
    this.client.availableListCommands = ["LIST -a"];
    const hidden = await answered(this.client.list()).catch((error: unknown) => {
      if (error instanceof Refused) {
        return [];
      }
      throw error;
    });
    this.client.availableListCommands = known;
    return [...new Set([...files, ...hidden].filter(({ isFile }) => isFile).map(({ name }) => name))];
  }

  close(): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }
}

/** What the library does about a data connection's end would close the other one, before the server has said why. */
function leaveErrors(data: Socket | undefined): void {
  data
    ?.removeAllListeners("error")
    .removeAllListeners("close")
    .on("error", () => undefined);
}

function uploadFailure(error: unknown): Error {
  const failure = ftpFailure(error);
  const { code } = error as { readonly code?: unknown };
  if (!(failure instanceof Refused) || typeof code !== "number") {
    return failure;
  }
  switch (code) {
    case 451:
      return new Refused(`${failure.message} Ask the partner whether there is room left.`);
    case 550:
    case 553:
      return mayNotWrite(failure.message);
    default:
      return failure;
  }
}

function parsed(parse: Client["parseList"], line: string): FileInfo[] {
  try {
    return parse(line);
  } catch {
    return [];
  }
}

/** The hash in `250 9F86D0…` or `213 SHA-256 0-1234 9f86d0… NAME`. */
export function sha256In(reply: string): string | undefined {
  return /\b[0-9a-f]{64}\b/i.exec(reply)?.[0].toLowerCase();
}

async function answered<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw ftpFailure(error);
  }
}

/** FTP has one reply, 550, for a file that is not there and for one that may not be touched. */
function orMissing(error: unknown): void {
  if (error instanceof FTPError && error.code === 550) {
    return;
  }
  throw error instanceof Error && /^Can't parse/.test(error.message)
    ? new Refused(`it does not answer as FTP servers do: ${error.message}`)
    : ftpFailure(error);
}
