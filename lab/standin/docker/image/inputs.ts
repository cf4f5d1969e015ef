/** The inputs of an image: what they leave out, and what they ask the engine for. */
import path from "node:path";
import { text } from "../../provider/provider";
import { hasUnknown, isValues, type Value, type Values } from "../../provider/values";

/** A build, as far as it is known. */
export interface Build {
  readonly context: string;
  /** From the working directory. */
  readonly dockerfile: string;
  /** The engine's number of the builder: "1" for the classic one, "2" for BuildKit. */
  readonly builder: "1" | "2";
  readonly args: Readonly<Record<string, string>>;
  readonly target: string;
  readonly platform: string;
  readonly network: string;
  readonly hosts: readonly string[];
  readonly cacheFrom: readonly string[];
}

/** A registry to push to. */
export interface Registry {
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

const group = (value: Value): Values => (isValues(value) ? value : {});
const list = (value: Value): string[] =>
  Array.isArray(value) ? value.map((item) => text(item)).filter(Boolean) : [];

/** Go's name for the machine's architecture. */
const architecture: string = process.arch === "x64" ? "amd64" : process.arch;

/** The platform that is built for when none is given. */
export const hostPlatform = `linux/${architecture}`;

function builderOf(version: Value): Build["builder"] {
  switch (text(version, "BuilderBuildKit")) {
    case "BuilderV1":
      return "1";
    case "BuilderBuildKit":
      return "2";
    default:
      throw new Error("invalid Docker Builder version");
  }
}

/** The build that the inputs describe. Unknown parts are empty. */
export function buildOf(inputs: Values): Build {
  const build = group(inputs["build"]);
  const context = text(build["context"], ".");
  const cacheFrom = group(build["cacheFrom"]);
  if (isValues(build["cacheFrom"]) && cacheFrom["images"] === undefined) {
    throw new Error("cacheFrom requires an `images` field");
  }
  return {
    context,
    dockerfile: text(build["dockerfile"], path.join(context, "Dockerfile")),
    builder: builderOf(build["builderVersion"]),
    args: Object.fromEntries(
      Object.entries(group(build["args"])).map(([name, value]) => [name, text(value)]),
    ),
    target: text(build["target"]),
    platform: text(build["platform"]),
    network: text(build["network"]),
    hosts: list(build["addHosts"]),
    cacheFrom: list(cacheFrom["images"]),
  };
}

/** The registry that the inputs name. */
export function registryOf(inputs: Values): Registry {
  const { server, username, password } = group(inputs["registry"]);
  return { server: text(server), username: text(username), password: text(password) };
}

const buildFields = [
  "context",
  "dockerfile",
  "args",
  "target",
  "platform",
  "builderVersion",
  "cacheFrom",
  "network",
  "addHosts",
  "contextDigest",
];

const fields: Readonly<Record<string, readonly string[]>> = {
  build: buildFields,
  registry: ["server", "username", "password"],
  buildOnPreview: [],
  imageName: [],
  skipPush: [],
};

/** Inputs that no image has. */
export const unexpectedInputs = (inputs: Values): string[] =>
  Object.entries(inputs).flatMap(([key, value]) => {
    const inner = fields[key];
    if (!inner) return [key];
    return isValues(value) && inner.length > 0
      ? Object.keys(value).flatMap((name) => (inner.includes(name) ? [] : [`${key}.${name}`]))
      : [];
  });

/** Whether the Dockerfile's and the context's paths are known. */
export const knowsFiles = (inputs: Values): boolean =>
  !hasUnknown(group(inputs["build"])["dockerfile"]) &&
  !hasUnknown(group(inputs["build"])["context"]) &&
  (inputs["build"] === undefined || isValues(inputs["build"]));

/** Whether enough is known for a build in a preview. */
export const canBuild = (inputs: Values): boolean =>
  isValues(inputs["build"]) &&
  knowsFiles(inputs) &&
  !hasUnknown(inputs["build"]["args"]) &&
  !hasUnknown(inputs["imageName"]);
