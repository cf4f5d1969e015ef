/** Runs a script on a site, over SSH with a pinned host key. */
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import type { SiteSettings } from "../core/config";
import { lastLine, Refused, Unreachable } from "../core/errors";
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

/** A site that was reached and says nothing for so long, such as one whose docker hangs, is given up. */
const answerMilliseconds = 60_000;

/**
 * What a POSIX shell script prints on a site.
 *
 * @throws Unreachable when nobody answers, Refused when the login or the script fails
 */
export async function runOnSite(settings: SiteSettings, script: string): Promise<string> {
  const argv = [...sshArgv(settings, knownHostsFile(settings)), login(settings), "sh", "-s"];
  const result = await execa("ssh", argv.slice(1), {
    input: script,
    reject: false,
    cwd: projectFolder,
    timeout: answerMilliseconds,
  });
  if (!result.failed) {
    return result.stdout;
  }
  if (result.timedOut) {
    throw new Refused(
      `${settings.name} refused: it did not say within ${String(answerMilliseconds / 1000)} s`,
    );
  }
  const said = lastLine(result.stderr);
  if (result.exitCode === 255 && isUnreachable(result.stderr)) {
    throw new Unreachable(`${settings.name} does not answer: ${said}`);
  }
  throw new Refused(`${settings.name} refused: ${said}`);
}
