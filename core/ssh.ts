/** How a site is reached by OpenSSH: argv arrays, and the line that pins its host key. Pure. */
import type { SiteSettings } from "./config";

/** What is needed to log in. */
export type SshSettings = Pick<
  SiteSettings,
  "host" | "sshPort" | "user" | "privateKeyFile" | "dialTimeoutSeconds"
>;

/**
 * The argv of `ssh`, without the host and the command.
 *
 * @param knownHostsFile a file that holds {@link knownHostsLine}: no other key is taken
 */
export function sshArgv(settings: SshSettings, knownHostsFile: string): string[] {
  const options = {
    BatchMode: "yes",
    ConnectTimeout: String(settings.dialTimeoutSeconds),
    // A line that hangs is given up after 15 seconds.
    ServerAliveInterval: "5",
    ServerAliveCountMax: "3",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: knownHostsFile,
    GlobalKnownHostsFile: "/dev/null",
  };
  return [
    "ssh",
    "-p",
    String(settings.sshPort),
    ...Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`]),
    ...(settings.privateKeyFile === undefined
      ? []
      : ["-i", settings.privateKeyFile, "-o", "IdentitiesOnly=yes"]),
  ];
}

/** Who logs in where: `user@host`. */
export function login({ user, host }: Pick<SshSettings, "user" | "host">): string {
  return `${user}@${host}`;
}

/** The line of a known_hosts file (sshd(8)) that pins a host's key. */
export function knownHostsLine(
  { host, sshPort }: Pick<SshSettings, "host" | "sshPort">,
  publicKey: string,
): string {
  const [type = "", key = ""] = publicKey.trim().split(/\s+/);
  return `${sshPort === 22 ? host : `[${host}]:${String(sshPort)}`} ${type} ${key}\n`;
}

/** Whether what ssh or rsync said means that nobody answered, and not that somebody said no. */
export function isUnreachable(said: string): boolean {
  return (
    /No route to host|Network is unreachable|Connection refused|timed out|Connection reset|Connection closed|Could not resolve|not responding/i.test(
      said,
    ) && !/Permission denied|Host key verification failed/i.test(said)
  );
}
