/** Brings what a command needs beyond Node and the node modules: the Pulumi engine and its plugins. */
import { engine } from "./engine";
import { environment } from "./environment";
import { kubernetesPlugin, plugins } from "./plugins";
import { say } from "./progress";

/**
 * Puts the engine and the plugins in place, and their environment into `process.env`. Takes minutes the first time
 * and about a second later.
 *
 * @param needs.kubernetes whether the Kubernetes plugin is needed too, which may take 10 minutes the first time
 */
export async function prepare(needs: { kubernetes: boolean }): Promise<void> {
  const used = await engine();
  const source = await plugins(used);
  if (needs.kubernetes) await kubernetesPlugin(used, source);
  Object.assign(process.env, await environment());
  const from = used.origin === "built" ? "built here" : `from ${used.folder}`;
  say(
    `ready: node ${process.versions.node}, pulumi ${used.version} (${from}), ${source === "standin" ? "stand-in" : source} plugins`,
  );
}
