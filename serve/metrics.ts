/** What is known, in numbers, as Prometheus reads them: docs/status-page.md lists them. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { countStates } from "../core/board";
import { latestRelease, madeAt, releaseOf } from "../core/history";
import type { Facts } from "./views/facts";

/** The upper ends of the buckets of how long a stage took, in seconds. */
const buckets = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];

const states = ["current", "updating", "stale", "failed", "empty"] as const;

/** The names of all metrics. */
export const metricNames = [
  "hms_targets",
  "hms_target_state",
  "hms_target_trouble_seconds",
  "hms_target_release_age_seconds",
  "hms_targets_asked_age_seconds",
  "hms_release_age_seconds",
  "hms_run_on",
  "hms_runs_total",
  "hms_refusals_total",
  "hms_stage_duration_seconds",
  "hms_last_run_stage_seconds",
  "hms_last_run_exit_code",
  "hms_queue_length",
  "hms_heartbeat_age_seconds",
  "hms_trail_readable",
  "hms_trail_entries",
  "hms_watchers",
] as const;

type Name = (typeof metricNames)[number];

/** The text. All of it comes from what is known now, so a server that starts anew says the same as the one before. */
export async function renderMetrics(facts: Facts, watchers: number): Promise<{ text: string; type: string }> {
  const registry = new Registry();
  const gauge = <L extends string = never>(name: Name, help: string, labelNames: L[] = []): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  addTargets(facts, gauge);
  addRuns(facts, gauge, registry);
  const { trail, pulse, asking, now } = facts;
  gauge("hms_queue_length", "Pushes that wait for a run.").set(pulse.queue.length);
  gauge("hms_run_on", "Whether a run, rollback or sync is at work: 1 or 0.").set(Number(pulse.isOn));
  gauge("hms_trail_readable", "Whether the trail can be read and is what was written: 1 or 0.").set(
    Number(trail.state !== "unreadable"),
  );
  gauge("hms_trail_entries", "Entries of the trail.").set(trail.entries.length);
  gauge("hms_watchers", "Browsers that watch the status page.").set(watchers);
  if (pulse.lastBeat !== undefined) {
    gauge("hms_heartbeat_age_seconds", "Seconds since the agent's heart beat last.").set(
      secondsSince(pulse.lastBeat, now),
    );
  }
  if (asking.time !== undefined) {
    gauge("hms_targets_asked_age_seconds", "Seconds since the targets were asked last.").set(
      secondsSince(Date.parse(asking.time), now),
    );
  }
  return { text: await registry.metrics(), type: registry.contentType };
}

type MakeGauge = <L extends string = never>(name: Name, help: string, labels?: L[]) => Gauge<L>;

function addTargets({ standings, trail: { entries }, now }: Facts, gauge: MakeGauge): void {
  const count = countStates(standings);
  const byState = gauge("hms_targets", "Targets in each state.", ["state"]);
  for (const state of states) byState.set({ state }, count[state]);
  const stateOf = gauge(
    "hms_target_state",
    "The state of each target: 1 for the one that it is in, 0 for the others.",
    ["target", "state"],
  );
  const trouble = gauge(
    "hms_target_trouble_seconds",
    "For how long a target has been stale or failed; 0 for others.",
    ["target"],
  );
  const age = gauge(
    "hms_target_release_age_seconds",
    "Seconds since the release was made that a target has.",
    ["target", "release"],
  );
  for (const { target, state, since, release: tag = "" } of standings) {
    for (const each of states) stateOf.set({ target, state: each }, Number(each === state));
    trouble.set({ target }, since === undefined ? 0 : secondsSince(Date.parse(since), now));
    const release = releaseOf(entries, tag);
    const made = release && madeAt(entries, release);
    if (made !== undefined) age.set({ target, release: tag }, secondsSince(Date.parse(made), now));
  }
}

function addRuns({ trail: { runs, entries }, now }: Facts, gauge: MakeGauge, registry: Registry): void {
  const registers = [registry];
  const ended = new Counter({
    name: "hms_runs_total" satisfies Name,
    help: "Runs, rollbacks and syncs that ended, by exit code; `none` for those that broke off.",
    labelNames: ["kind", "exit_code"],
    registers,
  });
  const refusals = new Counter({
    name: "hms_refusals_total" satisfies Name,
    help: "Refusals, by what refused.",
    labelNames: ["stage"],
    registers,
  });
  const stages = new Histogram({
    name: "hms_stage_duration_seconds" satisfies Name,
    help: "How long each stage of runs, rollbacks and syncs took.",
    labelNames: ["kind", "stage"],
    buckets,
    registers,
  });
  for (const run of runs) {
    if (run.endTime === undefined) continue;
    ended.inc({ kind: run.kind, exit_code: run.exitCode === undefined ? "none" : String(run.exitCode) });
    for (const [stage, seconds] of Object.entries(run.stages))
      stages.observe({ kind: run.kind, stage }, seconds);
  }
  for (const { body } of entries) {
    if (body.type === "refusal") refusals.inc({ stage: body.stage });
  }
  const last = runs.find(({ exitCode }) => exitCode !== undefined);
  if (last !== undefined) {
    const seconds = gauge("hms_last_run_stage_seconds", "How long each stage of the last run took.", [
      "stage",
    ]);
    for (const [stage, took] of Object.entries(last.stages)) seconds.set({ stage }, took);
    gauge("hms_last_run_exit_code", "The exit code of the last run.").set(last.exitCode ?? 0);
  }
  const release = latestRelease(entries);
  const made = release && madeAt(entries, release);
  if (made !== undefined) {
    gauge("hms_release_age_seconds", "Seconds since the newest release was made that may ship.").set(
      secondsSince(Date.parse(made), now),
    );
  }
}

const secondsSince = (at: number, now: number): number => Math.max(0, (now - at) / 1000);
