/**
 * The lab's Kubernetes: one node, of the real parts, from nothing to Ready in a few seconds. All that it is lies in one
 * folder, in processes that carry the lab's mark, and in the few things that `down` names.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Daemon, isAlive, killAll, start, stop } from "../daemon";
import { kubernetesBinary } from "../toolchain/kubernetes/cluster";
import { takesWork } from "./api";
import { authorities, certificateFile, certificates, makeCertificates } from "./certificates";
import {
  configurationOf,
  kubeconfig,
  kubeconfigOf,
  kubeletConfiguration,
  staticFiles,
} from "./configuration";
import { type Daemons, daemons } from "./daemons";
import {
  keepSettings,
  makeControlGroup,
  openFilesLimit,
  removeControlGroup,
  restoreSettings,
} from "./kernel";
import { removeShimSockets, removeStrayFiles, unmountAll } from "./leftovers";
import { hasProxyChains, makeNetwork, removeNetwork } from "./network";
import { importPauseImage } from "./pause-image";
import { controlGroup, inCluster, nodeName } from "./places";

/** How the cluster is. */
export interface ClusterStatus {
  /** Whether it takes work: its node is Ready. */
  readonly ready: boolean;
  /** Which of its daemons run. */
  readonly daemons: Readonly<Record<string, boolean>>;
}

/** How long the node may take to be Ready once everything serves, in seconds. */
const readyWithinSeconds = 60;

/**
 * Starts the cluster, or mends what is broken of it. It takes well under a second when all is well.
 * @throws one sentence and the end of a log when a part does not start
 */
export async function up(): Promise<void> {
  const parts = daemons(await kubernetesBinary());
  await removeOther(parts);
  await prepare(parts);
  const [podsLostTheirLink] = await Promise.all([makeNetwork(), makeCertificates()]);
  await writeFiles();
  // Without a process the kubelet sees that a pod is gone, and begins it anew.
  if (podsLostTheirLink) await killAll(() => false, controlGroup);
  await startAll(parts);
  await waitUntilReady();
}

/**
 * Stops the cluster and removes all that was of it. What stays are the binaries in the cache.
 * @throws when something can't be removed; a second call goes on from there
 */
export async function down(): Promise<void> {
  if (!existsSync(inCluster())) return;
  const { containerd, ...others } = daemons("");
  // No grace: what they would still write is removed anyway. containerd comes last, as the others begin containers.
  await Promise.all(Object.values<Daemon>(others).map((daemon) => stop(daemon, 0)));
  await stop(containerd, 0);
  await killAll((pidFile) => pidFile.startsWith(`${inCluster()}/`), controlGroup);
  await unmountAll();
  await removeNetwork();
  await removeControlGroup();
  restoreSettings();
  removeStrayFiles();
  await rm(inCluster(), { recursive: true });
}

/** How the cluster is, without changing anything. */
export async function status(): Promise<ClusterStatus> {
  const all = Object.values<Daemon>({ ...daemons("") });
  return {
    ready: await takesWork(nodeName).catch(() => false),
    daemons: Object.fromEntries(all.map((daemon) => [daemon.name, isAlive(daemon)])),
  };
}

/** What the cluster is made of, as a digest: it changes when a setting, a flag or a version does. */
const recipe = (parts: Daemons): string =>
  createHash("sha256")
    .update(JSON.stringify([parts, staticFiles(), certificates]))
    .digest("hex");

const recipeFile = inCluster("recipe");

/** Removes a cluster that another version of this project has made. */
async function removeOther(parts: Daemons): Promise<void> {
  if (!existsSync(inCluster())) return;
  const made = await readFile(recipeFile, "utf8").catch(() => "");
  if (made !== recipe(parts)) await down();
}

async function prepare(parts: Daemons): Promise<void> {
  if (!existsSync(inCluster()) && (await hasProxyChains())) {
    throw new Error(
      "This machine is part of a Kubernetes cluster already: its iptables have chains of kube-proxy, which the lab's would " +
        "overwrite. Run the lab without --kubernetes, or on another machine.",
    );
  }
  await mkdir(inCluster(), { recursive: true, mode: 0o700 });
  await writeFile(recipeFile, recipe(parts));
  keepSettings();
  makeControlGroup();
}

/** Writes the files whose text is another one by now: kube-proxy ends as soon as its own is written. */
async function writeFiles(): Promise<void> {
  const files: Record<string, string> = {
    ...staticFiles(),
    [configurationOf("kubelet")]: kubeletConfiguration(openFilesLimit()),
  };
  const authority = await readFile(certificateFile(authorities.cluster, "crt"));
  for (const user of ["admin", "controller-manager", "scheduler", "kubelet", "proxy"]) {
    const [client, key] = await Promise.all([
      readFile(certificateFile(user, "crt")),
      readFile(certificateFile(user, "key")),
    ]);
    files[kubeconfigOf(user)] = kubeconfig(user, { authority, client, key });
  }
  await Promise.all(
    Object.entries(files).map(async ([file, text]) => {
      if ((await readFile(file, "utf8").catch(() => undefined)) === text) return;
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text, { mode: 0o600 });
    }),
  );
}

/** What waits for nothing begins at once: two cores are busy for most of it. */
async function startAll(parts: Daemons): Promise<void> {
  if (!isAlive(parts.containerd)) {
    await stop(parts.containerd, 0);
    removeShimSockets();
  }
  const api = Promise.all([start(parts.etcd), start(parts.apiserver)]);
  const containers = start(parts.containerd).then(importPauseImage);
  await Promise.all([
    api.then(() => Promise.all([start(parts.controllerManager), start(parts.scheduler), start(parts.proxy)])),
    Promise.all([api, containers]).then(() => start(parts.kubelet)),
  ]);
}

async function waitUntilReady(): Promise<void> {
  const limit = Date.now() + readyWithinSeconds * 1000;
  while (!(await takesWork(nodeName).catch(() => false))) {
    if (Date.now() > limit) {
      throw new Error(
        `The cluster's node was not Ready within ${readyWithinSeconds} s. Look at ${inCluster("kubelet.log")}, or run ` +
          '"npm run lab -- down" and "npm run lab -- up --kubernetes".',
      );
    }
    await sleep(100);
  }
}
