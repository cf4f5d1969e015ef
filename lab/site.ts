/** The sites of the lab: field offices with nothing but sshd, rsync, docker and openssl, and without any way out. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { execa } from "execa";
import { type Daemon, type DaemonFiles, isAlive, start, stop } from "./daemon";
import { isServing, siteEngine, socketOf, startDocker, stopDocker } from "./docker";
import { deployKey, makeKey, trustedKeys } from "./keys";
import { folderOf, type LabHost, sites } from "./layout";
import { hostState } from "./network";

/** A site's own key; the public half beside it is what a client pins. */
export const hostKey = (name: string): string => path.join(folderOf(name), "ssh_host_ed25519_key");

/** The folder of a site in which the product keeps its things. */
export const siteHome = (name: string): string => path.join(folderOf(name), "srv");

const inFolder = (name: string, file: string): string => path.join(folderOf(name), file);

/** The settings of a site's sshd. */
export const sshdSettings = (site: LabHost): string =>
  [
    `ListenAddress ${site.address}:22`,
    `HostKey ${hostKey(site.name)}`,
    "PidFile none",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "UseDNS no",
    "PrintMotd no",
    "PrintLastLog no",
    // An office's server is no way into the office.
    "AllowTcpForwarding no",
    "AllowStreamLocalForwarding no",
    "AllowAgentForwarding no",
    "X11Forwarding no",
    "PermitTunnel no",
    // A client that goes off the line leaves no session behind.
    "ClientAliveInterval 15",
    // A single line: sshd heeds only the first.
    `SetEnv DOCKER_HOST=unix://${socketOf(siteEngine(site))} PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`,
    "Subsystem sftp internal-sftp",
    "Match User root",
    `  AuthorizedKeysFile ${inFolder(site.name, "authorized_keys")}`,
    // What others may do is said by the line that lets them in: here nothing else holds them back.
    "Match User *,!root",
    "  AllowTcpForwarding yes",
    "  AllowStreamLocalForwarding yes",
    "  AllowAgentForwarding yes",
    "  X11Forwarding yes",
    "",
  ].join("\n");

/** A site's own `/etc`: accounts that are made there are not this machine's. */
export const siteEtc = (name: string): string => inFolder(name, "etc");

/** Makes a site's own `/etc`, unless it is there: this machine's, but for its secrets and its accounts. */
async function makeEtc(name: string): Promise<void> {
  const etc = siteEtc(name);
  if (existsSync(etc)) return;
  const part = `${etc}.part`;
  rmSync(part, { recursive: true, force: true });
  await execa("cp", ["-a", "/etc", part]);
  for (const secret of [
    "shadow",
    "shadow-",
    "gshadow",
    "gshadow-",
    "passwd-",
    "group-",
    "ssl/private",
    "docker",
  ]) {
    rmSync(path.join(part, secret), { recursive: true, force: true });
  }
  for (const key of globSync("ssh/ssh_host_*", { cwd: part })) rmSync(path.join(part, key));
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .filter((line) => /^(root|sshd|nobody):/.test(line))
    .map((line) => line.replace(/^(root(?::[^:]*){4}:)[^:]*/, `$1${rootHome}`));
  writeFileSync(path.join(part, "passwd"), `${accounts.join("\n")}\n`);
  // Without PAM sshd lets nobody in whose password is locked by "!", which is how Debian installs root behind sudo.
  const passwords = accounts.map((line) => `${line.split(":")[0] ?? ""}:*:19000:0:99999:7:::\n`);
  writeFileSync(path.join(part, "shadow"), passwords.join(""), { mode: 0o600 });
  renameSync(part, etc);
}

/** Root's home on a site, empty at each start: what the shell of this machine's root does at its start is no site's affair. */
const rootHome = "/run/root";

const filesOf = ({ name }: LabHost): DaemonFiles => ({ name: "sshd", folder: folderOf(name) });

/** What sshd and those who log in see in the place of this machine's own: accounts, sockets, logs. */
const ownMounts =
  'mount --bind "$0" /etc && for own in /run /var/log; do mount -t tmpfs -o mode=755 tmpfs "$own" || exit; done && ' +
  `mkdir /run/sshd && mkdir -m 700 ${rootHome} && exec "$@"`;

/**
 * A site's sshd.
 * @param settings - what its settings file says
 */
export const sshdDaemon = (site: LabHost, settings: string): Daemon => ({
  ...filesOf(site),
  settings,
  host: site.name,
  // It insists on a folder in /run, so it is given a /run of its own: this machine's engine is out of sight, too.
  privateMounts: true,
  command: [
    "sh",
    ...["-c", ownMounts, siteEtc(site.name)],
    // It starts itself again for each connection, and needs its full path for that.
    ...["/usr/sbin/sshd", "-D", "-e"],
  ],
  ready: () => greets(site.address),
});

/** Whether an SSH server answers. */
function greets(address: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ host: address, port: 22 });
    const end = (good: boolean): void => {
      socket.destroy();
      answer(good);
    };
    socket.setTimeout(2000, () => {
      end(false);
    });
    socket.once("data", (line) => {
      end(line.toString("latin1").startsWith("SSH-2.0-"));
    });
    socket.once("error", () => {
      end(false);
    });
  });
}

/** Stops a site's engine and sshd, and removes all that it had. Its network stays. */
export async function removeSite(site: LabHost): Promise<void> {
  await Promise.all([stop(filesOf(site)), stopDocker(siteEngine(site), 3)]);
  rmSync(folderOf(site.name), { recursive: true, force: true });
}

/**
 * Starts a site's engine and sshd, or mends them. Its host must have its network, and {@link deployKey} must be there.
 * @returns whether anything had to be started
 */
export async function upSite(site: LabHost): Promise<boolean> {
  mkdirSync(siteHome(site.name), { recursive: true, mode: 0o755 });
  cpSync(trustedKeys, path.join(siteHome(site.name), ".trusted"), { recursive: true });
  const [docker, sshd] = await Promise.all([startDocker(siteEngine(site)), startSshd(site)]);
  return docker || sshd;
}

async function startSshd(site: LabHost): Promise<boolean> {
  await makeKey(hostKey(site.name), site.name);
  copyFileSync(`${deployKey}.pub`, inFolder(site.name, "authorized_keys"));
  await makeEtc(site.name);
  const settings = sshdSettings(site);
  writeFileSync(path.join(siteEtc(site.name), "ssh", "sshd_config"), settings);
  return await start(sshdDaemon(site, settings));
}

/** How a site is. */
export interface SiteStatus {
  readonly name: string;
  readonly address: string;
  /** `down` when it is off the line. */
  readonly link: "up" | "down" | "missing";
  readonly docker: boolean;
  readonly sshd: boolean;
}

/** How the sites are. */
export const sitesStatus = (): Promise<SiteStatus[]> =>
  Promise.all(
    sites.map(async (site) => ({
      name: site.name,
      address: site.address,
      link: await hostState(site),
      docker: existsSync(folderOf(site.name)) && (await isServing(siteEngine(site))),
      sshd: isAlive(filesOf(site)),
    })),
  );
