/** Connects to FTP servers, plain or over TLS, and logs in. */
import net from "node:net";
import tls from "node:tls";
import { Client, FTPError } from "basic-ftp";
import { Refused } from "../../core/errors";
import { type Address, implicitTlsPort } from "./address";
import { dial, within } from "./dial";
import { ftpFailure } from "./failure";
import { FtpInbox } from "./ftp-inbox";
import { type Access, type Inbox, NoFolder } from "./inbox";
import { passiveMode } from "./passive";

/**
 * Logs in and goes to the folder. The password is sent only after the server's certificate was found good.
 *
 * @throws Unreachable, Refused
 */
export async function connectFtp(address: Address, access: Access): Promise<Inbox> {
  const client = new Client(access.stallTimeoutSeconds * 1000);
  try {
    await open(client, address, access, await tlsOptions(address, access));
    const features = await within(access.stallTimeoutSeconds, logIn(client, address, access), () => {
      client.close();
    });
    await enter(client, address.folder, access.makesFolder);
    client.prepareTransfer = passiveMode();
    return new FtpInbox(client, features);
  } catch (error) {
    client.close();
    throw ftpFailure(error);
  }
}

/** Connects, and starts TLS where the URL asks for it. */
async function open(
  client: Client,
  address: Address,
  access: Access,
  tlsOptions: tls.ConnectionOptions,
): Promise<void> {
  const socket = await dial(address.host, address.port, access.dialTimeoutSeconds);
  await within(access.stallTimeoutSeconds, greetAndSecure(client, socket, address, tlsOptions), () => {
    client.close();
    socket.destroy();
  });
}

async function greetAndSecure(
  client: Client,
  socket: net.Socket,
  { protocol, port }: Address,
  options: tls.ConnectionOptions,
): Promise<void> {
  const implicit = protocol === "ftps" && port === implicitTlsPort;
  client.ftp.socket = implicit ? await startTls(socket, options) : socket;
  await greeting(client);
  if (implicit) {
    client.ftp.tlsOptions = options;
  } else if (protocol === "ftps") {
    await client.useTLS(options);
  }
}

/** A server may say 120, "ready in a few minutes", first. What begins otherwise is another kind of server. */
async function greeting(client: Client): Promise<void> {
  const stranger = new Promise<never>((_, reject) => {
    client.ftp.socket.once("data", (said: string) => {
      if (!/^\d{3}[ -]/.test(said)) {
        const line = JSON.stringify(said.split(/\r?\n/, 1)[0]?.slice(0, 80));
        reject(
          new Refused(
            `what answers there is no FTP server: it says ${line}. Check host and port in the URL.`,
          ),
        );
      }
    });
  });
  const greeted = client.ftp.handle(undefined, (reply, task) => {
    if (reply instanceof Error) {
      task.reject(reply);
    } else if (reply.code >= 200) {
      task.resolve(reply);
    }
  });
  await Promise.race([stranger, greeted]);
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

/** Returns what the server says that it can do, by command. */
async function logIn(
  client: Client,
  { protocol, user }: Address,
  access: Access,
): Promise<ReadonlyMap<string, string>> {
  if (protocol === "ftps" && access.certificateSha256 !== undefined) {
    pinnedCertificate(client, access.certificateSha256);
  }
  await client.login(user, access.password);
  await client.useDefaultSettings();
  return client.features();
}

/** How control and data connections are secured. */
async function tlsOptions(address: Address, access: Access): Promise<tls.ConnectionOptions> {
  const { host } = address;
  const named = { host, ...(net.isIP(host) === 0 ? { servername: host } : {}) };
  if (address.protocol !== "ftps" || access.certificateSha256 === undefined || access.ca !== undefined) {
    return access.ca === undefined ? named : { ...named, ca: access.ca };
  }
  // With a pin alone, the pinned certificate is the authority: a first connection fetches it.
  const client = new Client(access.stallTimeoutSeconds * 1000);
  try {
    await open(client, address, access, { ...named, rejectUnauthorized: false });
    const certificate = pinnedCertificate(client, access.certificateSha256);
    return { ...named, ca: certificate, allowPartialTrustChain: true, checkServerIdentity: () => undefined };
  } finally {
    client.close();
  }
}

/**
 * The server's certificate, in PEM, if it is the pinned one.
 *
 * @throws Refused
 */
function pinnedCertificate(client: Client, pin: string): string {
  const certificate = (client.ftp.socket as tls.TLSSocket).getPeerX509Certificate();
  const found = certificate?.fingerprint256.replaceAll(":", "").toLowerCase();
  if (certificate === undefined || found !== pin) {
    throw new Refused(
      `its certificate has the SHA-256 ${found ?? "none"}, not the pinned ${pin}. ` +
        `If the partner has changed it, ask them for the new one and pin that in certificateSha256.`,
    );
  }
  return certificate.toString();
}

async function enter(client: Client, folder: string, makesFolder: boolean): Promise<void> {
  try {
    // What can't be made is told by the attempt to enter it.
    await (makesFolder ? client.ensureDir(folder) : client.cd(folder));
  } catch (error) {
    throw error instanceof FTPError && error.code === 550
      ? new NoFolder(`there is no folder ${folder} (${error.message}). Make it there, or change the URL.`)
      : error;
  }
}
