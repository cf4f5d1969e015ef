/**
 * Pulumi's resource plugins: the official ones where they are installed or in reach, else stand-ins of our own. Each kind
 * has a PULUMI_HOME of its own, so the two are never mixed.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { inCache, userHome, withLock } from "./cache";
import { executable, type Engine } from "./engine";
import { kubernetesProvider } from "./kubernetes/provider";
import { say, step } from "./progress";

const root = path.join(__dirname, "..", "..");

/** `official`: Pulumi's own. `standin`: those of `lab/standin`. */
export type PluginSource = "official" | "standin";

/** A resource plugin at the version that the npm package of its SDK asks for. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
}

/** The plugins that every run needs, and for which there are stand-ins. The smallest download comes first. */
const names = ["random", "command", "docker"] as const;

/** The plugin that belongs to the installed `@pulumi/NAME`. */
export async function pluginOf(name: string): Promise<Plugin> {
  const text = await readFile(path.join(root, "node_modules", "@pulumi", name, "package.json"), "utf8");
  return { name, version: (JSON.parse(text) as { version: string }).version };
}

/** Reads `HMS_PLUGINS`. Unset or empty lets us decide. */
export function wishedSource(value: string | undefined): PluginSource | undefined {
  if (value === undefined || value === "") return undefined;
  if (value === "official" || value === "standin") return value;
  throw new Error(
    `HMS_PLUGINS is "${value}". Set it to "official" or "standin", or unset it to let us choose.`,
  );
}

/** For how long a failed download is not tried again, in milliseconds. */
export const patience = 24 * 3600 * 1000;

/**
 * Where the plugins come from, or `download` where only a try can tell.
 *
 * @param facts.wish what HMS_PLUGINS says
 * @param facts.installed whether every official plugin is on this machine
 * @param facts.refused when a download failed last, in milliseconds since 1970
 */
export function decideSource(facts: {
  wish: PluginSource | undefined;
  installed: boolean;
  refused: number | undefined;
  now: number;
}): PluginSource | "download" {
  if (facts.wish === "standin") return "standin";
  if (facts.installed) return "official";
  if (facts.wish === "official" || facts.refused === undefined) return "download";
  return facts.now - facts.refused < patience ? "standin" : "download";
}

/** The PULUMI_HOME of a kind. That of the stand-ins leads into this checkout, so each checkout has its own. */
export const pulumiHome = (source: PluginSource): string =>
  source === "official"
    ? inCache("pulumi-home-official")
    : inCache("pulumi-home-standin", createHash("sha256").update(root).digest("hex").slice(0, 12));

/** The file of a plugin in a PULUMI_HOME. */
export const pluginFile = (home: string, { name, version }: Plugin): string =>
  path.join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);

/** The source of the plugins as they are now, without asking the network. */
export async function presentSource(): Promise<PluginSource> {
  const wish = wishedSource(process.env["HMS_PLUGINS"]);
  if (wish) return wish;
  const plugins = await Promise.all(names.map(pluginOf));
  return plugins.every((plugin) => installed(plugin) !== undefined) ? "official" : "standin";
}

/**
 * Puts the plugins in place.
 *
 * @returns where they come from
 * @throws where HMS_PLUGINS asks for official ones that are neither installed nor in reach
 */
export async function plugins(engine: Engine): Promise<PluginSource> {
  return withLock("plugins", async () => {
    const wish = wishedSource(process.env["HMS_PLUGINS"]);
    const wanted = await Promise.all(names.map(pluginOf));
    const decided = decideSource({
      wish,
      installed: wanted.every((plugin) => installed(plugin) !== undefined),
      refused: await refusedAt(),
      now: Date.now(),
    });
    if (decided === "official" || (decided === "download" && (await download(engine, wanted, wish)))) {
      for (const plugin of wanted) await adopt(plugin);
      return "official";
    }
    for (const plugin of wanted) await writeLauncher(plugin);
    return "standin";
  });
}

/**
 * Puts the Kubernetes plugin in place. It is always Pulumi's own: installed, downloaded, or built from its Go module.
 */
export async function kubernetesPlugin(engine: Engine, source: PluginSource): Promise<void> {
  const plugin = await pluginOf("kubernetes");
  const place = pluginFile(pulumiHome(source), plugin);
  if (executable(place)) return;
  if (source === "official" && !installed(plugin)) {
    await fetched(engine, plugin).catch((error: unknown) => {
      say(`${(error as Error).message}; building it instead`);
    });
  }
  const found = installed(plugin);
  if (found === "PATH") return;
  await link(found ?? (await kubernetesProvider()), place);
}

