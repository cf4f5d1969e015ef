/** What should run where, and what does: asked of every target, side by side. */
import type { TargetId } from "../core/entry";
import { Unreachable, messageOf } from "../core/errors";
import { formatAge, formatTable } from "../core/format";
import { all, desiredTag, lastReceipt, newest, releaseOf } from "../core/history";
import { healthOf, isHealthy, isOf, type Receipt } from "../core/receipt";
import type { Release } from "../core/release";
import type { Target } from "../core/target";
import { ask } from "../probe";
import { trailFolder } from "../store/project";
import { directoryTrail, type Trail } from "../store/trail";
import { type RunOptions, stackNames } from "./run";
import { targetsIn } from "./ship";
import { openBuild, openStack } from "./stack";

/** One target's row. Field names are stable: `--json` prints it. */
export interface TargetStatus {
  readonly target: TargetId;
  /** The tag of the release that it should have. */
  readonly desired?: string;
  /** The tag of the release that it says it has; `unknown` when no release is what it says. */
  readonly release?: string;
  readonly commit?: string;
  readonly subject?: string;
  readonly state: "current" | "stale" | "failed" | "empty";
  /** What the target said, read back now. */
  readonly receipt?: Receipt;
  /** Seconds since it has had what it has. */
  readonly ageSeconds?: number;
  /** As `healthOf` says; `unreachable` or `refused` when the target does not say. */
  readonly health: string;
  /** Why it is not current. */
  readonly why?: string;
}

/** The whole status. */
export interface Status {
  readonly service: string;
  /** When it was asked: ISO 8601, UTC. */
  readonly time: string;
  readonly targets: readonly TargetStatus[];
  /** The newest runs, newest first. */
  readonly runs: readonly {
    readonly run: number;
    readonly subject: string;
    readonly time: string;
    readonly exitCode?: number;
    readonly stages?: Readonly<Record<string, number>>;
  }[];
}

const runsShown = 5;

/** Asks every target. */
export async function status(options: Pick<RunOptions, "stacks">): Promise<Status> {
  const build = await openBuild();
  const stacks = await Promise.all(stackNames(options, build.settings).map(openStack));
  const trail = directoryTrail(trailFolder());
  return {
    service: build.settings.service,
    time: new Date().toISOString(),
    targets: await Promise.all(targetsIn(stacks).map((target) => statusOf(target, trail))),
    runs: runs(trail),
  };
}

async function statusOf(target: Target, trail: Trail): Promise<TargetStatus> {
  const entries = trail.entries();
  const desired = desiredTag(entries, target.id);
  const row = { target: target.id, desired };
  try {
    const receipt = await ask(target.probe);
    if (receipt.kind === "nothing") {
      return { ...row, state: desired === undefined ? "empty" : "failed", receipt, health: "nothing" };
    }
    const should = desired === undefined ? undefined : releaseOf(entries, desired);
    const releases = all(entries, "release").map(({ body }) => body.release);
    const found = [should, ...releases.reverse()].find(
      (release): release is Release => release !== undefined && isOf(receipt, release),
    );
    const isCurrent = found !== undefined && found.tag === desired && isHealthy(receipt);
    return {
      ...row,
      release: found?.tag ?? "unknown",
      commit: found?.commit,
      subject: found?.subject,
      state: isCurrent ? "current" : "failed",
      receipt,
      ageSeconds: receipt.since === "" ? undefined : (Date.now() - Date.parse(receipt.since)) / 1000,
      health: healthOf(receipt, found !== undefined),
      ...(isCurrent ? {} : { why: `it should have ${desired ?? "nothing"}` }),
    };
  } catch (error) {
    const state = error instanceof Unreachable ? "stale" : "failed";
    return {
      ...row,
      release: lastReceipt(entries, target.id)?.tag,
      state,
      health: state === "stale" ? "unreachable" : "refused",
      why: messageOf(error),
    };
  }
}

function runs(trail: Trail): Status["runs"] {
  const entries = trail.entries();
  return entries
    .flatMap(({ body, time }) => {
      if (body.type !== "run-started" && body.type !== "rollback-started") {
        return [];
      }
      const end = newest(entries, "run-finished", ({ run }) => run === body.run)?.body;
      const subject = body.type === "run-started" ? body.subject : `rollback: ${body.reason}`;
      return [{ run: body.run, subject, time, exitCode: end?.exitCode, stages: end?.stages }];
    })
    .slice(-runsShown)
    .reverse();
}

/** The status as a table, for people. */
export function formatStatus({ targets }: Status): string {
  const rows = targets.map(({ target, desired, release, commit, state, ageSeconds, health, why }) => [
    target,
    release ?? "-",
    commit?.slice(0, 12) ?? "-",
    ageSeconds === undefined ? "-" : formatAge(ageSeconds),
    health,
    state === "current" || state === "empty"
      ? state
      : `${state}: ${why ?? `it should have ${desired ?? "nothing"}`}`,
  ]);
  return formatTable([["TARGET", "RELEASE", "COMMIT", "AGE", "HEALTH", "STATE"], ...rows]);
}
