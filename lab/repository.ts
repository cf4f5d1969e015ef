/** The service's repository: a developer pushes to it, and its hook starts a run. */
import { existsSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { environmentFile } from "./environment";
import { serviceRepository } from "./layout";

const project = path.join(__dirname, "..");

/** Makes the bare repository, with the branch `main`, unless it is there. Says whether it had to be made. */
export async function makeRepository(): Promise<boolean> {
  if (existsSync(serviceRepository)) return false;
  const part = `${serviceRepository}.part`;
  await rm(part, { recursive: true, force: true });
  await execa("git", ["init", "--quiet", "--bare", "--initial-branch=main", part]);
  await rename(part, serviceRepository);
  return true;
}

/**
 * Has the product install its hook, with the lab's environment and so that a push shows its run's log, unless the one that is there is this checkout's. The
 * repository and the stacks must be there.
 * @returns whether it had to be installed
 */
export async function installHook(env: Readonly<Record<string, string>>): Promise<boolean> {
  const hook = path.join(serviceRepository, "hooks", "post-receive");
  if (existsSync(hook) && readFileSync(hook, "utf8").includes(`cd ${project} `)) return false;
  await execa(
    "node",
    ["cli/hms.js", "hook", "install", serviceRepository, "--wait", "--environment", environmentFile],
    {
      cwd: project,
      env,
    },
  );
  return true;
}
