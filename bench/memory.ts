/** How much memory a program and all that it starts have at once. */
import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Watches a process and what comes from it, until the work is done. @returns the most that they had at once, in MB */
export async function peakMegabytes(pid: number | undefined, work: PromiseLike<unknown>): Promise<number> {
  const state = { on: true };
  const done = Promise.resolve(work).finally(() => (state.on = false));
  let peak = 0;
  while (state.on) {
    peak = Math.max(
      peak,
      treeOf(pid ?? 0).reduce((sum, each) => sum + bytesOf(each), 0),
    );
    await Promise.race([sleep(250), done.catch(() => undefined)]);
  }
  await done;
  return Math.round(peak / 1e6);
}

/** A process and all that come from it. */
function treeOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of fs.readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    const parent = Number(read(`/proc/${name}/stat`).split(") ").at(-1)?.split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const each of tree) tree.push(...(children.get(each) ?? []));
  return tree;
}

/** What a process has for itself, and its part of what it shares with others. */
function bytesOf(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** Nothing of a process that has gone. */
function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
