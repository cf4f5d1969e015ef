/** How a site is reached by OpenSSH: argv arrays, and the line that pins its host key. Pure. */
import type { SiteSettings } from "./config";

/** What is needed to log in. */
export type SshSettings = Pick<
  SiteSettings,
  "host" | "sshPort" | "user" | "privateKeyFile" | "dialTimeoutSeconds" | "stallTimeoutSeconds"
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
    ...aliveOptions(settings.stallTimeoutSeconds),
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

/** How ssh finds out that a line hangs: it asks in silence, and gives up when the limit has passed without an answer. */
function aliveOptions(stallTimeoutSeconds: number): Record<string, string> {
  // It gives up when one more than the maximum is due: after interval × (maximum + 1).
  const ServerAliveInterval = Math.max(1, Math.ceil(stallTimeoutSeconds / 3));
  const ServerAliveCountMax = Math.max(1, Math.round(stallTimeoutSeconds / ServerAliveInterval) - 1);
  return {
    ServerAliveInterval: String(ServerAliveInterval),
    ServerAliveCountMax: String(ServerAliveCountMax),
  };
}

/**
 * The argv that opens one connection for several sessions to go over, and holds it. It ends with the process that started it,
 * however that ends: what it is given on stdin is never written to, and closed by then.
 *
 * @param command what logs in, as a command line: {@link sshArgv}, quoted for a shell
 * @param to who logs in where: {@link login}
 * @param socket where the sessions find it; it is there once somebody is logged in
 */
export function masterArgv(command: string, to: string, socket: string): string[] {
  const script = [
    "exec 3<&0 </dev/null",
    // ssh takes the shell's place and its number.
    "{ read -r _ <&3; kill -9 $$; } >/dev/null 2>&1 &",
    `exec ${command} "$@" 3<&-`,
  ].join("\n");
  const options = ["-M", "-S", socket, "-o", "ControlPersist=no", "-N"];
  return ["sh", "-c", script, "hms", ...options, to];
}

/** The argv of `ssh`, without the host and the command, for a session over such a connection. It never opens one of its own. */
export function sharedArgv(socket: string): string[] {
  return ["ssh", "-S", socket, "-o", "ControlMaster=no", "-o", "ProxyCommand=false"];
}

/** What a site says on stderr once somebody is logged in, before it does what it is asked. */
export const greeting = "hms ready";

/** Whether the site has said so. */
export function isGreeting(said: string): boolean {
  return said.split("\n").includes(greeting);
}

/** Seconds within which a site greets, or is given up: ssh has a limit for each step of a log-in, but none for all of them. */
export function greetingLimit({
  dialTimeoutSeconds,
  stallTimeoutSeconds,
}: Pick<SshSettings, "dialTimeoutSeconds" | "stallTimeoutSeconds">): number {
  return dialTimeoutSeconds + stallTimeoutSeconds;
}

/** Who logs in where: `user@host`. */
export function login({ user, host }: Pick<SshSettings, "user" | "host">): string {
  return `${user}@${host}`;
}

/** The same in rsync's words, to which a colon is the end of the host's name. */
export function rsyncLogin({ user, host }: Pick<SshSettings, "user" | "host">): string {
  return `${user}@${host.includes(":") ? `[${host}]` : host}`;
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
    /No route to host|(Network|Host) is (unreachable|down)|Connection refused|timed out|Connection reset|Connection (to \S+ )?(unexpectedly )?closed|Could not resolve|not responding|Broken pipe|io timeout/i.test(
      said,
    ) && !/Permission denied|Host key verification failed/i.test(said)
  );
}
