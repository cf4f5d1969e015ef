/** The lab in which the benches measure: one for all of those that are run. */
import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { UserError } from "../core/errors";
import { environmentFile } from "../lab/environment";
import { down, up } from "../lab/lab";
import { inLab, serviceRepository } from "../lab/layout";
import { environment } from "../lab/main";
import { changeFormula } from "../lab/story";
import { projectFolder } from "../store/project";
import * as world from "../tests/lab/world";

/** The stacks that are shipped to: what the seed's scripts ship to, and nothing else. */
export const stacks = "cloud,onprem,partners";

let opened: Promise<void> | undefined;
let versions = 0;

/** Brings the lab up, with a release on every target, unless it is. */
export async function openLab(tell: (line: string) => void): Promise<void> {
  await (opened ??= begin(tell));
}

/** Takes the lab down, if it was brought up. */
export async function closeLab(): Promise<void> {
  if (opened !== undefined) await down();
}

async function begin(tell: (line: string) => void): Promise<void> {
  if (process.getuid?.() !== 0) throw new UserError("The lab, in which this is measured, needs root.");
  tell("lab: up, with a cluster");
  await down();
  await up({ kubernetes: true });
  const file = inLab("bench.env");
  fs.writeFileSync(file, `${fs.readFileSync(environmentFile, "utf8")}export HMS_STACKS='${stacks}'\n`, {
    mode: 0o600,
  });
  await hms("hook", "install", serviceRepository, "--wait", "--environment", file);
  tell("two releases everywhere");
  for (let each = 0; each < 2; each += 1) await push(await newCommit());
}

/** A commit whose formula differs from all others by its version. */
export interface Commit {
  readonly hash: string;
  readonly version: string;
}

/** Commits another formula, and pushes nothing. */
export async function newCommit(edit = changeFormula): Promise<Commit> {
  versions += 1;
  const version = `b${versions}`;
  return { version, hash: await world.commit((folder) => edit(folder, version)) };
}

/** Runs `hms` as a user of the lab does. @throws when it fails */
export async function hms(...args: string[]): Promise<string> {
  const env = { ...(await environment()), HMS_STACKS: stacks };
  return (await execa("node", ["cli/hms.js", ...args], { cwd: projectFolder, env })).stdout;
}

/** Pushes a commit, whose run then ships it. Answers when the run has ended, with the seconds after which all targets had it. */
export async function push(commit: Commit): Promise<number> {
  const copy = inLab("test-copy");
  const run = execa(
    "git",
    ["-C", copy, "push", "--quiet", "--force", "origin", `${commit.hash}:refs/heads/main`],
    {
      env: await environment(),
      reject: false,
    },
  );
  return await untilLive(commit.version, run);
}

/** For how long a target may answer with the release before once the run is over. */
const seenOutMilliseconds = 10_000;

/** Seconds until every target answers with a version and the partners' bundles have changed. Waits for what makes it so, too. */
export async function untilLive(
  version: string,
  made: PromiseLike<{ exitCode?: number; stderr: string }>,
): Promise<number> {
  const began = performance.now();
  const before = Object.values(inboxes()).join();
  const end: { at?: number } = {};
  const ended = Promise.resolve(made).finally(() => (end.at = performance.now()));
  let seconds: number | undefined;
  for (;;) {
    // At a target's door, the old release may be seen out for a moment after the run's end.
    const over = performance.now() - (end.at ?? Infinity) > seenOutMilliseconds;
    if (await isLive(version, before)) {
      seconds = (performance.now() - began) / 1000;
      break;
    }
    if (over) break;
    await sleep(50);
  }
  const { exitCode, stderr } = await ended;
  if (seconds === undefined || exitCode !== 0) {
    throw new Error(`${version} did not get everywhere: exit code ${String(exitCode)}. ${stderr}`);
  }
  return seconds;
}

async function isLive(version: string, bundlesBefore: string): Promise<boolean> {
  const bundles = Object.values(inboxes());
  if (new Set(bundles).size !== 1 || bundles.join() === bundlesBefore) return false;
  // No stack of these ships to the docker host.
  const answers = Object.entries(await formulas()).filter(([where]) => where !== "docker");
  return answers.length > 0 && answers.every(([, answer]) => answer === version);
}

/** As {@link world.formulas}; nothing while the cluster does not know the service yet. */
const formulas = (): Promise<Record<string, string>> => world.formulas().catch(() => ({}));

/** As {@link world.bundles}; nothing while one is missing, between two names. */
function inboxes(): Record<string, string> {
  try {
    return world.bundles();
  } catch {
    return {};
  }
}
