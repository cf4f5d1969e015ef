/** The runs, rollbacks and syncs of a trail: what each was about, and how it ended. Pure. */
import type { Entry, TargetId, TargetOutcome, Trigger } from "./entry";
import { tagOf } from "./release";

/** One run, rollback or sync. */
export interface RunFacts {
  readonly run: number;
  readonly kind: "run" | "rollback" | "sync";
  /** The commit's first line, or the reason of a rollback. */
  readonly subject: string;
  /** Who: `user@host`. */
  readonly by: string;
  /** On whose behalf: a claim. */
  readonly actor?: string;
  /** When it began: ISO 8601, UTC. */
  readonly time: string;
  /** The number of the entry by which it began. */
  readonly entry: number;
  /** The commit, of a run and a sync. */
  readonly commit?: string;
  /** The tag of the release that it is about; of a rollback the one that is put back. */
  readonly tag: string;
  /** What started it, unless it is a rollback or a sync. */
  readonly trigger?: Trigger;
  /** Other commits that waited and that it ships with its own, oldest first. */
  readonly covers: readonly string[];
  /** From which release to which, of a rollback. */
  readonly moves: readonly { readonly target: TargetId; readonly from: string; readonly to: string }[];
  /** When it ended: ISO 8601, UTC. @default it did not, or was killed */
  readonly endTime?: string;
  readonly exitCode?: 0 | 1 | 3;
  /** Seconds that each stage took. */
  readonly stages: Readonly<Record<string, number>>;
  readonly targets: Readonly<Record<TargetId, TargetOutcome>>;
  /** Why nothing shipped. */
  readonly refused?: { readonly stage: string; readonly why: string };
  /** Why it broke off. */
  readonly brokeOff?: string;
}

/** All runs, oldest first. */
export function runsIn(entries: readonly Entry[]): RunFacts[] {
  const runs = new Map<number, RunFacts>();
  const add = (run: number, facts: Partial<RunFacts>): void => {
    const known = runs.get(run);
    if (known !== undefined) runs.set(run, { ...known, ...facts });
  };
  for (const { body, time, by, actor, number } of entries) {
    const begun = { by, time, entry: number, ...(actor !== undefined && { actor }), ...nothingYet };
    switch (body.type) {
      case "run-started": {
        const { run, commit, subject, trigger, covers = [] } = body;
        const kind = trigger === "sync" ? ("sync" as const) : ("run" as const);
        const facts = { ...begun, run, kind, subject, commit, tag: tagOf(commit), covers };
        runs.set(run, trigger === "sync" ? facts : { ...facts, trigger });
        break;
      }
      case "rollback-started": {
        const { run, reason, targets } = body;
        runs.set(run, {
          ...begun,
          run,
          kind: "rollback",
          subject: reason,
          tag: targets[0]?.to ?? "",
          moves: targets,
        });
        break;
      }
      case "refusal":
        if (body.run !== undefined) add(body.run, { refused: { stage: body.stage, why: body.why } });
        break;
      case "run-broke-off":
        add(body.run, { brokeOff: body.why, endTime: time });
        break;
      case "run-finished": {
        const { run, exitCode, stages, targets } = body;
        add(run, { exitCode, stages, targets, endTime: time });
        break;
      }
    }
  }
  return [...runs.values()];
}

const nothingYet = { covers: [], moves: [], stages: {}, targets: {} } as const;

/** The run that is on: the newest, if it has no end. Whether somebody is at work on it is another question. */
export function unendedRun(runs: readonly RunFacts[]): RunFacts | undefined {
  const last = runs.at(-1);
  return last?.endTime === undefined ? last : undefined;
}

/** What a run is called: `run #7`, `rollback #8`. */
export function nameOfRun({ kind, run }: Pick<RunFacts, "kind" | "run">): string {
  return `${kind} #${String(run)}`;
}

/** How a run ended, in a few words. */
export function endOf(run: RunFacts): string {
  if (run.brokeOff !== undefined) return "broke off";
  if (run.endTime === undefined) return "not ended";
  if (run.refused !== undefined) return `refused by ${run.refused.stage}`;
  const states = Object.values(run.targets).map(({ state }) => state);
  const failed = states.filter((state) => state === "failed").length;
  const stale = states.filter((state) => state === "stale").length;
  if (failed + stale === 0) return "done";
  return [
    ...(failed > 0 ? [`${String(failed)} failed`] : []),
    ...(stale > 0 ? [`${String(stale)} stale`] : []),
  ].join(", ");
}
