/** The engine that the plugin was configured for. */
import { bridged, messageOf } from "../provider/provider";
import type { Values } from "../provider/values";
import { Engine } from "./api";
import { configurationOf, type Configuration } from "./configuration";
import { wayTo } from "./dial";

/** Asks the engine for a sign of life, as the official plugin does: at once, save over ssh when told not to. */
async function check(engine: Engine, { host, daemonCheck }: Configuration): Promise<void> {
  const ssh = host.startsWith("ssh://");
  if (ssh && !daemonCheck) return;
  try {
    await engine.ping();
  } catch (error) {
    if (ssh) throw new Error(bridged(`Error pinging Docker server: ${messageOf(error)}`));
    throw new Error(
      "Docker native provider returned an unexpected error from Configure: failed to connect to any docker daemon " +
        `(${messageOf(error)})`,
    );
  }
}

/** The engine and the log-ins, once the provider is configured. */
export class Docker {
  #engine: Engine | undefined;
  #logins: Configuration["logins"] = {};

  /** Takes the provider's settings. */
  async configure(settings: Values, signal: AbortSignal): Promise<void> {
    const configuration = configurationOf(settings);
    const engine = new Engine(wayTo(configuration.host, configuration.sshOptions), signal);
    await check(engine, configuration);
    this.#engine = engine;
    this.#logins = configuration.logins;
  }

  /**
   * The engine.
   *
   * @throws before the provider is configured
   */
  engine(): Engine {
    if (this.#engine) return this.#engine;
    throw new Error("The docker provider is not configured.");
  }

  /** The provider's log-ins for pulling, by registry. */
  logins(): Configuration["logins"] {
    return this.#logins;
  }
}
