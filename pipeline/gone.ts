/** Containers that a docker host kept for a rollback, and that somebody has removed: an update would start what is not there. */
import { execa } from "execa";
import type { DockerHostSettings } from "../core/config";
import { engineEnvironment } from "../core/docker-engine";
import { keptBeside, releaseOf } from "../core/history";
import { appNameStart } from "../core/release";
import { targetsOf } from "../core/target";
import type { Trail } from "../store/trail";
import type { RunLog } from "./log";
import type { Wanted } from "./ship";
import { type OpenStack, readBack } from "./stack";

/** Milliseconds that a docker host has to say which containers it has; of one that does not, nothing is known. */
const answerMilliseconds = 10_000;

/**
 * Has the state of each docker host that lost what it kept of its wanted release read back, so that the update makes it anew. What serves
 * there is as it should be: to the trail, nothing differs.
 */
export async function readBackGone(
  stacks: readonly OpenStack[],
  wanted: Wanted,
  { trail, log }: { readonly trail: Trail; readonly log: RunLog },
): Promise<void> {
  const entries = trail.entries();
  await Promise.all(
    stacks.map(async (open) => {
      const found = targetsOf(open.name, open.settings).map(
        async ({ id, name, probe }): Promise<string[]> => {
          const release = releaseOf(entries, wanted.get(id) ?? "");
          const kept = keptBeside(entries, id);
          if (probe.kind !== "docker" || release === undefined || kept?.image !== release.image) {
            return [];
          }
          const start = appNameStart(probe.service, release.image);
          const names = await containersOn(probe.service, probe.settings);
          if (names === undefined || names.some((each) => each.startsWith(start))) {
            return [];
          }
          log.say(
            "🔧",
            `${name} has lost the container of ${release.tag}, which it had kept: it is made anew`,
          );
          return [name];
        },
      );
      const names = (await Promise.all(found)).flat();
      const { error } = names.length === 0 ? {} : await readBack(open, names, "docker:");
      if (error !== undefined) {
        // The update goes on by what the state says, and says itself what it does not come to.
        log.say("⚠️", `${open.name} could not be read back: ${error}`);
      }
    }),
  );
}

/** The command that lists the names of a service's containers, also of those that are stopped. */
export function listContainers(service: string): string[] {
  const filters = [`label=hms.service=${service}`, "label=hms.role=app"];
  return ["ps", "--all", ...filters.flatMap((filter) => ["--filter", filter]), "--format", "{{.Names}}"];
}

/** The names of a service's containers on a docker host; undefined when it does not say. */
async function containersOn(service: string, { host }: DockerHostSettings): Promise<string[] | undefined> {
  const { failed, stdout } = await execa("docker", listContainers(service), {
    reject: false,
    timeout: answerMilliseconds,
    env: engineEnvironment(host),
  });
  return failed ? undefined : stdout.split("\n");
}
