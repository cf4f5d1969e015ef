/** Builds an image on the engine, and pushes it. */
import type { Context } from "../../provider/provider";
import type { Engine } from "../api";
import { hostOf, loginHeader, userLogins, type Login } from "../credentials";
import { lineOf, type Message } from "../messages";
import { localImage } from "../pull";
import { parseReference } from "../reference";
import { contextArchive, relativeDockerfile } from "./context";
import type { Build, Registry } from "./inputs";
import { traceLines } from "./trace";

/** What to build and where it goes. */
export interface Order {
  /** The image's name: `registry/repository:tag`. */
  readonly name: string;
  readonly build: Build;
  readonly registry: Registry;
  readonly push: boolean;
}

/** The engine's query for a build. */
export function buildQuery({ name, build }: Order): Record<string, string | undefined> {
  const { args, cacheFrom, hosts } = build;
  return {
    t: name,
    version: build.builder,
    dockerfile: relativeDockerfile(build.context, build.dockerfile),
    rm: "1",
    buildargs: Object.keys(args).length > 0 ? JSON.stringify(args) : undefined,
    cachefrom: cacheFrom.length > 0 ? JSON.stringify(cacheFrom) : undefined,
    extrahosts: hosts.length > 0 ? hosts.join(",") : undefined,
    networkmode: build.network || undefined,
    platform: build.platform || undefined,
    target: build.target || undefined,
  };
}

/** The registry that an image's name begins with, or the one that the inputs name instead. */
export function registryAddress({ server }: Registry, name: string): string {
  if (server !== "") return hostOf(server);
  const { registry } = parseReference(name);
  if (registry !== undefined) return registry;
  throw new Error(
    `"${name}": repository name must be canonical.\nThis resource requires all image names to be fully qualified.\n` +
      "For example, if you are attempting to push to Dockerhub, prefix your image name with `docker.io`:\n\n" +
      "`docker.io/repository/image:tag`",
  );
}

/** The log-in for pushing: the program's own, else the one that this user's docker command has. */
function pushLogin(
  { registry, name }: Order,
  logins: Readonly<Record<string, Login>>,
  context: Context,
): Login | undefined {
  const { username, password } = registry;
  const address = registryAddress(registry, name);
  if (username !== "" && password !== "") return { username, password, serveraddress: address };
  if (username !== "" || password !== "") {
    const [missing, given] = username === "" ? ["username", "password"] : ["password", "username"];
    context.log("warning", `${missing} was not set, although ${given} was; using host credentials file`);
  }
  return logins[address];
}

const linesOf = (message: Message): string[] => {
  if (message.id === "moby.buildkit.trace")
    return typeof message.aux === "string" ? traceLines(message.aux) : [];
  return [lineOf(message)].filter((line) => line !== "");
};

/** Shows what is told; returns what was made. */
async function show(
  told: AsyncGenerator<Message>,
  context: Context,
): Promise<Exclude<Message["aux"], string>[]> {
  const made: Exclude<Message["aux"], string>[] = [];
  for await (const message of told) {
    for (const line of linesOf(message)) context.log("info", line, true);
    if (typeof message.aux === "object") made.push(message.aux);
  }
  return made;
}

async function push(
  engine: Engine,
  order: Order,
  login: Login | undefined,
  context: Context,
): Promise<string> {
  const { repository, tag = "latest" } = parseReference(order.name);
  const headers = { "X-Registry-Auth": loginHeader(login) };
  context.log("info", "Pushing Image to the registry", true);
  const told = engine.follow("POST", `/images/${repository}/push`, { query: { tag }, headers });
  const digest = (await show(told, context)).find((aux) => aux?.Digest !== undefined)?.Digest;
  if (digest === undefined)
    throw new Error(`The registry did not say under which digest it keeps ${order.name}.`);
  return `${repository}@${digest}`;
}

/**
 * Builds an image, and pushes it if ordered.
 *
 * @returns the name of what was pushed, by its digest; the image's id if nothing was pushed
 */
export async function buildImage(engine: Engine, order: Order, context: Context): Promise<string> {
  const { build, name } = order;
  if (relativeDockerfile(build.context, build.dockerfile).startsWith("..")) {
    throw new Error(`The Dockerfile ${build.dockerfile} must be in the build's context, ${build.context}.`);
  }
  const logins = userLogins();
  const login = order.push ? pushLogin(order, logins, context) : undefined;
  const known = login?.serveraddress === undefined ? logins : { ...logins, [login.serveraddress]: login };
  context.log("info", "Building the image", true);
  const told = engine.follow("POST", "/build", {
    query: buildQuery(order),
    archive: contextArchive(build.context, build.dockerfile),
    headers: { "X-Registry-Config": Buffer.from(JSON.stringify(known)).toString("base64url") },
  });
  await show(told, context);
  if (order.push) return push(engine, order, login, context);
  const image = await localImage(engine, name);
  if (!image) throw new Error(`The engine built ${name}, but does not have it.`);
  return image.Id;
}
