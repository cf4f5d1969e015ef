/** The Pulumi engine: the machine's own where there is one, else built from Pulumi's Go modules. */
import { chmod, cp, readdir } from "node:fs/promises";
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { inCache, once, userHome } from "./cache";
import { goBuild, moduleFolder, requiredVersion } from "./go-build";
import { say, step } from "./progress";

const cliModule = path.join(__dirname, "engine", "cli");
const languageModule = path.join(__dirname, "engine", "language");

/** An engine that can run this project. */
export interface Engine {
  /** The folder with `pulumi` and `pulumi-language-nodejs`. */
  readonly folder: string;
  /** The version of `pulumi`, without the leading `v`. */
  readonly version: string;
  /** `machine`: it was there before us. `built`: it is in our cache. */
  readonly origin: "machine" | "built";
}

/** The oldest `pulumi` that is taken from the machine. */
export const oldest = "3.150.0";

/** Whether a version such as `3.150.0` or `v3.220.0-alpha.1` is at least another one. */
export function atLeast(version: string, least: string): boolean {
  const numbers = (text: string): number[] =>
    (text.replace(/^v/, "").split("-")[0] ?? "").split(".").map(Number);
  const wanted = numbers(least);
  for (const [place, number] of numbers(version).entries()) {
    const other = wanted[place] ?? 0;
    if (number !== other) return number > other;
  }
  return true;
}

/**
 * The folders in which a `pulumi` that the user installed may lie, the first choice first: those of PATH, then where
 * Pulumi's installer puts it. Ours and those of node_modules are not the user's.
 */
export const candidates = (searchPath: string, home: string, cache: string): string[] =>
  [...searchPath.split(path.delimiter), path.join(home, ".pulumi", "bin")].filter(
    (folder) => path.isAbsolute(folder) && !folder.startsWith(cache) && !folder.includes("node_modules"),
  );

/** The machine's own engine, if it has one that is new enough and complete. */
export async function machineEngine(): Promise<Engine | undefined> {
  const folders = candidates(process.env["PATH"] ?? "", userHome(), inCache());
  const folder = folders.find((each) => executable(path.join(each, "pulumi")));
  if (!folder) return undefined;
  const asked = await execa(path.join(folder, "pulumi"), ["version"], {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    reject: false,
    timeout: 10_000,
  });
  const version = asked.stdout.trim().replace(/^v/, "");
  if (asked.failed || !atLeast(version, oldest)) {
    say(`${folder}/pulumi is ${version || "broken"}, and ${oldest} is needed: it is left alone`);
    return undefined;
  }
  if (![folder, ...folders].some((each) => executable(path.join(each, "pulumi-language-nodejs")))) {
    say(`${folder}/pulumi comes without pulumi-language-nodejs: it is left alone`);
    return undefined;
  }
  return { folder, version, origin: "machine" };
}

/** Where the built engine lies, or will lie. */
async function builtEngine(): Promise<Engine> {
  const version = await requiredVersion(cliModule, "github.com/pulumi/pulumi/pkg/v3");
  const language = await requiredVersion(languageModule, "github.com/pulumi/pulumi/sdk/v3");
  return { folder: inCache(`engine-${version}-nodejs-${language}`), version, origin: "built" };
}

/** The engine that is there now; `undefined` where it is yet to be built. */
export async function presentEngine(): Promise<Engine | undefined> {
  const own = await machineEngine();
  if (own) return own;
  const built = await builtEngine();
  return existsSync(built.folder) ? built : undefined;
}

/**
 * The engine, built where there is none. The official download is not tried: it is a script from the network, run as
 * root, and the modules are pinned by checksum.
 */
export async function engine(): Promise<Engine> {
  const present = await presentEngine();
  if (present) return present;
  const wanted = await builtEngine();
  const work = (): Promise<string> =>
    once(path.basename(wanted.folder), (folder) => build(wanted.version, folder));
  await step(`building the Pulumi engine ${wanted.version}`, work, "about 3 minutes, once");
  return wanted;
}

/** One after the other: each uses every core there is. */
async function build(version: string, folder: string): Promise<void> {
  const sdk = "github.com/pulumi/pulumi/sdk/v3";
  await goBuild(
    {
      module: languageModule,
      package: `${sdk}/nodejs/cmd/pulumi-language-nodejs`,
      output: path.join(folder, "pulumi-language-nodejs"),
    },
    "engine",
  );
  // The launchers of dynamic resources and policy packs, two shell scripts that npm's SDK no longer carries.
  const launchers = path.join(await moduleFolder(languageModule, sdk, "engine"), "nodejs", "dist");
  for (const name of (await readdir(launchers)).filter((each) => !each.endsWith(".cmd"))) {
    await cp(path.join(launchers, name), path.join(folder, name));
    await chmod(path.join(folder, name), 0o755);
  }
  await goBuild(
    {
      module: cliModule,
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      output: path.join(folder, "pulumi"),
      variables: { [`${sdk}/go/common/version.Version`]: `v${version}` },
    },
    "engine",
  );
}

/** Whether a file is there and may be run. */
export function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
