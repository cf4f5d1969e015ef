/** Runs a script on a site, over SSH with a pinned host key. */
import fs from "node:fs";
import path from "node:path";
import { execa, type ResultPromise } from "execa";
import type { SiteSettings } from "../core/config";
import { lastLine, Refused, Unreachable } from "../core/errors";
import { quote } from "../core/quote";
import {
  greeting,
  greetingLimit,
  isGreeting,
  isUnreachable,
  knownHostsLine,
  login,
  sshArgv,
} from "../core/ssh";
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

/** Seconds that a question to a site may take in all. A site that lets somebody in and does nothing ends it. */
const limitOf = ({ dialTimeoutSeconds, stallTimeoutSeconds }: SiteSettings): number =>
  dialTimeoutSeconds + 4 * stallTimeoutSeconds;

/**
 * What a POSIX shell script prints on a site. A gate in its place greets as the script would.
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
  const child = execa("ssh", argv.slice(1), {
    input: `echo '${greeting}' >&2\n${script}`,
    reject: false,
    cwd: projectFolder,
    timeout: limitSeconds * 1000,
    killSignal: "SIGKILL",
  });
  const stop = endUngreeted(child, greetingLimit(settings));
  const result = await child;
  const silent = stop();
  if (!result.failed) {
    return result.stdout;
  }
  if (silent) {
    const within = `within ${String(greetingLimit(settings))} s`;
    throw new Unreachable(`${settings.name} does not answer: nobody has logged us in ${within}`);
  }
  if (result.timedOut) {
    throw new Refused(
      `${settings.name} refused: we are logged in, and it has not said all within ${String(limitSeconds)} s`,
    );
  }
  const said = lastLine(result.stderr.replace(`${greeting}\n`, ""));
  if (result.exitCode === 255 && isUnreachable(result.stderr)) {
    throw new Unreachable(`${settings.name} does not answer: ${said}`);
  }
  throw new Refused(`${settings.name} refused: ${said}`);
}

/**
 * Ends a log-in that hangs. Once somebody is logged in, ssh finds out by itself that a line is silent.
 *
 * @returns what is called once it is over, and says whether it was ended
 */
function endUngreeted(child: ResultPromise, limitSeconds: number): () => boolean {
  let said = "";
  let ended = false;
  const timer = setTimeout(() => {
    ended = child.kill();
  }, limitSeconds * 1000);
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString();
    if (isGreeting(said)) {
      clearTimeout(timer);
    }
  });
  return () => {
    clearTimeout(timer);
    return ended;
  };
}
