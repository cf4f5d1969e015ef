/** The control groups of the lab's containers. */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** All of the lab's control groups are below this one. */
export const labControlGroup = "/hms-lab";

const mountPoint = "/sys/fs/cgroup";

/** Removes the lab's control groups, which hold no process any more; one that does stays. */
export async function removeControlGroups(): Promise<void> {
  if (!existsSync(mountPoint)) return;
  // Version 2 has one hierarchy, version 1 one for each controller.
  const folders = ["", ...readdirSync(mountPoint)]
    .map((hierarchy) => path.join(mountPoint, hierarchy, labControlGroup))
    .filter((folder) => existsSync(folder));
  // The kernel needs a moment for processes that have just ended.
  for (let tries = 0; tries < 20 && !folders.map(removeGroup).every(Boolean); tries++) await sleep(50);
}

/** Its files go with it; groups within it must go first. Says whether it is gone. */
function removeGroup(folder: string): boolean {
  if (!existsSync(folder)) return true;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroup(path.join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
    throw error;
  }
}
