/**
 * What is built or fetched once per machine and shared by every checkout: folders keyed by name and version, which
 * are complete as soon as they exist.
 */
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";

/** The user's home folder. */
export const userHome = (): string => process.env["HOME"] || os.homedir();

/** A path in this project's part of the user's cache: `$XDG_CACHE_HOME/hms`, by default `~/.cache/hms`. */
export const inCache = (...parts: string[]): string =>
  path.join(process.env["XDG_CACHE_HOME"] || path.join(userHome(), ".cache"), "hms", ...parts);

/** Where the log of a long step lies. */
export const logOf = (step: string): string => inCache("logs", `${step}.log`);

/**
 * Runs `work` while no other process on this machine runs work of the same name. The lock is the kernel's and ends
 * with the process, however that ends.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  await mkdir(inCache("locks"), { recursive: true });
  // `cat` echoes only once flock let it start, and ends when its input does: with `release`, or with this process.
  const holder = execa("flock", [inCache("locks", name), "cat"], { reject: false, buffer: false });
  holder.stdin.write("?");
  const locked = await new Promise<boolean>((resolve) => {
    holder.stdout.once("data", () => {
      resolve(true);
    });
    void holder.then(() => {
      resolve(false);
    });
  });
  if (!locked)
    throw new Error(`"flock" is missing or can't lock ${inCache("locks", name)}. Install util-linux.`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await holder;
  }
}

/**
 * The folder `name` of the cache, which `fill` fills the first time. A folder that was not filled to its end never
 * shows under its name, and two processes never fill it at the same time.
 *
 * @param name of the folder, with the version in it
 * @param fill writes everything into the folder it is given
 * @returns the absolute path of the finished folder
 * @throws what `fill` throws; nothing is left behind then
 */
export async function once(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const finished = inCache(name);
  if (existsSync(finished)) return finished;
  return withLock(name, async () => {
    if (existsSync(finished)) return finished;
    // What a process that was killed has left behind.
    for (const left of await readdir(inCache())) {
      if (left.startsWith(`.${name}-`)) await rm(inCache(left), { recursive: true, force: true });
    }
    const unfinished = await mkdtemp(inCache(`.${name}-`));
    try {
      await fill(unfinished);
      await rename(unfinished, finished);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return finished;
  });
}
