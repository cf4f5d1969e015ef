/** The partners of the lab: three inboxes on real servers, each in the network of a host of its own. */
import { randomBytes } from "node:crypto";
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import path from "node:path";
import { execa } from "execa";
import { type Daemon, isAlive, start, stop } from "./daemon";
import { makeKey } from "./keys";
import { folderOf, inLab, type LabHost, partners } from "./layout";
import {
  accountFiles,
  authority,
  authorityArgv,
  certificateArgv,
  hostKey,
  inboxOf,
  loginKey,
  owner,
  partnerUser,
  type PartnerName,
  passwordFile,
  sshdConfiguration,
  verifyArgv,
  vsftpdConfiguration,
  inOwnMountsArgv,
} from "./partner-files";

/** How a partner's server is. */
export interface PartnerStatus {
  readonly name: PartnerName;
  /** The inbox's URL. */
  readonly url: string;
  /** Whether its server runs and greets. */
  readonly up: boolean;
}

interface Server {
  readonly protocol: "ftp" | "ftps" | "sftp";
  readonly port: number;
  /** How its first line begins. */
  readonly greeting: string;
  readonly program: readonly string[];
  /** Makes what it needs and is missing: keys, certificates, its settings. */
  readonly prepare: (host: LabHost) => Promise<void>;
}

const configuration = (name: string): string => path.join(folderOf(name), "server.conf");

const vsftpd = (name: PartnerName, tls: boolean): Server => ({
  protocol: tls ? "ftps" : "ftp",
  port: 21,
  greeting: "220",
  program: ["vsftpd", configuration(name)],
  prepare: async (host) => {
    if (tls) await makeCertificate(host);
    writeFileSync(configuration(name), vsftpdConfiguration(host, tls));
  },
});

const servers: Record<PartnerName, Server> = {
  usgs: vsftpd("usgs", false),
  noaa: vsftpd("noaa", true),
  fema: {
    protocol: "sftp",
    port: 22,
    greeting: "SSH-2.0",
    // sshd starts itself again for each connection, and needs its full path for that.
    program: ["/usr/sbin/sshd", "-D", "-e", "-f", configuration("fema")],
    prepare: async (host) => {
      await makeKeys(host);
      writeFileSync(configuration("fema"), sshdConfiguration(host));
    },
  },
};

const names = Object.keys(partners) as PartnerName[];

/** A partner's inbox, as settings name it. */
export const inboxUrl = (name: PartnerName): string =>
  `${servers[name].protocol}://${partnerUser}@${partners[name].address}/inbox`;

/**
 * Starts the partners' servers, and mends what is missing. Their hosts must have their networks.
 * @throws when a server does not serve; the message has the end of its log
 */
export async function upPartners(): Promise<void> {
  await makeAuthority();
  await Promise.all(names.map(upPartner));
}

/** Stops the partners' servers. Their files stay. */
export async function downPartners(): Promise<void> {
  await Promise.all(names.map((name) => stop(daemonOf(name), 2)));
}

/** How the partners' servers are. */
export async function partnersStatus(): Promise<PartnerStatus[]> {
  return Promise.all(
    names.map(async (name) => ({
      name,
      url: inboxUrl(name),
      up: isAlive(daemonOf(name)) && (await greets(name).catch(() => false)),
    })),
  );
}

async function upPartner(name: PartnerName): Promise<void> {
  mkdirSync(path.join(folderOf(name), "empty"), { recursive: true, mode: 0o755 });
  mkdirSync(inboxOf(name), { recursive: true, mode: 0o755 });
  chownSync(inboxOf(name), owner.uid, owner.gid);
  await makeAccounts(name);
  await servers[name].prepare(partners[name]);
  await start(daemonOf(name));
}

const daemonOf = (name: PartnerName): Daemon => ({
  name,
  folder: folderOf(name),
  host: name,
  privateMounts: true,
  command: inOwnMountsArgv(name, servers[name].program),
  ready: () => greets(name),
});

/** Whether the server says its first line. */
function greets(name: PartnerName): Promise<boolean> {
  const { port, greeting } = servers[name];
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: partners[name].address, port, timeout: 2000 });
    socket.once("data", (line) => {
      socket.destroy();
      resolve(line.toString("latin1").startsWith(greeting));
    });
    socket.once("timeout", () => socket.destroy(new Error("no greeting")));
    socket.once("end", () => socket.destroy(new Error("no greeting")));
    socket.once("error", reject);
  });
}

/** The password stays as it is once it is there; the files are written in place, as a server may have them mounted. */
async function makeAccounts(name: PartnerName): Promise<void> {
  if (!existsSync(passwordFile(name))) {
    mkdirSync(path.dirname(passwordFile(name)), { recursive: true, mode: 0o700 });
    const part = `${passwordFile(name)}.part`;
    writeFileSync(part, randomBytes(18).toString("base64url"), { mode: 0o600 });
    renameSync(part, passwordFile(name));
  }
  const input = readFileSync(passwordFile(name), "utf8");
  const { stdout: hash } = await execa("openssl", ["passwd", "-6", "-stdin"], { input });
  for (const [file, text] of Object.entries(accountFiles(hash))) {
    const place = path.join(folderOf(name), "etc", file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text, { mode: file === "shadow" ? 0o600 : 0o644 });
  }
}

async function makeAuthority(): Promise<void> {
  if (existsSync(authority.certificate)) return;
  mkdirSync(inLab("partners"), { recursive: true });
  await run(authorityArgv());
}

/** One that another authority signed, or that was cut short, is made anew. */
async function makeCertificate(host: LabHost): Promise<void> {
  const [program = "", ...args] = verifyArgv(host);
  const { exitCode } = await execa(program, args, { reject: false });
  if (exitCode !== 0) await run(certificateArgv(host));
}

async function makeKeys({ name }: LabHost): Promise<void> {
  await makeKey(hostKey(name), name);
  await makeKey(loginKey, "partners");
  copyFileSync(`${loginKey}.pub`, path.join(folderOf(name), "authorized"));
}

async function run([program = "", ...args]: readonly string[]): Promise<void> {
  await execa(program, args);
}
