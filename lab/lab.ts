/** The whole lab: up, down, status. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { execa } from "execa";
import { labControlGroup, removeControlGroups } from "./control-groups";
import { killAll } from "./daemon";
import { cloudEngine, isServing, startDocker } from "./docker";
import { labEnvironment, makeStack, stacks, writeEnvironment } from "./environment";
import { pushBaseImages } from "./images";
import * as kubernetes from "./kubernetes/cluster";
import { makeDeployKey, makeSigningKey } from "./keys";
import { hosts, inLab, labRoot, serviceRepository, sites } from "./layout";
import { assertNothingLeaks } from "./leaks";
import { allowForwarding, machineLinks, noteMachine, restoreMachine } from "./machine";
import { closeFence, labLinks, madeHosts, makeHost, openFence, removeHost } from "./network";
import { mountsBelow } from "./kubernetes/kernel";
import { downPartners, type PartnerStatus, partnersStatus, upPartners } from "./partners";
import { markName } from "./processes";
import { receiverServes, startReceiver } from "./receiver";
import { registryServes, startRegistry } from "./registry";
import { installHook, makeRepository } from "./repository";
import { type SiteStatus, sitesStatus, upSite } from "./site";
import { withLock } from "./toolchain/cache";
import { say } from "./toolchain/progress";

/** How the lab is. */
export interface LabStatus {
  /** Whether all of it serves. */
  readonly up: boolean;
  /** Whether the docker engine that plays the cloud serves. */
  readonly cloud: boolean;
  readonly registry: boolean;
  readonly receiver: boolean;
  /** Whether the service's repository is there. */
  readonly repository: boolean;
  readonly sites: readonly SiteStatus[];
  readonly partners: readonly PartnerStatus[];
  /** Whether the cluster takes work; only where the lab has one. */
  readonly kubernetes?: boolean;
}

/** The mark of what `up` itself runs, such as a copy of an image: it may outlive an `up` that was killed. */
const upMark = inLab("up");

/**
 * Brings the lab up, and mends what is broken of it. What is well is left alone.
 * @param kubernetes - whether with the cluster; one that is there is kept in any case
 * @throws one sentence for each part that could not be started; the others are up then
 */
export async function up({ kubernetes: cluster }: { kubernetes: boolean }): Promise<void> {
  requireRoot();
  process.umask(0o022);
  await alone(async () => {
    await killAll((mark) => mark === upMark);
    process.env[markName] = upMark;
    try {
      await upAlone(cluster || hasCluster());
    } finally {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- to assign undefined would set it to a text
      delete process.env[markName];
    }
  });
}

