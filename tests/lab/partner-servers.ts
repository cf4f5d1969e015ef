/** The FTP and SFTP servers of Debian, each with the same account and folders, for tests that try a partner's inbox. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { type Daemon, isAlive, pidFile, start, stop } from "../../lab/daemon";
import { partners } from "../../lab/layout";
import { ftpServers } from "../../lab/toolchain/ftp-servers";
import {
  authority,
  certificate,
  certificateKey,
  hostKey,
  inOwnMountsArgv,
  owner,
  partnerUser,
  passwordFile,
  sshdConfiguration,
  vsftpdConfiguration,
} from "../../lab/partner-files";
import { inInbox, type Partner } from "../../probe/inbox";

/** The host that all of them run on; noaa has a certificate. */
const host = partners.noaa;

/** The account's folders: one that is free, one on a disk of 1 MiB, and one that is not its own. */
export const folders = ["free", "full", "foreign"] as const;

/** A server, and how a partner reaches it. */
export interface Server {
  readonly name: string;
  readonly port: number;
  readonly protocol: "ftp" | "ftps" | "sftp";
  /** What the account sees before its folders. */
  readonly root: string;
  /** Whether it tells a file's hash. */
  readonly hashes: boolean;
  /** Whether it begins files anew after a cut: it continues none, or keeps them locked for the session that was cut. */
  readonly begins?: boolean;
  command(folder: string): Promise<string[]>;
}

const proftpd =
  (lines: (port: number) => string[], port: number) =>
  async (folder: string): Promise<string[]> => {
    const { proftpd: program, modules } = await ftpServers();
    const file = path.join(folder, "proftpd.conf");
    const settings = [
      "ServerType standalone",
      `DefaultAddress ${host.address}`,
      `Port ${port}`,
      `ModulePath ${modules}`,
      "LoadModule mod_digest.c",
      "AuthOrder mod_auth_unix.c",
      "RequireValidShell off",
      "UseReverseDNS off",
      "WtmpLog off",
      "User nobody",
      "Group nogroup",
      "PidFile /run/proftpd.pid",
      "ScoreboardFile /run/proftpd.scoreboard",
      "DelayEngine off",
      "DefaultRoot /run/files",
      "AllowOverwrite on",
      "PassivePorts 40200 40299",
      `SystemLog ${path.join(folder, "system.log")}`,
      ...lines(port),
    ];
    writeFileSync(file, settings.map((line) => `${line}\n`).join(""));
    return [program, "-n", "-c", file];
  };

const restarts = "AllowStoreRestart on";

const pureFtpd =
  (port: number, ...args: string[]) =>
  async (): Promise<string[]> => [
    (await ftpServers()).pureFtpd,
    ...["-S", `${host.address},${port}`, "-l", "unix", "-p", "40300:40399"],
    ...["-4", "-E", "-H", "-A", "-u", "1", "-g", "/run/pure-ftpd.pid", "-c", "50", ...args],
  ];

/** A pair of certificate and key in one file, as Pure-FTPd has it. */
const pair = (folder: string): string => path.join(folder, "pair.pem");

const vsftpd =
  (port: number, tls: boolean, more = "") =>
  (folder: string): Promise<string[]> => {
    const file = path.join(folder, `vsftpd-${port}.conf`);
    writeFileSync(file, `${vsftpdConfiguration(host, tls)}listen_port=${port}\n${more}`);
    return Promise.resolve(["vsftpd", file]);
  };

