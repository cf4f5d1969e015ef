/** `Image`: an image that the engine builds and pushes. */
import { existsSync } from "node:fs";
import path from "node:path";
import { changesBetween, type Change } from "../../provider/changes";
import {
  text,
  type CheckRequest,
  type CheckResult,
  type Context,
  type Resource,
} from "../../provider/provider";
import { isValues, Secret, type Value, type Values } from "../../provider/values";
import type { Docker } from "../session";
import { buildImage, registryAddress } from "./build";
import { contextDigest, relativeDockerfile } from "./context";
import { buildOf, canBuild, hostPlatform, knowsFiles, registryOf, unexpectedInputs } from "./inputs";

function verifyDockerfile(context: string, dockerfile: string): void {
  if (existsSync(dockerfile)) return;
  const reason = `stat ${dockerfile}: no such file or directory`;
  if (path.isAbsolute(dockerfile))
    throw new Error(`expected a relative Dockerfile path; got "${dockerfile}" instead: ${reason}`);
  const meant = path.join(context, dockerfile);
  const hint = existsSync(meant) ? `. Try setting \`dockerfile\` to "${meant}"` : `: ${reason}`;
  throw new Error(`could not open dockerfile at relative path "${dockerfile}"${hint}`);
}

/** The build with its paths, and the digest that tells whether its files changed. */
function describedBuild(inputs: Values): Values {
  const given = isValues(inputs["build"]) ? inputs["build"] : {};
  if (!knowsFiles(inputs)) return given;
  const { context, dockerfile } = buildOf(inputs);
  verifyDockerfile(context, dockerfile);
  return { ...given, context, dockerfile, contextDigest: contextDigest(context, dockerfile) };
}

function withPlatform(build: Values, context: Context): Values {
  if (build["platform"] !== undefined) return build;
  context.log(
    "info",
    `Building your image for ${hostPlatform} architecture.\n` +
      "To ensure you are building for the correct platform, consider " +
      "explicitly setting the `platform` field on ImageBuildOptions.",
  );
  return { ...build, platform: hostPlatform };
}

function check({ inputs }: CheckRequest, context: Context): CheckResult {
  const build: Value =
    inputs["build"] === undefined || isValues(inputs["build"])
      ? withPlatform(describedBuild(inputs), context)
      : inputs["build"];
  buildOf(inputs);
  const name = inputs["imageName"];
  const missing =
    name === undefined
      ? [{ property: "imageName", reason: `"imageName" is missing: it must be given.` }]
      : [];
  if (typeof name === "string" && inputs["skipPush"] !== true) registryAddress(registryOf(inputs), name);
  const unexpected = unexpectedInputs(inputs).map((property) => ({
    property,
    reason: `"${property}" is not an input of this resource.`,
  }));
  return {
    inputs: { ...inputs, build, buildOnPreview: inputs["buildOnPreview"] === true },
    failures: [...missing, ...unexpected],
  };
}

/** The inputs of the last update are kept in the state, where passwords are safe. */
const inputsKey = "__inputs";

const inputsIn = (state: Values): Values => (isValues(state[inputsKey]) ? state[inputsKey] : state);

/** A log-in may change at any time without making another image. */
const isLogin = ({ path: changed }: Change): boolean => /^registry\.(username|password)$/.test(changed);

/** The changes of whole inputs: an image is built anew, whatever part of an input it is. */
function changedInputs(olds: Values, news: Values): Change[] {
  const changed = changesBetween(olds, news).filter((change) => !isLogin(change));
  const names = new Set(
    changed.map(({ path: changedPath }) => /^[^.[]+/.exec(changedPath)?.[0] ?? changedPath),
  );
  return [...names].map((name) => ({
    path: name,
    kind: olds[name] === undefined ? "add" : news[name] === undefined ? "delete" : "update",
    replaces: false,
  }));
}

/** The resource `docker:index/image:Image`. */
export function imageResource(docker: Docker): Resource {
  async function made(inputs: Values, preview: boolean, context: Context): Promise<Values> {
    const [build, registry] = [buildOf(inputs), registryOf(inputs)];
    const name = text(inputs["imageName"]);
    const skip = inputs["skipPush"] === true;
    const digest = await buildImage(
      docker.engine(),
      { name, build, registry, push: !skip && !preview },
      context,
    );
    return {
      baseImageName: name,
      imageName: name,
      registryServer: registry.server,
      context: build.context,
      dockerfile: relativeDockerfile(build.context, build.dockerfile),
      platform: build.platform,
      // What a push would be called is not known before it happened.
      repoDigest: skip || !preview ? digest : undefined,
      [inputsKey]: new Secret(inputs),
    };
  }

  function previews(inputs: Values, context: Context): boolean {
    if (inputs["buildOnPreview"] !== true) return false;
    if (canBuild(inputs)) return true;
    context.log(
      "warning",
      "Minimum inputs for build are unresolved. Continuing without preview image build. " +
        "To avoid this warning, ensure image name, dockerfile, args, and context are resolved at preview.",
    );
    return false;
  }

  const outputs = (inputs: Values, preview: boolean, context: Context): Values | Promise<Values> =>
    preview && !previews(inputs, context) ? inputs : made(inputs, preview, context);

  return {
    check,
    diff: ({ state, inputs }) => ({ changes: changedInputs(inputsIn(state), inputs) }),

    create: async ({ inputs, preview }, context) => ({
      id: preview ? "" : text(inputs["imageName"]),
      outputs: await outputs(inputs, preview, context),
    }),

    update: ({ inputs, preview }, context) => outputs(inputs, preview, context),

    // Nobody asks the registry, and nobody takes anything from it.
    read: ({ id, state }) => ({ id, outputs: state }),
    delete: () => undefined,
  };
}
