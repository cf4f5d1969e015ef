/** What an administrator does on a site: a script as root, over SSH with a pinned host key. */
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { lastLine, Unreachable, UserError } from "../../core/errors";
import { quote } from "../../core/quote";
import { isUnreachable, knownHostsLine, login, sshArgv } from "../../core/ssh";
import { projectFolder, workFolder } from "../../store/project";

/** How a site is logged in to. */
export interface Login {
  /** The site's name, for messages. */
  readonly name: string;
  readonly host: string;
  readonly sshPort: number;
  readonly user: string;
  /** @default the SSH agent's keys, and what else `ssh` tries */
  readonly privateKeyFile?: string;
  /** The pinned key: `TYPE BASE64`. */
  readonly hostKey: string;
  readonly dialTimeoutSeconds: number;
}

/** Seconds of silence after which a line counts as broken. */
const stallTimeoutSeconds = 15;

/** How long a script may take on a site, in seconds: a person may have to type a password first. */
const mostSeconds = 300;

/** As root: by itself, or by sudo, which may ask nobody. */
const rootShell = quote(["sh", "-c", 'if [ "$(id -u)" = 0 ]; then exec sh -s; else exec sudo -n sh -s; fi']);

/**
 * The argv of `ssh` for an administrator.
 *
 * @param interactive whether somebody is there whom `ssh` may ask for a password
 */
export function adminArgv(admin: Login, knownHosts: string, interactive: boolean): string[] {
  const [ssh = "", ...options] = sshArgv({ ...admin, stallTimeoutSeconds }, knownHosts);
  // The first of two values counts.
  return [ssh, ...(interactive ? ["-o", "BatchMode=no"] : []), ...options, login(admin), rootShell];
}

/**
 * What a script prints that runs as root on a site.
 *
 * @throws Unreachable when nobody answers, UserError when the login or the script fails
 */
export async function asRoot(admin: Login, script: string): Promise<string> {
  const [ssh = "", ...args] = adminArgv(admin, knownHosts(admin), process.stdin.isTTY);
  const { failed, exitCode, stdout, stderr, timedOut } = await execa(ssh, args, {
    input: script,
    reject: false,
    cwd: projectFolder,
    timeout: mostSeconds * 1000,
  });
  if (!failed) {
    return stdout;
  }
  const said = lastLine(stderr);
  if (timedOut) {
    throw new Unreachable(`${admin.name} did not finish within ${String(mostSeconds)} s.`);
  }
  if (exitCode === 255 && isUnreachable(stderr)) {
    throw new Unreachable(`${admin.name} can't be reached: ${said}`);
  }
  if (exitCode === 255) {
    throw new UserError(
      `${admin.name} does not let ${login(admin)} in (${said}). Name an account that may become root with --admin, and its key with --admin-key.`,
    );
  }
  if (/^sudo: /m.test(stderr)) {
    throw new UserError(
      `${admin.user} may not become root on ${admin.name} without being asked (${said}). Name another account with --admin.`,
    );
  }
  throw new UserError(`${admin.name}: ${said}`);
}

/**
 * What a site answers an account that has no terminal and no shell.
 *
 * @param command what is asked for
 */
export async function asAccount(
  account: Login,
  command: string,
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const [ssh = "", ...options] = sshArgv({ ...account, stallTimeoutSeconds }, knownHosts(account));
  const { exitCode, stdout, stderr } = await execa(ssh, [...options, login(account), command], {
    reject: false,
    cwd: projectFolder,
    stdin: "ignore",
    timeout: 60_000,
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

function knownHosts({ name, host, sshPort, hostKey }: Login): string {
  const file = path.join(workFolder, "known_hosts", `${name}.enrolment`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, knownHostsLine({ host, sshPort }, hostKey), { mode: 0o600 });
  return path.relative(projectFolder, file);
}
