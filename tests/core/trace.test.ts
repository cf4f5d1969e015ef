/** The trace of a run, rollback or sync, as a collector gets it. */
import { expect, test } from "@jest/globals";
import type { Body, Entry } from "../../core/entry";
import { noPrevious } from "../../core/entry";
import { type Attribute, type Span, type StageTime, traceOf } from "../../core/trace";

const began = Date.parse("2026-11-27T10:00:00.000Z");
const commit = "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a";

/** Entries, each with the second at which it came. */
const trail = (...bodies: (readonly [number, Body])[]): Entry[] =>
  bodies.map(([second, body], index) => ({
    number: index + 1,
    previous: index === 0 ? noPrevious : "ab".repeat(32),
    time: new Date(began + second * 1000).toISOString(),
    by: "hms@ship",
    body,
  }));
const stages = (...times: (readonly [string, number, number])[]): StageTime[] =>
  times.map(([name, from, to]) => ({ name, from: began + from * 1000, to: began + to * 1000 }));

const started: Body = {
  type: "run-started",
  run: 7,
  commit,
  subject: "Fix overflow",
  trigger: "push",
  covers: ["41c0f3e0"],
};
const shipped = trail(
  [0, started],
  [
    8,
    {
      type: "receipt",
      target: "onprem/anchorage",
      tag: "8e9a12c",
      run: 7,
      receipt: { kind: "runs", image: "sha256:1d", health: "healthy", since: "", units: [] },
    },
  ],
  [
    10,
    {
      type: "run-finished",
      run: 7,
      exitCode: 3,
      targets: {
        "onprem/anchorage": { state: "current", tag: "8e9a12c" },
        "onprem/mississippi": { state: "stale", tag: "8e9a12c", why: "unreachable: no route to host" },
      },
      stages: {},
    },
  ],
);
const about = { service: "flood-formula", version: "0.1.0" };

/** Spans with what can be read: seconds since the beginning, parents by their names, attributes as an object. */
function readable(entries: readonly Entry[], times: readonly StageTime[], run = 7) {
  const request = traceOf({ ...about, run, entries, stages: times });
  const spans = request?.resourceSpans[0].scopeSpans[0].spans ?? [];
  const seconds = (nano: string): number => Number(BigInt(nano) / 1_000_000n - BigInt(began)) / 1000;
  return spans.map((span) => ({
    name: span.name,
    parent: spans.find(({ spanId }) => spanId === span.parentSpanId)?.name,
    from: seconds(span.startTimeUnixNano),
    to: seconds(span.endTimeUnixNano),
    status: span.status,
    attributes: plain(span.attributes),
  }));
}
const plain = (all: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(
    all.map(({ key, value }) => [
      key,
      "arrayValue" in value
        ? value.arrayValue.values.map((each) => each.stringValue)
        : Object.values(value)[0],
    ]),
  );

test("a run: a span for it, for each stage, and for each target until its receipt", () => {
  const times = stages(["compliance", 0, 2], ["build", 3, 5], ["preview", 5, 6], ["update", 6, 9.5]);
  const spans = readable(shipped, times);
  expect(spans.map(({ name, parent, from, to }) => [name, parent, from, to])).toEqual([
    ["hms.run", undefined, 0, 10],
    ["compliance", "hms.run", 0, 2],
    ["build", "hms.run", 3, 5],
    ["preview", "hms.run", 5, 6],
    ["update", "hms.run", 6, 9.5],
    ["onprem/anchorage", "update", 6, 8],
    ["onprem/mississippi", "update", 6, 9.5],
  ]);
  expect(spans[0]).toMatchObject({
    // It shipped, and a target is stale: neither good nor an error.
    status: { code: 0 },
    attributes: {
      "hms.run": "7",
      "hms.release.tag": "8e9a12c",
      "hms.trigger": "push",
      "hms.subject": "Fix overflow",
      "hms.by": "hms@ship",
      "vcs.ref.head.revision": commit,
      "hms.covers": ["41c0f3e0"],
      "hms.exit_code": "3",
    },
  });
  expect(spans.slice(-2).map(({ status }) => status)).toEqual([
    { code: 1 },
    { code: 2, message: "unreachable: no route to host" },
  ]);
});

test("as OTLP in JSON says: ids in hex, times and integers in decimal strings", () => {
  const request = traceOf({
    ...about,
    run: 7,
    entries: shipped,
    stages: stages(["update", 6, 9]),
    name: "ship",
  });
  expect(plain(request?.resourceSpans[0].resource.attributes ?? [])).toEqual({
    "service.name": "ship",
    "service.version": "0.1.0",
    "hms.service": "flood-formula",
  });
  const spans: readonly Span[] = request?.resourceSpans[0].scopeSpans[0].spans ?? [];
  for (const span of spans) {
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(span.startTimeUnixNano).toMatch(/^\d{19}$/);
    expect(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano)).toBe(true);
    expect(span.kind).toBe(1);
  }
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(spans[0]?.attributes[0]).toEqual({ key: "hms.run", value: { intValue: "7" } });
});

test("the same run has the same ids, and another trail's others", () => {
  const idsIn = (entries: readonly Entry[]): string[] =>
    traceOf({ ...about, run: 7, entries, stages: [] })?.resourceSpans[0].scopeSpans[0].spans.map(
      ({ traceId, spanId }) => traceId + spanId,
    ) ?? [];
  expect(idsIn(shipped)).toEqual(idsIn([...shipped]));
  const other = shipped.map((entry) => ({ ...entry, previous: "cd".repeat(32) }));
  expect(idsIn(other)).not.toEqual(idsIn(shipped));
});

test("a refusal is an error of the stage that it came to", () => {
  const refused = trail(
    [0, started],
    [1, { type: "refusal", run: 7, stage: "compliance", why: "us-ssn" }],
    [1, { type: "run-finished", run: 7, exitCode: 1, targets: {}, stages: {} }],
  );
  expect(readable(refused, stages(["compliance", 0, 1])).map(({ name, status }) => [name, status])).toEqual([
    ["hms.run", { code: 2, message: "us-ssn" }],
    ["compliance", { code: 2, message: "us-ssn" }],
  ]);
});

test("a rollback is one of its own name, with its reason; a run that nobody knows is none", () => {
  const back = trail(
    [
      0,
      {
        type: "rollback-started",
        run: 8,
        reason: "wrong risk",
        everywhere: true,
        targets: [{ target: "s/t", from: "b", to: "a" }],
      },
    ],
    [2, { type: "run-broke-off", run: 8, why: "disk full" }],
  );
  expect(readable(back, [], 8)).toMatchObject([
    {
      name: "hms.rollback",
      to: 2,
      status: { code: 2, message: "disk full" },
      attributes: { "hms.subject": "wrong risk", "hms.trigger": "rollback", "hms.release.tag": "a" },
    },
  ]);
  expect(traceOf({ ...about, run: 9, entries: back, stages: [] })).toBeUndefined();
});
