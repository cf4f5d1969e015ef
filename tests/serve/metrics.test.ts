/** The metrics, read as Prometheus does. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Board, startBoard } from "../../serve/board";
import { metricNames, renderMetrics } from "../../serve/metrics";
import { freshTrail } from "../signed-trail";
import { until } from "./until";
import { tellStory } from "./story";

let board: Board;
let folder: string;

beforeEach(() => {
  folder = freshTrail();
});
afterEach(() => {
  board.close();
});

/** A sample's value by its name and labels, of a text in format 0.0.4; throws on what is none. */
function parse(text: string): Map<string, number> {
  const found = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, name = ""] = /^# TYPE (\w+) (?:gauge|counter|histogram)$/.exec(line) ?? [];
    if (name !== "") typed.add(name);
    if (/^# (?:HELP \w+ .+|TYPE \w+ \w+)$/.test(line)) continue;
    const sample =
      /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?|\+Inf)$/.exec(
        line,
      );
    if (sample === null) throw new Error(`no sample: ${line}`);
    const [, metric = "", labels = "", value = ""] = sample;
    if (![...typed].some((each) => metric.startsWith(each))) throw new Error(`without a type: ${line}`);
    if (found.has(metric + labels)) throw new Error(`twice: ${line}`);
    found.set(metric + labels, Number(value));
  }
  return found;
}

test("say how targets, releases and runs are, and every name is there", async () => {
  tellStory(folder);
  board = startBoard({
    folder,
    everySeconds: 30,
    ask: () => new Promise(() => undefined),
    say: () => undefined,
  });
  await until(() => board.facts().trail.runs.length === 6);
  const { text, type } = await renderMetrics(board.facts(), 3);
  expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
  const found = parse(text);
  expect(Object.fromEntries([...found].filter(([name]) => name.startsWith("hms_targets{")))).toEqual({
    'hms_targets{state="current"}': 4,
    'hms_targets{state="updating"}': 0,
    'hms_targets{state="stale"}': 1,
    'hms_targets{state="failed"}': 1,
    'hms_targets{state="empty"}': 0,
  });
  expect(found.get('hms_target_state{target="onprem/anchorage",state="stale"}')).toBe(1);
  expect(found.get('hms_target_state{target="onprem/anchorage",state="current"}')).toBe(0);
  expect(found.get('hms_target_trouble_seconds{target="cloud/cloud"}')).toBe(0);
  expect(found.get('hms_target_trouble_seconds{target="partners/noaa"}')).toBeGreaterThan(0);
  expect(found.get('hms_runs_total{kind="run",exit_code="0"}')).toBe(2);
  expect(found.get('hms_runs_total{kind="run",exit_code="3"}')).toBe(1);
  expect(found.get('hms_runs_total{kind="rollback",exit_code="0"}')).toBe(1);
  expect(found.get('hms_refusals_total{stage="compliance"}')).toBe(1);
  expect(found.get('hms_stage_duration_seconds_count{kind="run",stage="update"}')).toBe(4);
  expect(found.get('hms_stage_duration_seconds_bucket{le="5",kind="run",stage="update"}')).toBe(4);
  expect(found.get('hms_stage_duration_seconds_bucket{le="2.5",kind="run",stage="update"}')).toBe(0);
  expect(found.get('hms_last_run_stage_seconds{stage="update"}')).toBe(3.71);
  expect(found.get("hms_last_run_exit_code")).toBe(1);
  expect(found.get("hms_run_on")).toBe(0);
  expect(found.get("hms_watchers")).toBe(3);
  expect(found.get("hms_trail_readable")).toBe(1);
  expect(found.get("hms_release_age_seconds")).toBeLessThan(60);
  // Those that need somebody who answered, or a heart that beat, are not there without.
  const without = ["hms_heartbeat_age_seconds", "hms_targets_asked_age_seconds"];
  const names = new Set(
    [...found.keys()].map((key) => key.replace(/\{.*/, "").replace(/_(?:bucket|sum|count)$/, "")),
  );
  expect([...names].sort()).toEqual(metricNames.filter((name) => !without.includes(name)).sort());
});

test("an empty trail has metrics, too", async () => {
  board = startBoard({
    folder,
    everySeconds: 30,
    ask: () => new Promise(() => undefined),
    say: () => undefined,
  });
  const { text } = await renderMetrics(board.facts(), 0);
  expect(parse(text).get("hms_trail_entries")).toBe(0);
});
