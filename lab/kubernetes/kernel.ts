/** What the cluster changes in the kernel for the whole machine, and how it is put back: settings, control groups. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { controlGroup, inCluster } from "./places";

/** The settings that the kubelet changes: it wants a node to end when the kernel is in trouble. */
export const changedSettings = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
] as const;

const settingFile = (name: string): string => path.join("/proc/sys", name);
const kept = inCluster("kernel-settings.json");

/** Writes down how the machine's settings are, unless an earlier start has. */
export function keepSettings(): void {
  if (existsSync(kept)) return;
  const settings = changedSettings.map((name) => [name, readFileSync(settingFile(name), "utf8").trim()]);
  writeFileSync(`${kept}.part`, JSON.stringify(Object.fromEntries(settings)));
  renameSync(`${kept}.part`, kept);
}

/** Puts the machine's settings back as they were written down. */
export function restoreSettings(): void {
  if (!existsSync(kept)) return;
  const settings = Object.entries(JSON.parse(readFileSync(kept, "utf8")) as Record<string, string>);
  for (const [name, value] of settings) writeFileSync(settingFile(name), value);
}

/** A hierarchy of control groups. */
export interface Hierarchy {
  readonly root: string;
  readonly version: 1 | 2;
}

/** The hierarchies in a text of `/proc/mounts`. */
export const hierarchiesIn = (mounts: string): Hierarchy[] =>
  mounts
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, , type]) => type === "cgroup" || type === "cgroup2")
    .map(([, root = "", type]) => ({ root, version: type === "cgroup" ? 1 : 2 }));

const hierarchies = (): Hierarchy[] => hierarchiesIn(readFileSync("/proc/mounts", "utf8"));

/** Makes the pods' control group, which the kubelet expects to be there, with every controller. */
export function makeControlGroup(): void {
  for (const { root, version } of hierarchies()) {
    const folder = path.join(root, controlGroup);
    mkdirSync(folder, { recursive: true });
    // In version 2 a group has the controllers that those above it hand down.
    if (version === 2) [root, path.dirname(folder)].forEach(handDownControllers);
  }
}

function handDownControllers(folder: string): void {
  const available = readFileSync(path.join(folder, "cgroup.controllers"), "utf8")
    .trim()
    .split(" ")
    .filter(Boolean);
  for (const name of available) writeFileSync(path.join(folder, "cgroup.subtree_control"), `+${name}`);
}

/** Removes the pods' control group, whose processes have ended. */
export async function removeControlGroup(): Promise<void> {
  for (const { root } of hierarchies()) {
    const folder = path.join(root, controlGroup);
    // The kernel needs a moment for processes that have just ended.
    for (let tries = 0; tries < 40 && !removeGroup(folder); tries++) await sleep(50);
    const parent = path.dirname(folder);
    // Other parts of the lab have groups there.
    if (existsSync(parent) && groupsIn(parent).length === 0) removeGroup(parent);
  }
}

const groupsIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(folder, name));

/** A control group is removed as a folder, once it has none below it; its files go with it. Says whether it is gone. */
function removeGroup(folder: string): boolean {
  if (!existsSync(folder)) return true;
  groupsIn(folder).forEach(removeGroup);
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
    throw error;
  }
}

/** The mounts below a folder in a text of `/proc/self/mountinfo`, the deepest first. */
export const mountsBelow = (folder: string, mountinfo: string): string[] =>
  mountinfo
    .split("\n")
    .map((line) =>
      (line.split(" ")[4] ?? "").replace(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCharCode(parseInt(octal, 8)),
      ),
    )
    .filter((mount) => mount.startsWith(`${folder}/`))
    .reverse();

/** The most files that a process may have open, up to what the kubelet asks for by itself. */
export function openFilesLimit(limits = readFileSync("/proc/self/limits", "utf8")): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return Math.min(hard === undefined || hard === "unlimited" ? Infinity : Number(hard), 1_000_000);
}
