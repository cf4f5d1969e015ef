/** Runs a script on a site, over SSH with a pinned host key. */
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import type { SiteSettings } from "../core/config";
import { lastLine, Refused, Unreachable } from "../core/errors";
import { quote } from "../core/quote";
import { isUnreachable, knownHostsLine, login, sshArgv } from "../core/ssh";
import { projectFolder, workFolder } from "../store/project";
import { readReference } from "./reference";

/**
 * The file that pins a site's host key, made from its settings.
 *
 * @returns its path from the project's folder: the same on every machine
 */
export function knownHostsFile(
  settings: Pick<SiteSettings, "name" | "host" | "sshPort" | "hostKey">,
): string {
  const file = path.join(workFolder, "known_hosts", settings.name);
  const line = knownHostsLine(settings, readReference(`hostKey of ${settings.name}`, settings.hostKey));
  if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== line) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, line, { mode: 0o600 });
  }
  return path.relative(projectFolder, file);
}

/** Seconds that a question to a site may take: to log in, and for what it asks there. A site that answers and does nothing ends it. */
const limitOf = ({ dialTimeoutSeconds, stallTimeoutSeconds }: SiteSettings): number =>
  dialTimeoutSeconds + 4 * stallTimeoutSeconds;

/**
 * What a POSIX shell script prints on a site.
 *
 * @param args the script's arguments
 * @param limitSeconds how long it may take in all; default the dial's limit and four times that of a stall
 * @throws Unreachable when nobody answers, Refused when the login or the script fails
 */
export async function runOnSite(
  settings: SiteSettings,
  script: string,
  args: readonly string[],
  limitSeconds = limitOf(settings),
): Promise<string> {
  const command = quote(["sh", "-s", ...args]);
  const argv = [...sshArgv(settings, knownHostsFile(settings)), login(settings), command];
  const result = await execa("ssh", argv.slice(1), {
    input: script,
    reject: false,
    cwd: projectFolder,
    // ssh itself has no limit while it logs in.
    timeout: limitSeconds * 1000,
    killSignal: "SIGKILL",
  });
  if (!result.failed) {
    return result.stdout;
  }
  if (result.timedOut) {
    throw new Unreachable(`${settings.name} does not answer: no end within ${String(limitSeconds)} s`);
  }
  const said = lastLine(result.stderr);
  if (result.exitCode === 255 && isUnreachable(result.stderr)) {
    throw new Unreachable(`${settings.name} does not answer: ${said}`);
  }
  throw new Refused(`${settings.name} refused: ${said}`);
}
