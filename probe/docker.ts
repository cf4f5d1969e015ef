/** Asks a docker host what it runs, through the docker command: it knows `ssh://` and TLS. */
import { execa } from "execa";
import type { DockerHostSettings } from "../core/config";
import { lastLine, Refused, Unreachable } from "../core/errors";
import { quote } from "../core/quote";
import type { Receipt } from "../core/receipt";
import { parseServing, servingScript } from "./serving";

/** Whether what docker said means that nobody answered; behind `ssh://` host, somebody may have said no to the login. */
function isUnreachable(said: string): boolean {
  return (
    /Cannot connect|connection refused|no such host|No route|timed out|error during connect/i.test(said) &&
    !/Permission denied|Host key verification failed/i.test(said)
  );
}

/** What a docker host says that it runs; see `ask` for what it throws. */
export async function probeDockerHost(service: string, settings: DockerHostSettings): Promise<Receipt> {
  const script = `docker version >/dev/null || exit 1\n${servingScript()}\n${quote(["serving", service])}\n`;
  const result = await execa("sh", ["-s"], {
    input: script,
    reject: false,
    timeout: 30_000,
    env: settings.host === undefined ? {} : { DOCKER_HOST: settings.host },
  });
  if (!result.failed) {
    return parseServing(result.stdout);
  }
  const said = lastLine(result.stderr);
  if (result.timedOut || isUnreachable(result.stderr)) {
    throw new Unreachable(`${settings.name} does not answer: ${said}`);
  }
  throw new Refused(`${settings.name} refused: ${said}`);
}
