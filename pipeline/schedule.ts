/** When a service ships, by what a commit says of itself. */
import { parseService, serviceFile } from "../core/service";
import { git, localRepository } from "../store/source";

/**
 * The schedule by which a commit's service ships; undefined when it ships on each push. A file that can't be read is for the suite to
 * refuse.
 *
 * @param commit full hash
 * @throws UserError when the repository can't be reached
 */
export async function scheduleOf(repository: string, commit: string): Promise<string | undefined> {
  const folder = await localRepository(repository);
  const { failed, stdout } = await git(folder, ["show", `${commit}:${serviceFile}`]);
  if (failed) {
    return undefined;
  }
  try {
    const { trigger } = parseService(stdout, serviceFile);
    return trigger.kind === "schedule" ? trigger.schedule : undefined;
  } catch {
    return undefined;
  }
}