async function upAlone(cluster: boolean): Promise<void> {
  const begin = Date.now();
  // Somebody has removed the lab's folder, but not the lab.
  if (!existsSync(labRoot) && (await labLinks()).length > 0) await remove();
  mkdirSync(labRoot, { recursive: true });
  await noteMachine();
  await closeFence(await machineLinks());
  allowForwarding();
  makeSigningKey();
  const network = Promise.all([...hosts.map(makeHost), makeDeployKey()]).then(assertNothingLeaks);
  await together([
    told("cloud: docker engine", startDocker(cloudEngine)),
    ...sites.map((site) =>
      told(
        `site ${site.name}: docker engine and sshd`,
        network.then(() => upSite(site)),
      ),
    ),
    told("partners: usgs (FTP), noaa (FTPS), fema (SFTP)", network.then(upAllPartners)),
    told("receiver of annotations and events", startReceiver()),
    upImages(),
    upDesk(cluster),
    ...(cluster ? [told("kubernetes: one node, ready", upCluster())] : []),
  ]);
  await assertNothingLeaks();
  say(`lab: up, in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
}

/** Says what was started, once it is; nothing when it was there. */
async function told(what: string, started: Promise<boolean>): Promise<void> {
  if (await started) say(what);
}

async function upAllPartners(): Promise<boolean> {
  const wereUp = (await partnersStatus()).every((partner) => partner.up);
  await upPartners();
  return !wereUp;
}

async function upCluster(): Promise<boolean> {
  const wasReady = (await kubernetes.status()).ready;
  await kubernetes.up();
  return !wasReady;
}

async function upImages(): Promise<void> {
  await told("registry", startRegistry());
  const pushed = await pushBaseImages();
  if (pushed.length > 0) say(`base images: ${pushed.join(", ")}`);
}

/** What a developer and an operator work with: the environment, the stacks, the service's repository. */
async function upDesk(cluster: boolean): Promise<void> {
  await writeEnvironment(cluster);
  const [build, ...others] = stacks;
  const [made, isNew] = await Promise.all([makeStack(build), makeRepository()]);
  await Promise.all([
    Promise.all(others.map(makeStack)).then((news) => {
      if (made || news.includes(true)) say(`stacks: ${stacks.join(", ")}`);
    }),
    labEnvironment()
      .then(installHook)
      .then((hasNewHook) => {
        if (isNew || hasNewHook) say(`repository ${serviceRepository}, whose hook starts a run`);
      }),
  ]);
}

/** Waits for all, also when some fail. */
async function together(parts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  if (reasons[0] && reasons.length === 1) throw reasons[0];
  if (reasons.length > 1) throw new Error(reasons.map(({ message }) => message).join("\n"));
}

/**
 * Takes the lab down, whatever state it is in: nothing of it stays but what is in the cache.
 * @throws when something can't be removed; a second call goes on from there
 */
export async function down(): Promise<void> {
  requireRoot();
  await alone(async () => {
    const begin = Date.now();
    await remove();
    say(`lab: down, in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
  });
}

/** Removes everything of the lab. */
async function remove(): Promise<void> {
  // No grace: what they would still write is removed with the rest.
  await killAll((mark) => mark.startsWith(`${labRoot}/`), labControlGroup);
  await kubernetes.down();
  await downPartners();
  const names = new Set([...hosts.map(({ name }) => name), ...(await madeHosts())]);
  await Promise.all([...names].map(removeHost));
  await restoreMachine();
  await openFence();
  await removeControlGroups();
  for (const mount of mountsBelow(labRoot, readFileSync("/proc/self/mountinfo", "utf8"))) {
    await execa("umount", [mount]);
  }
  rmSync(labRoot, { recursive: true, force: true });
}

/** How the lab is, without changing anything. */
export async function status(): Promise<LabStatus> {
  const answers = (question: Promise<boolean>): Promise<boolean> => question.catch(() => false);
  const [cloud, registry, receiver, siteStates, partners, cluster] = await Promise.all([
    isServing(cloudEngine),
    answers(registryServes()),
    answers(receiverServes()),
    sitesStatus(),
    partnersStatus(),
    hasCluster() ? kubernetes.status() : undefined,
  ]);
  const repository = existsSync(serviceRepository);
  const isUp =
    [cloud, registry, receiver, repository, cluster?.ready ?? true].every(Boolean) &&
    siteStates.every(({ link, docker, sshd }) => link === "up" && docker && sshd) &&
    partners.every((partner) => partner.up);
  return {
    up: isUp,
    cloud,
    registry,
    receiver,
    repository,
    sites: siteStates,
    partners,
    ...(cluster && { kubernetes: cluster.ready }),
  };
}

const hasCluster = (): boolean => existsSync(inLab("kubernetes"));

/** Runs while no other command changes the lab. */
async function alone(work: () => Promise<void>): Promise<void> {
  const hint = setTimeout(() => {
    say("another command is changing the lab: waiting for it");
  }, 2000);
  await withLock("lab", () => {
    clearTimeout(hint);
    return work();
  }).finally(() => {
    clearTimeout(hint);
  });
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new Error("The lab makes networks and mounts of its own, which only root may do. Run this as root.");
}
