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
    if (version === 2) {
      for (const parent of [root, path.dirname(folder)]) {
        const controllers = readFileSync(path.join(parent, "cgroup.controllers"), "utf8")
          .split(/\s+/)
          .filter(Boolean);
        writeFileSync(
          path.join(parent, "cgroup.subtree_control"),
          controllers.map((name) => `+${name}`).join(" "),
        );
      }
    }
  }
}

/** Removes the pods' control group, which holds no process any more. */
export function removeControlGroup(): void {
  for (const { root } of hierarchies()) {
    removeGroup(path.join(root, controlGroup));
    const parent = path.join(root, path.dirname(controlGroup));
    // Other parts of the lab have groups there.
    if (
      existsSync(parent) &&
      !readdirSync(parent, { withFileTypes: true }).some((entry) => entry.isDirectory())
    ) {
      rmdirSync(parent);
    }
  }
}

/** A control group is removed as a folder, but only once it has none below it; its files go by themselves. */
function removeGroup(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroup(path.join(folder, entry.name));
  }
  rmdirSync(folder);
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
