/** What the cluster's parts keep outside of its folder, where no setting of theirs moves it, and mounts within it. */
import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { mountsBelow } from "./kernel";
import { cniNetwork, inCluster } from "./places";

const entriesOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Removes folders that are empty, the inner one first; those in which others keep something stay. */
function removeEmpty(...folders: string[]): void {
  for (const folder of folders) if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

/** Removes the cluster's files that lie elsewhere. Its processes have ended by then. */
export function removeStrayFiles(): void {
  removeLogLinks();
  removeNetworkResults();
  removeShimSockets();
  removeDeviceSocket();
}

/** The kubelet links every container's log here. */
function removeLogLinks(folder = "/var/log/containers"): void {
  for (const name of entriesOf(folder)) {
    const link = path.join(folder, name);
    if (readlinkSync(link).startsWith(`${inCluster()}/`)) rmSync(link);
  }
  removeEmpty(folder);
}

/** CNI's library remembers here what it did for each pod; for the loopback, under a name that is not the lab's alone. */
function removeNetworkResults(folder = "/var/lib/cni/results"): void {
  const pods = entriesOf(inCluster("containerd", "root", "io.containerd.grpc.v1.cri", "sandboxes"));
  const names = entriesOf(folder);
  for (const name of resultsOf(pods, names)) rmSync(path.join(folder, name));
  removeEmpty(folder, path.dirname(folder));
}

/**
 * Which of CNI's results are the lab's.
 * @param pods - ids of the pods that containerd knows
 * @param names - of all results: `NETWORK-POD-INTERFACE`
 */
export function resultsOf(pods: readonly string[], names: readonly string[]): string[] {
  const inNetwork = new RegExp(`^${cniNetwork}-(\\w+)-`);
  const mine = new Set([...pods, ...names.flatMap((name) => inNetwork.exec(name)?.[1] ?? [])]);
  return names.filter((name) => mine.has(name.split("-").at(-2) ?? ""));
}

/** The kubelet waits here for drivers of devices. */
function removeDeviceSocket(folder = "/var/lib/kubelet/device-plugins"): void {
  rmSync(path.join(folder, "kubelet.sock"), { force: true });
  removeEmpty(folder, path.dirname(folder));
}

/** Removes the sockets of pods' shims, which have ended. Only a file that containerd removes names each. */
export function removeShimSockets(): void {
  const pods = inCluster("containerd", "state", "io.containerd.runtime.v2.task", "k8s.io");
  for (const id of entriesOf(pods)) {
    const file = path.join(pods, id, "address");
    if (existsSync(file)) rmSync(readFileSync(file, "utf8").replace("unix://", ""), { force: true });
  }
  removeEmpty("/run/containerd/s", "/run/containerd");
}

/**
 * Unmounts everything below the cluster's folder.
 * @throws when something still uses a mount
 */
export async function unmountAll(): Promise<void> {
  for (const mount of mountsBelow(inCluster(), readFileSync("/proc/self/mountinfo", "utf8"))) {
    await execa("umount", [mount]);
  }
}
