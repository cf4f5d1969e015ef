/** Asks a docker host what it runs, through the docker command: it knows `ssh://` and TLS. */
import { execa } from "execa";
import type { DockerHostSettings } from "../core/config";
import { engineEnvironment } from "../core/docker-engine";
import { lastLine, Refused, Unreachable } from "../core/errors";
import { quote } from "../core/quote";
import type { Receipt } from "../core/receipt";
import { parseServing, servingScript } from "./serving";
import { inTries } from "./tries";

/** A docker host that does not answer a version's question in this time, or all others in that, is given up. */
const [dialMilliseconds, answerMilliseconds] = [5_000, 30_000];

/** What a docker host says that it runs; see `ask` for what it throws. */
export async function probeDockerHost(
  service: string,
  settings: DockerHostSettings,
  tries: number,
): Promise<Receipt> {
  const env = engineEnvironment(settings.host);
  await inTries({ tries, retryDelaySeconds: 1 }, async () => {
    const dial = await execa("docker", ["version"], { reject: false, timeout: dialMilliseconds, env });
    if (dial.timedOut) {
      throw new Unreachable(`${settings.name} does not answer in ${String(dialMilliseconds / 1000)} s`);
    }
    if (dial.failed) {
      throw explain(settings.name, dial.stderr);
    }
  });
  const result = await execa("sh", ["-s"], {
    input: `${servingScript()}\n${quote(["serving", service])}\n`,
    reject: false,
    timeout: answerMilliseconds,
    env,
  });
  if (result.timedOut) {
    throw new Unreachable(`${settings.name} fell silent for ${String(answerMilliseconds / 1000)} s`);
  }
  if (result.failed) {
    throw explain(settings.name, result.stderr);
  }
  return parseServing(result.stdout);
}

/** What docker's command means by what it said: nobody answered; or, also behind a host by `ssh://`, somebody said no. */
function explain(name: string, said: string): Unreachable | Refused {
  const denied = /permission denied|Host key verification failed|certificate|unauthorized|forbidden/i;
  const silent =
    /Cannot connect|connection refused|connection reset|no such host|No route|timed out|timeout|error during connect/i;
  return silent.test(said) && !denied.test(said)
    ? new Unreachable(`${name} does not answer: ${lastLine(said)}`)
    : new Refused(`${name} refused: ${lastLine(said)}`);
}
