/** The settings of the docker provider. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { changesBetween, type Change } from "../provider/changes";
import { text } from "../provider/provider";
import { isValues, type Json, decode, type Value, type Values } from "../provider/values";
import { hostOf, loginsIn, type Login } from "./credentials";

/** What the plugin works with. */
export interface Configuration {
  /** `unix:///path`, `tcp://host:port` or `ssh://user@host`. @default DOCKER_HOST, else unix:///var/run/docker.sock */
  readonly host: string;
  /** Options of ssh. @default DOCKER_SSH_OPTS, else none */
  readonly sshOptions: readonly string[];
  /** Whether the engine is asked for a sign of life at the start; over ssh only. @default true */
  readonly daemonCheck: boolean;
  /** Log-ins for pulling, by registry. */
  readonly logins: Readonly<Record<string, Login>>;
}

const refused = ["caMaterial", "certMaterial", "certPath", "context", "keyMaterial"];

/** The engine hands settings that are no texts over as JSON. */
function parsed(value: Value): Value {
  return typeof value === "string" ? decode(JSON.parse(value) as Json) : value;
}

const list = (value: Value): Value[] => {
  const items = parsed(value);
  return Array.isArray(items) ? items : [];
};

const expandHome = (file: string): string => (file.startsWith("~/") ? `${homedir()}/${file.slice(2)}` : file);

function loginOf(auth: Values): Login | undefined {
  const host = hostOf(text(auth["address"]));
  const username = text(auth["username"]);
  if (auth["authDisabled"] === true) return undefined;
  if (username !== "")
    return { username, password: text(auth["password"]), serveraddress: text(auth["address"]) };
  const content = text(auth["configFileContent"]);
  if (content !== "") return loginsIn(content)[host];
  return loginsIn(readFileSync(expandHome(text(auth["configFile"], "~/.docker/config.json")), "utf8"))[host];
}

function loginsOf(value: Value): Record<string, Login> {
  const logins = list(value)
    .filter(isValues)
    .map((auth) => [hostOf(text(auth["address"])), loginOf(auth)] as const);
  return Object.fromEntries(logins.filter((entry): entry is [string, Login] => entry[1] !== undefined));
}

/** Reads the settings. */
export function configurationOf(
  settings: Values,
  environment: NodeJS.ProcessEnv = process.env,
): Configuration {
  const unsupported = refused.find((key) => text(settings[key]) !== "");
  if (unsupported !== undefined) {
    throw new Error(
      `The stand-in for Pulumi's docker provider does not support the setting "${unsupported}". ` +
        "Use a unix://, tcp:// or ssh:// host, or install the official plugin.",
    );
  }
  const fallback = (environment["DOCKER_SSH_OPTS"] ?? "").split(" ").filter(Boolean);
  const options = list(settings["sshOpts"]).map((option) => text(option));
  return {
    host: text(settings["host"]) || environment["DOCKER_HOST"] || "unix:///var/run/docker.sock",
    sshOptions: options.length > 0 ? options : fallback,
    daemonCheck: parsed(settings["disableDockerDaemonCheck"]) !== true,
    logins: loginsOf(settings["registryAuth"]),
  };
}

/** A log-in may change at any time without meaning anything: only the addresses count. */
function withoutLogins(settings: Values): Values {
  if (settings["registryAuth"] === undefined) return settings;
  const addresses = list(settings["registryAuth"]).map((auth) => (isValues(auth) ? auth["address"] : auth));
  return { ...settings, registryAuth: addresses };
}

/** Which settings changed. */
export const configurationChanges = (olds: Values, news: Values): Change[] =>
  changesBetween(withoutLogins(olds), withoutLogins(news));
