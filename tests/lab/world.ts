/** What the lab's tests do and see: pushes, the command line, and the answers of every target. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import {
  cloudDocker,
  folderOf,
  inLab,
  kubeconfig,
  partners,
  serviceRepository,
  sites,
} from "../../lab/layout";
import { signingKeys } from "../../lab/keys";
import { environment } from "../../lab/main";
import { projectFolder } from "../../store/project";
import type { RunResult } from "../../pipeline/run";
import type { Status } from "../../pipeline/status";

// The trail is read in this process, too.
Object.assign(process.env, { HMS_KEYS: signingKeys, HMS_HEADS: inLab("heads") });

/** Every target's name in the trail. */
export const allTargets = [
  "cloud/cloud",
  "cloud-docker/cloud-docker",
  "onprem/mississippi",
  "onprem/anchorage",
  "partners/usgs",
  "partners/noaa",
  "partners/fema",
] as const;

const allStacks = "cloud,cloud-docker,onprem,partners";

/** What a command of ours did. */
export interface Done {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a refused run or rollback prints. */
export type Refused = Pick<RunResult, "refused">;

/** Runs `hms` as a user of the lab does. */
export async function hms(...args: string[]): Promise<Done> {
  return run("node", ["cli/hms.js", ...args]);
}

/** Runs plain `pulumi` as a user of the lab does. */
export async function pulumi(...args: string[]): Promise<Done> {
  return run("pulumi", [...args, "--non-interactive", "--color", "never"]);
}

async function run(command: string, args: string[]): Promise<Done> {
  const env = { ...(await environment()), HMS_STACKS: allStacks };
  const { exitCode, stdout, stderr } = await execa(command, args, { cwd: projectFolder, env, reject: false });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

const workingCopy = inLab("test-copy");

/** Edits the working copy, commits, and puts the commit into the service's repository. Returns its hash. */
export async function commit(edit: (folder: string) => string): Promise<string> {
  if (!fs.existsSync(workingCopy)) {
    await execa("git", ["clone", "--quiet", serviceRepository, workingCopy]);
  }
  const message = edit(workingCopy);
  await git("add", "--all");
  await git(
    "-c",
    "user.name=Test",
    "-c",
    "user.email=test@agency.example",
    "commit",
    "--quiet",
    "--allow-empty",
    "-m",
    message,
  );
  return (await git("rev-parse", "HEAD")).stdout;
}

/** Pushes what was committed: the hook starts a run, whose log comes back. */
export async function push(): Promise<string> {
  const { stderr } = await git("push", "--quiet", "origin", "HEAD:main");
  return stderr.replaceAll(/^remote: ?/gm, "");
}

/** Puts what was committed into a branch of the repository, without the hook, which would start a run. */
export async function toRepository(branch = "main"): Promise<void> {
  const refs = `+HEAD:refs/heads/${branch}`;
  await execa("git", ["-C", serviceRepository, "fetch", "--quiet", workingCopy, refs]);
}

/** Puts what was committed into the repository without the hook, and runs the pipeline on it. */
export async function ship(edit: (folder: string) => string, stacks = allStacks): Promise<RunResult> {
  const hash = await commit(edit);
  await toRepository();
  const done = await hms("pipeline", "run", "--commit", hash, "--stacks", stacks, "--json");
  if (done.stdout === "") {
    throw new Error(`no result: ${done.stderr}`);
  }
  const result = JSON.parse(done.stdout) as RunResult;
  if (done.exitCode !== result.exitCode) {
    throw new Error(`it says exit code ${String(result.exitCode)}, and ended with ${String(done.exitCode)}`);
  }
  return result;
}

async function git(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { ...(await environment()), HMS_STACKS: allStacks };
  return execa("git", ["-C", workingCopy, ...args], { env });
}

/** A question that every formula answers. */
export const question = "/risk?rainfall=1&elevation=1&soil=clay";

/** Where the service is asked on each target that runs it. */
export async function places(): Promise<Record<string, string>> {
  return {
    ...(fs.existsSync(kubeconfig) && { cluster: `http://${await clusterAddress()}` }),
    docker: cloudDocker.service,
    ...Object.fromEntries(sites.map(({ name, address }) => [name, `http://${address}:8080`])),
  };
}

/** What the service answers on each target that runs it: the version of its formula. */
export async function formulas(): Promise<Record<string, string>> {
  const answers = await Promise.all(
    Object.entries(await places()).map(async ([name, url]) => {
      const body = await bodyOf(`${url}${question}`).catch(() => undefined);
      return [name, body === undefined ? "nothing" : (JSON.parse(body) as { formula: string }).formula];
    }),
  );
  return Object.fromEntries(answers) as Record<string, string>;
}

/** What is answered to somebody new: over a connection that was kept open, a container that is to end still answers for a while. */
async function bodyOf(url: string): Promise<string> {
  const signal = AbortSignal.timeout(5_000);
  const [response] = (await once(http.get(url, { agent: false, signal }), "response", { signal })) as [
    http.IncomingMessage,
  ];
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(body);
  return body;
}

/** The same answer everywhere. */
export const everywhere = (formula: string): Record<string, string> => ({
  cluster: formula,
  docker: formula,
  mississippi: formula,
  anchorage: formula,
});

async function clusterAddress(): Promise<string> {
  const { CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const service = await config
    .makeApiClient(CoreV1Api)
    .readNamespacedService({ name: "flood-formula", namespace: "flood-formula" });
  return service.spec?.clusterIP ?? "";
}

/** The SHA-256 of the bundle in each partner's inbox. */
export function bundles(): Record<string, string> {
  return Object.fromEntries(
    Object.keys(partners).map((name) => {
      const file = path.join(folderOf(name), "inbox", "bundle.zip");
      return [name, createHash("sha256").update(fs.readFileSync(file)).digest("hex")];
    }),
  );
}

/** What runs where, by the names and start times of containers and pods. */
export async function units(): Promise<Record<string, unknown>> {
  const { targets } = await status();
  return Object.fromEntries(
    targets.map(({ target, receipt }) => [
      target,
      receipt?.kind === "runs" ? { units: [...receipt.units].sort(), since: receipt.since } : receipt?.kind,
    ]),
  );
}

/** The status, asked now. */
export async function status(): Promise<Status> {
  return JSON.parse((await hms("pipeline", "status", "--json")).stdout) as Status;
}

/** Each target's state at the end of a run. */
export function states(result: Pick<RunResult, "targets">): Record<string, string> {
  return Object.fromEntries(Object.entries(result.targets).map(([id, { state }]) => [id, state]));
}

/** The same state everywhere. */
export const all = (state: string): Record<string, string> =>
  Object.fromEntries(allTargets.map((id) => [id, state]));