/** Where an official plugin is on this machine: a file, or `PATH`, where the engine finds it by itself. */
function installed(plugin: Plugin): string | undefined {
  const homes = [
    inCache("pulumi-home-official"),
    process.env["PULUMI_HOME"],
    path.join(userHome(), ".pulumi"),
  ];
  const file = homes
    // Our own stand-ins are in PULUMI_HOME for whoever took over the output of `lab env`.
    .filter((home) => home !== undefined && !home.startsWith(inCache("pulumi-home-standin")))
    .map((home) => pluginFile(home ?? "", plugin))
    .find(executable);
  if (file) return file;
  const onPath = (process.env["PATH"] ?? "").split(path.delimiter);
  return onPath.some((folder) => executable(path.join(folder, `pulumi-resource-${plugin.name}`)))
    ? "PATH"
    : undefined;
}

/** Makes an installed plugin part of our PULUMI_HOME. */
async function adopt(plugin: Plugin): Promise<void> {
  const file = installed(plugin);
  const ours = pluginFile(pulumiHome("official"), plugin);
  if (file && file !== "PATH" && file !== ours) await link(file, ours);
}

/** The engine overlooks a plugin's folder that is a link, so the folder is a real one and the file is the link. */
async function link(file: string, place: string): Promise<void> {
  await mkdir(path.dirname(place), { recursive: true });
  await rm(place, { force: true });
  await symlink(file, place);
}

/** Keeps that the download was out of reach. */
const refusal = (): string => inCache("plugins-out-of-reach");

async function refusedAt(): Promise<number | undefined> {
  return stat(refusal()).then(
    (found) => found.mtimeMs,
    () => undefined,
  );
}

/** Downloads what is not installed. Whether it worked; a wish that can't be met is an error. */
async function download(engine: Engine, wanted: Plugin[], wish: PluginSource | undefined): Promise<boolean> {
  try {
    for (const plugin of wanted.filter((each) => !installed(each))) {
      await fetched(engine, plugin, wish === "official" ? undefined : shortly);
    }
  } catch (error) {
    const reason = (error as Error).message;
    if (wish === "official") {
      throw new Error(
        `HMS_PLUGINS=official, but ${reason}. Where there is a network, run "pulumi plugin install resource NAME ` +
          `VERSION" and bring its folder in ~/.pulumi/plugins here; or set HMS_PLUGINS=standin.`,
      );
    }
    await writeFile(refusal(), `${reason}\n`);
    say(
      "Pulumi's plugins can't be downloaded: using stand-ins (asked again in a day; HMS_PLUGINS=official insists)",
    );
    return false;
  }
  await rm(refusal(), { force: true });
  return true;
}

/** When to give up on a download that nobody insists on: at the second failed try, or after 30 s. */
const shortly = { tries: 2, milliseconds: 30_000 };

/** Has the engine download a plugin into our PULUMI_HOME. */
async function fetched(engine: Engine, plugin: Plugin, limit?: typeof shortly): Promise<void> {
  const name = `the Pulumi plugin ${plugin.name} ${plugin.version}`;
  await step(`fetching ${name}`, async () => {
    const child = execa(path.join(engine.folder, "pulumi"), installArguments(plugin), {
      // The names are known: without a look into the registry of packages, a machine without network knows in a second.
      env: {
        PULUMI_HOME: pulumiHome("official"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
      },
      reject: false,
      all: true,
      timeout: limit?.milliseconds ?? 15 * 60_000,
    });
    let failures = 0;
    child.all.on("data", (text: Buffer) => {
      failures += text.toString().split("Will retry").length - 1;
      if (limit && failures >= limit.tries) child.kill();
    });
    const result = await child;
    if (executable(pluginFile(pulumiHome("official"), plugin))) return;
    throw new Error(
      `${name} can't be downloaded: ${result.timedOut ? "no answer in time" : firstError(result.all)}`,
    );
  });
}

/** The first reason that the engine gives for a failed download. */
export const firstError = (output: string): string =>
  /error(?: downloading plugin)?: (.*)/i.exec(output)?.[1] ?? "it gave no reason";

/** The arguments of `pulumi` that install a plugin. */
export const installArguments = (plugin: Plugin): string[] => [
  "plugin",
  "install",
  "resource",
  plugin.name,
  plugin.version,
];

/** The launcher of a stand-in. The engine runs it in any folder, so every path in it is absolute. */
export function launcherOf(name: string, node: string, checkout: string): string {
  const quoted = (...parts: string[]): string => `'${path.join(...parts).replaceAll("'", `'\\''`)}'`;
  return [
    "#!/bin/sh",
    `exec ${quoted(node)} \\`,
    `  -r ${quoted(checkout, "register.js")} \\`,
    `  ${quoted(checkout, "lab", "standin", name, "main.ts")} "$@"`,
    "",
  ].join("\n");
}

/** Writes a launcher where it is missing or leads to another Node. Running engines keep the file they have open. */
async function writeLauncher(plugin: Plugin): Promise<void> {
  const file = pluginFile(pulumiHome("standin"), plugin);
  const text = launcherOf(plugin.name, process.execPath, root);
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present === text) return;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text);
  await chmod(`${file}.new`, 0o755);
  await rename(`${file}.new`, file);
}
