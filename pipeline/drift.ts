/** What differs between what targets run or hold, and what they should. Asks, and changes nothing, the trail included. */
import { driftExitCode, type Found } from "../core/drift";
import type { TargetId } from "../core/entry";
import { formatTable } from "../core/format";
import type { Receipt } from "../core/receipt";
import { isHeld } from "../store/lease";
import { trailFolder } from "../store/project";
import { openTrail } from "../store/trail";
import { compare, type Comparison } from "./compare";
import { type RunOptions, stackNames } from "./run";
import { openBuild, openStacks } from "./stack";

/** One target's row. Field names are stable: `--json` prints it. */
export interface TargetDrift {
  readonly target: TargetId;
  /** The tag of the release that it should have. */
  readonly desired?: string;
  /** The tag of the release that it says it has; absent when no release is what it says. */
  readonly release?: string;
  /** `same`, or how it differs, or why that is not known. */
  readonly found: Found;
  /** One sentence; absent when nothing differs. */
  readonly why?: string;
  /** What the target said, read back now. */
  readonly receipt?: Receipt;
}

/** The whole answer. */
export interface Drift {
  readonly service: string;
  /** When it was asked: ISO 8601, UTC. */
  readonly time: string;
  /** Whether a run was going on meanwhile: what it updates differs for a moment. */
  readonly updating: boolean;
  /** 0 nothing differs, 1 something does, 3 nothing does where somebody answered. */
  readonly exitCode: 0 | 1 | 3;
  readonly targets: readonly TargetDrift[];
}

/** Asks every target, side by side. */
export async function drift(options: Pick<RunOptions, "stacks">): Promise<Drift> {
  const { settings } = await openBuild();
  const stacks = await openStacks(stackNames(options, settings));
  const time = new Date().toISOString();
  const found = await compare(stacks, openTrail());
  return {
    service: settings.service,
    time,
    updating: isHeld(trailFolder()),
    exitCode: driftExitCode(found.map((each) => each.found)),
    targets: found.map(rowOf),
  };
}

function rowOf({ target, desired, release, found, why, receipt }: Comparison): TargetDrift {
  return { target: target.id, desired, release, found, why, receipt };
}

/** The answer as a table, for people. */
export function formatDrift({ targets, updating }: Pick<Drift, "targets" | "updating">): string {
  const rows = targets.map(({ target, desired, release, found, why }) => [
    target,
    desired ?? "-",
    release ?? "-",
    found,
    why ?? "",
  ]);
  const table = formatTable([["TARGET", "SHOULD", "HAS", "FOUND", "WHY"], ...rows]);
  return updating ? `${table}\nA run is going on: what it updates differs for a moment.` : table;
}
