/** What a run keeps for a collector, and what reaches one. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { StackSettingsOf } from "../../core/config";
import type { TraceRequest } from "../../core/trace";
import { deliverAll } from "../../notify/deliver";
import { queueFolder } from "../../notify/queues";
import { Stages } from "../../pipeline/stages";
import { destinationsOf, tellTrace } from "../../pipeline/tell";
import { waiting } from "../../store/spool";
import { directoryTrail } from "../../store/trail";
import { Receiver } from "../notify/receiver";
import { type Story, storyAgain } from "../serve/story";

const settings = {
  service: "flood-formula",
  subscribers: [],
  grafana: [],
  webhooks: [],
} as unknown as StackSettingsOf<"build">;
let story: Story;
let collector: Receiver;
let said: string[];
let seconds: number;
const log = {
  say: (_: string, text: string): void => void said.push(text),
  progress: () => undefined,
  live: () => undefined,
  end: () => undefined,
  seconds: () => seconds,
};

beforeEach(async () => {
  story = storyAgain();
  said = [];
  seconds = 0;
  collector = await new Receiver().start();
});
afterEach(() => {
  collector.stop();
  delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
});

test("stages are timed, also those that fail", async () => {
  const stages = new Stages(log);
  await stages.time("build", () => {
    seconds = 1.25;
    return Promise.resolve();
  });
  await expect(
    stages.time("update", () => {
      seconds = 3;
      return Promise.reject(new Error("no"));
    }),
  ).rejects.toThrow("no");
  expect(stages.seconds).toEqual({ build: 1.25, update: 1.75 });
  expect(stages.times.map(({ name, from, to }) => [name, to >= from])).toEqual([
    ["build", true],
    ["update", true],
  ]);
});

test("nobody who takes traces: none is kept", () => {
  tellTrace(log, directoryTrail(story.folder), settings, { run: 5, stages: [] });
  expect([said, destinationsOf(settings).map(({ what }) => what)]).toEqual([[], []]);
  expect(waiting(queueFolder("traces"))).toEqual([]);
});

test("a collector gets the trace of a rollback, once", async () => {
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url;
  const to = Date.now();
  const stages = [{ name: "update", from: to - 1_000, to }];
  tellTrace(log, directoryTrail(story.folder), settings, { run: 5, stages });
  const patience = { until: Date.now() + 1_000, hard: true };
  await deliverAll(destinationsOf(settings), patience);
  await deliverAll(destinationsOf(settings), patience);
  expect(collector.got.map(({ path }) => path)).toEqual(["/v1/traces"]);
  const request = JSON.parse(collector.got[0]?.body ?? "") as TraceRequest;
  const [{ spans }] = request.resourceSpans[0].scopeSpans;
  expect(spans.map(({ name }) => name)).toEqual([
    "hms.rollback",
    "update",
    "cloud/cloud",
    "onprem/mississippi",
    "onprem/anchorage",
    "partners/usgs",
    "partners/noaa",
    "partners/fema",
  ]);
  expect(waiting(queueFolder("traces"))).toEqual([]);
});

test("a trace that can't be kept is told of, and fails nothing", () => {
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url;
  const broken = {
    entries: () => {
      throw new Error("disk full");
    },
    append: () => {
      throw new Error("no");
    },
  };
  tellTrace(log, broken, settings, { run: 5, stages: [] });
  expect(said).toEqual(["there will be no trace of #5: disk full"]);
});