/** Every server that Debian has, in each way that it speaks. */
export const servers: readonly Server[] = [
  {
    name: "vsftpd",
    port: 2121,
    protocol: "ftp",
    root: "",
    hashes: false,
    begins: true,
    command: vsftpd(2121, false),
  },
  {
    ...{ name: "vsftpd without EPSV, behind NAT", port: 2122, protocol: "ftp", root: "", hashes: false },
    command: vsftpd(2122, false, "cmds_denied=EPSV\npasv_address=192.168.200.200\nlock_upload_files=NO\n"),
  },
  {
    name: "vsftpd, TLS",
    port: 2123,
    protocol: "ftps",
    root: "",
    hashes: false,
    begins: true,
    command: vsftpd(2123, true),
  },
  {
    ...{ name: "vsftpd, implicit TLS", port: 990, protocol: "ftps", root: "", hashes: false },
    command: vsftpd(990, true, "implicit_ssl=YES\nlock_upload_files=NO\n"),
  },
  {
    ...{ name: "proftpd", port: 2131, protocol: "ftp", root: "", hashes: true },
    command: proftpd(() => [restarts], 2131),
  },
  {
    ...{ name: "proftpd, as it comes", port: 2132, protocol: "ftp", root: "", hashes: false, begins: true },
    command: proftpd(() => ["DigestEngine off"], 2132),
  },
  {
    ...{ name: "proftpd, TLS", port: 2133, protocol: "ftps", root: "", hashes: true },
    command: proftpd(
      () => [
        restarts,
        "LoadModule mod_tls.c",
        "TLSEngine on",
        "TLSRequired on",
        `TLSRSACertificateFile ${certificate("noaa")}`,
        `TLSRSACertificateKeyFile ${certificateKey("noaa")}`,
      ],
      2133,
    ),
  },
  {
    ...{ name: "proftpd, SFTP", port: 2134, protocol: "sftp", root: "", hashes: true },
    command: proftpd(
      () => [
        restarts,
        "LoadModule mod_sftp.c",
        "SFTPEngine on",
        `SFTPHostKey ${hostKey("fema")}`,
        "SFTPAuthMethods password",
        "SFTPOptions InsecureHostKeyPerms",
      ],
      2134,
    ),
  },
  {
    ...{ name: "pure-ftpd", port: 2141, protocol: "ftp", root: "/run/files", hashes: false },
    command: pureFtpd(2141),
  },
  {
    ...{ name: "pure-ftpd, TLS", port: 2142, protocol: "ftps", root: "/run/files", hashes: false },
    command: async (folder) => pureFtpd(2142, "-Y", "3", "-2", pair(folder))(),
  },
  {
    ...{ name: "openssh", port: 2151, protocol: "sftp", root: "", hashes: false },
    command: (folder) => {
      const file = path.join(folder, "sshd.conf");
      const settings = sshdConfiguration({ ...host, name: "fema" });
      writeFileSync(file, settings.replace(`${host.address}:22`, `${host.address}:2151`));
      return Promise.resolve(["/usr/sbin/sshd", "-D", "-e", "-f", file]);
    },
  },
];

/** How a partner reaches a folder of a server. */
export function partnerOf({ name, protocol, port, root }: Server, folder: (typeof folders)[number]): Partner {
  return {
    name: name.replaceAll(/[ ,]+/g, "-"),
    url: `${protocol}://${partnerUser}@${host.address}:${port}${root}/${folder}`,
    password: { file: passwordFile("noaa") },
    ...(protocol === "ftps" && { caFile: authority.certificate }),
    ...(protocol === "sftp" && { hostKey: { file: `${hostKey("fema")}.pub` } }),
    retryDelaySeconds: 0.1,
    stallTimeoutSeconds: 5,
  };
}

/** Makes what the account's folders are, in the server's own mounts, then becomes the server. */
const folderScript = [
  "set -e",
  "cd /run/files",
  // Pure-FTPd lets in those alone whose shell is one.
  "echo /usr/sbin/nologin >/run/shells",
  "mount --bind /run/shells /etc/shells",
  "mkdir full foreign",
  `mount -t tmpfs -o size=1m,mode=755,uid=${owner.uid},gid=${owner.gid} tmpfs full`,
  'mkdir free && mount --bind "$0" free',
  'exec "$@"',
].join("\n");

/**
 * Starts a server.
 *
 * @param folder for its files
 * @returns where its folders are seen from outside, and how it is ended
 */
export async function startServer(
  server: Server,
  folder: string,
): Promise<{ readonly see: string; readonly end: () => Promise<void> }> {
  const free = path.join(folder, "free");
  mkdirSync(free, { recursive: true });
  await execa("chown", [`${owner.uid}:${owner.gid}`, free]);
  const { stdout: both } = await execa("cat", [certificateKey("noaa"), certificate("noaa")]);
  writeFileSync(pair(folder), `${both}\n`);
  chmodSync(pair(folder), 0o600);
  const command = ["sh", "-c", folderScript, free, ...(await server.command(folder))];
  const daemon: Daemon = {
    name: "server",
    folder,
    host: host.name,
    privateMounts: true,
    command: inOwnMountsArgv("noaa", command),
    ready: () => inInbox({ ...partnerOf(server, "free"), tries: 1 }, () => Promise.resolve(true)),
  };
  await start(daemon);
  if (!isAlive(daemon)) throw new Error(`${server.name} is gone`);
  const pid = readFileSync(pidFile(daemon), "utf8").split(" ")[0] ?? "";
  return { see: `/proc/${pid}/root/run/files`, end: () => stop(daemon, 1) };
}
