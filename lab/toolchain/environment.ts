/** The variables under which a program finds the toolchain, and `pulumi` its plugins. */
import { realpathSync } from "node:fs";
import path from "node:path";
import { executable, presentEngine } from "./engine";
import { presentSource, pulumiHome } from "./plugins";

/**
 * The environment of everything that runs Node or Pulumi here, as whole values: `PATH` is today's with what is missing
 * in front.
 *
 * @throws where there is no engine yet
 */
export async function environment(): Promise<Record<string, string>> {
  const engine = await presentEngine();
  if (!engine) throw new Error('There is no Pulumi engine yet. Run "npm run lab -- up".');
  const source = await presentSource();
  return {
    PATH: searchPath(process.env["PATH"] ?? "", {
      node: path.dirname(process.execPath),
      pulumi: engine.folder,
      "pulumi-language-nodejs": engine.folder,
    }),
    PULUMI_HOME: pulumiHome(source),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // An engine in want of a plugin would otherwise try the download, and wait for it.
    ...(source === "standin" && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
  };
}

/**
 * A PATH on which each command comes from its folder. A folder goes to the front only where another one, or none, would
 * answer: to move `/usr/bin` there would hide what the user put before it.
 */
export function searchPath(today: string, commands: Readonly<Record<string, string>>): string {
  let folders = today.split(path.delimiter);
  for (const [command, folder] of Object.entries(commands)) {
    const first = folders.map((each) => path.join(each, command)).find(executable);
    const wanted = path.join(folder, command);
    if (first && executable(wanted) && realpathSync(first) === realpathSync(wanted)) continue;
    folders = [folder, ...folders.filter((each) => each !== folder)];
  }
  return folders.join(path.delimiter);
}
