/** Inboxes by SFTP. */
import type { Socket } from "node:net";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client as SshClient, ServerHostKeyAlgorithm, SFTPWrapper } from "ssh2";
import SftpClient from "ssh2-sftp-client";
import { messageOf, Refused } from "../../core/errors";
import type { Address } from "./address";
import { dial, within } from "./dial";
import { askHash } from "./check-file";
import { mayNotWrite, sftpFailure } from "./failure";
import { algorithmsFor, fingerprint, isPinned } from "./hostkey";
import { type Access, type FileFacts, type Inbox, NoFolder } from "./inbox";

/** How many unanswered keep-alives make a stalled connection. */
const keepalives = 3;

/** The library sets a mode on its own, past the server's umask, and that is to let everybody write. */
const fileMode = 0o644;

/** SFTP's answers to what may not be done, and to whatever has no number of its own. */
const [permissionDenied, generalFailure] = [3, 4];

/** What ssh2 emits: its level says at which step it happened, which ssh2-sftp-client does not pass on. */
type Emitted = Error & { readonly level?: string };

/**
 * Logs in, to a server whose host key is pinned, and finds the folder.
 *
 * @throws Unreachable, Refused
 */
export async function connectSftp(address: Address, access: Access): Promise<Inbox> {
  // Without these, the library prints to the console.
  const client = new SftpClient(address.host, { error: ignore, end: ignore, close: ignore });
  let emitted: Emitted | undefined;
  client.on("error", (error: Emitted) => (emitted = error));
  const failure = (error: unknown): Error => sftpFailure(error, emitted);
  let stranger: string | undefined;
  const sock = await dial(address.host, address.port, access.dialTimeoutSeconds);
  try {
    const connected = client.connect({
      sock,
      username: address.user,
      password: access.password,
      privateKey: access.privateKey,
      hostVerifier: (key: Buffer) => {
        stranger = isPinned(key, access.hostKeys) ? undefined : fingerprint(key);
        return stranger === undefined;
      },
      algorithms: { serverHostKey: algorithmsFor(access.hostKeys) as ServerHostKeyAlgorithm[] },
      readyTimeout: access.stallTimeoutSeconds * 1000,
      keepaliveInterval: (access.stallTimeoutSeconds * 1000) / (keepalives + 1),
      keepaliveCountMax: keepalives,
    });
    const wrapper = await within(access.stallTimeoutSeconds, connected, () => sock.destroy());
    await enter(client, address.folder, access.makesFolder);
    return new SftpInbox({ client, wrapper, sock, failure, folder: address.folder });
  } catch (error) {
    await end(client, sock);
    throw stranger === undefined
      ? failure(error)
      : new Refused(
          `its host key is ${stranger}, which is not pinned. ` +
            `If the partner has changed it, ask them for the new one and pin that in hostKey.`,
        );
  }
}

async function enter(client: SftpClient, folder: string, makesFolder: boolean): Promise<void> {
  if (makesFolder && (await client.exists(folder)) === false) {
    await client.mkdir(folder, true);
  }
  if ((await client.exists(folder)) !== "d") {
    throw new NoFolder(`there is no folder ${folder}. Make it there, or change the URL.`);
  }
}

/** An open connection. */
interface Connection {
  readonly client: SftpClient;
  /** What `client` works with, for what it has no method for. */
  readonly wrapper: SFTPWrapper;
  readonly sock: Socket;
  readonly folder: string;
  readonly failure: (error: unknown) => Error;
}

class SftpInbox implements Inbox {
  private readonly client: SftpClient;
  private mayHash = true;

  constructor(private readonly connection: Connection) {
    this.client = connection.client;
  }

  async upload(body: Readable, name: string, start = 0): Promise<void> {
    const { wrapper } = this.connection;
    const where = start === 0 ? { flags: "w" as const } : { flags: "r+" as const, start };
    // A file that it closes by itself loses the error of a write.
    const file = wrapper.createWriteStream(this.at(name), { mode: fileMode, autoClose: false, ...where });
    let handle: Buffer | undefined;
    try {
      handle = await new Promise<Buffer>((resolve, reject) => {
        file.once("open", resolve).once("error", reject);
      });
      await pipeline(body, file);
    } catch (error) {
      throw await this.uploadFailure(error);
    } finally {
      if (handle) {
        wrapper.close(handle, ignore);
      }
    }
  }

  /** SFTP has no word for a full disk: the server says "Failure". */
  private async uploadFailure(error: unknown): Promise<Error> {
    const failure = this.connection.failure(error);
    const { code } = error as { readonly code?: unknown };
    if (failure instanceof Refused && code === permissionDenied) {
      return mayNotWrite(failure.message);
    }
    return failure instanceof Refused && code === generalFailure && (await this.isFull())
      ? new Refused(`${failure.message}: its disk is full. Ask the partner for room.`)
      : failure;
  }

  private isFull(): Promise<boolean> {
    return new Promise((resolve) => {
      try {
        this.connection.wrapper.ext_openssh_statvfs(this.connection.folder, (error, found) => {
          resolve(error === undefined && (found as { f_bavail?: number }).f_bavail === 0);
        });
      } catch {
        resolve(false); // not a server that tells
      }
    });
  }

  async stat(name: string): Promise<FileFacts | undefined> {
    try {
      const { size, modifyTime } = await this.client.stat(this.at(name));
      return { size, modified: new Date(modifyTime).toISOString() };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return undefined;
      }
      throw this.connection.failure(error);
    }
  }

  async hash(name: string, size: number): Promise<string | undefined> {
    if (!this.mayHash) {
      return undefined;
    }
    const told = await this.answered(askHash(sshOf(this.client), this.at(name), size));
    this.mayHash = told !== undefined;
    return told;
  }

  async download(name: string, into: Writable): Promise<void> {
    // The library is done when it has read the last byte; the caller, when it was written.
    await this.answered(Promise.all([this.client.get(this.at(name), into), finished(into)]));
  }

  async rename(from: string, to: string): Promise<void> {
    try {
      // SFTP's own rename refuses when there is a file of that name; OpenSSH's replaces it in one step.
      await this.client.posixRename(this.at(from), this.at(to));
    } catch (error) {
      if (!messageOf(error).includes("does not support this extended request")) {
        throw this.connection.failure(error);
      }
      await this.answered(this.client.rename(this.at(from), this.at(to)));
    }
  }

  async remove(name: string): Promise<void> {
    await this.answered(this.client.delete(this.at(name), true));
  }

  async list(): Promise<string[]> {
    const files = await this.answered(this.client.list(this.connection.folder));
    return files.filter(({ type }) => type === "-").map(({ name }) => name);
  }

  close(): Promise<void> {
    return end(this.client, this.connection.sock);
  }

  private at(name: string): string {
    return path.posix.join(this.connection.folder, name);
  }

  private async answered<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (error) {
      throw this.connection.failure(error);
    }
  }
}

/** The connection below; the library's types leave it out. */
function sshOf(client: SftpClient): SshClient {
  return (client as unknown as { readonly client: SshClient }).client;
}

/** Says goodbye, but does not wait for an answer that a broken line won't bring. */
async function end(client: SftpClient, sock: Socket): Promise<void> {
  await Promise.race([client.end().catch(ignore), sleep(1000, undefined, { ref: false })]);
  sock.destroy();
}

function ignore(): void {
  // on purpose: see the callers
}
