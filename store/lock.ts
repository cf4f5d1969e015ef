/** A lock on a file that ends with its holder, however that ends. */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import path from "node:path";
import { takeLease } from "./lease";

/** A lock that is held. */
export interface Lock {
  release(): void;
}

/** How often who waits looks again. */
const pauseMilliseconds = 100;

/**
 * Takes the lock, waiting for who holds it.
 *
 * The kernel keeps it, by flock(1) of util-linux, whose process ends with the pipe from this one: unlike a file with a process id,
 * it can't be left behind, and no two find it left at once. Where there is no flock, it is a lease.
 *
 * @param file in a folder that is there; it is made
 * @param until when to give up: milliseconds since 1970
 * @returns undefined when somebody else has held it until then
 */
export async function takeLock(file: string, until: number): Promise<Lock | undefined> {
  for (;;) {
    const found = await tryFlock(file);
    if (found === "no flock") {
      return leaseInstead(file, until);
    }
    if (found !== "held") {
      return found;
    }
    if (Date.now() + pauseMilliseconds > until) {
      return undefined;
    }
    await sleep(pauseMilliseconds);
  }
}

function tryFlock(file: string): Promise<Lock | "held" | "no flock"> {
  return new Promise((resolve) => {
    // It says that it has the lock, and keeps it until its input ends.
    const holder = spawn("flock", ["--nonblock", file, "sh", "-c", "echo held && exec cat"], {
      stdio: ["pipe", "pipe", "ignore"],
      env: process.env,
    });
    holder.once("error", () => {
      resolve("no flock");
    });
    holder.once("close", () => {
      resolve("held");
    });
    holder.stdout.once("data", () => {
      resolve({
        release: () => {
          holder.stdin.end();
        },
      });
    });
  });
}

async function leaseInstead(file: string, until: number): Promise<Lock | undefined> {
  const wait = Math.max(0, (until - Date.now()) / 1000);
  return takeLease(path.dirname(file), { limitSeconds: wait }).catch(() => undefined);
}
