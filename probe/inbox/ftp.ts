/** Inboxes by FTP, plain or over TLS. */
import net from "node:net";
import type { Readable, Writable } from "node:stream";
import tls from "node:tls";
import { Client, FTPError } from "basic-ftp";
import { Refused } from "../../core/errors";
import { type Address, implicitTlsPort } from "./address";
import { dial, within } from "./dial";
import { ftpFailure } from "./failure";
import type { Access, FileFacts, Inbox } from "./inbox";

/**
 * Logs in and goes to the folder. The password is sent only after the server's certificate was found good.
 *
 * @throws Unreachable, Refused
 */
export async function connectFtp(address: Address, access: Access): Promise<Inbox> {
  const client = new Client(access.stallTimeoutSeconds * 1000);
  try {
    const socket = await dial(address.host, address.port, access.dialTimeoutSeconds);
    await within(access.stallTimeoutSeconds, logIn(client, socket, address, access), () => {
      client.close();
      socket.destroy();
    });
    await enter(client, address.folder);
    return new FtpInbox(client);
  } catch (error) {
    client.close();
    throw ftpFailure(error);
  }
}

async function logIn(client: Client, socket: net.Socket, address: Address, access: Access): Promise<void> {
  const options = tlsOptions(address, access);
  const implicit = address.protocol === "ftps" && address.port === implicitTlsPort;
  client.ftp.socket = implicit ? await startTls(socket, options) : socket;
  await greeting(client);
  if (address.protocol === "ftps") {
    if (!implicit) {
      await client.useTLS(options);
    }
    client.ftp.tlsOptions = pinned(client.ftp.socket as tls.TLSSocket, options, access.certificateSha256);
  }
  await client.login(address.user, access.password);
  await client.useDefaultSettings();
}

/** A server may say 120, "ready in a few minutes", first. */
async function greeting(client: Client): Promise<void> {
  await client.ftp.handle(undefined, (reply, task) => {
    if (reply instanceof Error) {
      task.reject(reply);
    } else if (reply.code >= 200) {
      task.resolve(reply);
    }
  });
}

/** Without a CA of the partner's and with a pin, the pin alone decides. */
function tlsOptions({ host }: Address, { ca, certificateSha256 }: Access): tls.ConnectionOptions {
  return {
    host,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: ca !== undefined || certificateSha256 === undefined,
  };
}

function startTls(socket: net.Socket, options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = tls.connect({ ...options, socket }, () => {
      secure.removeAllListeners("error");
      resolve(secure);
    });
    secure.once("error", reject);
  });
}

/**
 * Checks the pin, and gives the options for data connections: they must show the same certificate.
 *
 * @throws Refused
 */
function pinned(socket: tls.TLSSocket, options: tls.ConnectionOptions, pin?: string): tls.ConnectionOptions {
  if (pin === undefined) {
    return options;
  }
  const certificate = socket.getPeerX509Certificate();
  const found = certificate?.fingerprint256.replaceAll(":", "").toLowerCase();
  if (certificate === undefined || found !== pin) {
    throw new Refused(
      `its certificate has the SHA-256 ${found ?? "none"}, not the pinned ${pin}. ` +
        `If the partner has changed it, ask them for the new one and pin that in certificateSha256.`,
    );
  }
  if (new Date(certificate.validTo) < new Date()) {
    throw new Refused(`its certificate has expired: it was valid to ${certificate.validTo}.`);
  }
  return options.rejectUnauthorized === false
    ? {
        ...options,
        rejectUnauthorized: true,
        ca: certificate.toString(),
        allowPartialTrustChain: true,
        checkServerIdentity: () => undefined,
      }
    : options;
}

async function enter(client: Client, folder: string): Promise<void> {
  try {
    await client.cd(folder);
  } catch (error) {
    throw error instanceof FTPError && error.code === 550
      ? new Refused(`there is no folder ${folder} (${error.message}). Make it there, or change the URL.`)
      : error;
  }
}

class FtpInbox implements Inbox {
  constructor(private readonly client: Client) {}

  async upload(body: Readable, name: string): Promise<void> {
    await answered(this.client.uploadFrom(body, name));
  }

  async stat(name: string): Promise<FileFacts | undefined> {
    const size = await orMissing(this.client.size(name));
    if (size === undefined) {
      return undefined;
    }
    const modified = await this.modified(name);
    return modified === undefined ? { size } : { size, modified: modified.toISOString() };
  }

  private async modified(name: string): Promise<Date | undefined> {
    try {
      return await this.client.lastMod(name);
    } catch (error) {
      if (error instanceof FTPError) {
        return undefined; // not every server knows MDTM
      }
      throw ftpFailure(error);
    }
  }

  async download(name: string, into: Writable): Promise<void> {
    await answered(this.client.downloadTo(into, name));
  }

  async rename(from: string, to: string): Promise<void> {
    await answered(this.client.rename(from, to));
  }

  async remove(name: string): Promise<void> {
    await orMissing(this.client.remove(name));
  }

  async list(): Promise<string[]> {
    const files = await answered(this.client.list());
    return files.filter(({ isFile }) => isFile).map(({ name }) => name);
  }

  close(): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }
}

async function answered<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw ftpFailure(error);
  }
}

/** FTP has one reply, 550, for a file that is not there and for one that may not be touched. */
async function orMissing<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof FTPError && error.code === 550) {
      return undefined;
    }
    throw ftpFailure(error);
  }
}
