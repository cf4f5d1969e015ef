/**
 * A run as a trace: OTLP 1.x in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), one span for the run, below it one
 * for each stage, and below the update one for each target. Pure.
 */
import { createHash } from "node:crypto";
import type { Entry, TargetId, TargetOutcome } from "./entry";
import { newest, releaseOf } from "./history";
import { type RunFacts, runsIn } from "./run-history";

/** When a stage was at work. */
export interface StageTime {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** An attribute's value. */
export type AttributeValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly arrayValue: { readonly values: readonly { readonly stringValue: string }[] } };

/** An attribute. */
export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}

/** A span. Times are nanoseconds since 1970, in decimal; ids are hex. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1: internal. */
  readonly kind: 1;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  /** 0: nobody says, 1: good, 2: an error. */
  readonly status: { readonly code: 0 | 1 | 2; readonly message?: string };
}

/** What is posted to `/v1/traces`. */
export interface TraceRequest {
  readonly resourceSpans: readonly [
    {
      readonly resource: { readonly attributes: readonly Attribute[] };
      readonly scopeSpans: readonly [
        {
          readonly scope: { readonly name: string; readonly version: string };
          readonly spans: readonly Span[];
        },
      ];
    },
  ];
}

/** What a trace is made from. */
export interface Traced {
  readonly run: number;
  /** The trail's entries, with the run's end. */
  readonly entries: readonly Entry[];
  /** The stages that it went through, in their order. */
  readonly stages: readonly StageTime[];
  /** The service that is shipped. */
  readonly service: string;
  /** What this program is called among those that are traced. @default hms */
  readonly name?: string;
  /** Of this program. */
  readonly version: string;
}

/** The trace of a run, rollback or sync; undefined when the trail knows none of that number. The same run gives the same ids. */
export function traceOf(traced: Traced): TraceRequest | undefined {
  const { entries, service, name = "hms", version } = traced;
  const run = runsIn(entries).find((each) => each.run === traced.run);
  if (run === undefined) {
    return undefined;
  }
  const resource = {
    attributes: attributes({ "service.name": name, "service.version": version, "hms.service": service }),
  };
  return {
    resourceSpans: [
      { resource, scopeSpans: [{ scope: { name: "hms", version }, spans: spansOf(run, traced) }] },
    ],
  };
}

function spansOf(run: RunFacts, { entries, stages }: Traced): Span[] {
  // A trail is told from all others by the digest of its first entry, which the second one holds.
  const traceId = hexOf(`${entries[1]?.previous ?? ""} run ${String(run.run)}`, 32);
  const idOf = (what: string): string => hexOf(`${traceId} ${what}`, 16);
  const began = Date.parse(run.time);
  const ended = Math.max(began, Date.parse(run.endTime ?? run.time), ...stages.map(({ to }) => to));
  const span = (
    what: string,
    parent: string | undefined,
    facts: Pick<Span, "name" | "attributes" | "status"> & { readonly from: number; readonly to: number },
  ): Span => {
    const { from, to, ...rest } = facts;
    return {
      traceId,
      spanId: idOf(what),
      ...(parent !== undefined && { parentSpanId: idOf(parent) }),
      kind: 1,
      startTimeUnixNano: nanoseconds(from),
      endTimeUnixNano: nanoseconds(to),
      ...rest,
    };
  };
  const root = span("run", undefined, {
    name: `hms.${run.kind}`,
    from: Math.min(began, ...stages.map(({ from }) => from)),
    to: ended,
    attributes: aboutRun(run, entries),
    status: statusOf(run),
  });
  const broken = brokenStage(run, stages);
  const stageSpans = stages.map(({ name, from, to }) =>
    span(`stage ${name}`, "run", {
      name,
      from,
      to,
      attributes: attributes({ "hms.stage": name }),
      status: name === broken?.name ? { code: 2, message: broken.why } : { code: 1 },
    }),
  );
  const update = stages.find(({ name }) => name === "update");
  const targetSpans = (Object.entries(run.targets) as [TargetId, TargetOutcome][]).map(([target, outcome]) =>
    span(`target ${target}`, update === undefined ? "run" : "stage update", {
      name: target,
      from: update?.from ?? began,
      to: update === undefined ? ended : arrivedAt(entries, run, target, update),
      attributes: attributes({
        "hms.target": target,
        "hms.target.state": outcome.state,
        "hms.release.tag": outcome.tag,
      }),
      status: outcome.state === "current" ? { code: 1 } : { code: 2, message: outcome.why },
    }),
  );
  return [root, ...stageSpans, ...targetSpans];
}

/** When a target's receipt came; of one that sent none, or whose receipt was no news, the end of the update. */
function arrivedAt(
  entries: readonly Entry[],
  { run }: RunFacts,
  target: TargetId,
  { from, to }: StageTime,
): number {
  const receipt = newest(entries, "receipt", (body) => body.target === target && body.run === run);
  const at = receipt === undefined ? to : Date.parse(receipt.time);
  return Math.min(Math.max(at, from), to);
}

function aboutRun(run: RunFacts, entries: readonly Entry[]): Attribute[] {
  const commit = run.commit ?? releaseOf(entries, run.tag)?.commit;
  return attributes({
    "hms.run": run.run,
    "hms.release.tag": run.tag,
    "hms.trigger": run.trigger ?? run.kind,
    "hms.subject": run.subject,
    "hms.by": run.actor ?? run.by,
    "vcs.ref.head.revision": commit,
    "hms.covers": run.covers.length > 0 ? run.covers : undefined,
    "hms.exit_code": run.exitCode,
    "hms.refused.stage": run.refused?.stage,
  });
}

/** A run that shipped, and left a target stale, is neither good nor an error. */
function statusOf({ exitCode, refused, brokeOff }: RunFacts): Span["status"] {
  const message = refused?.why ?? brokeOff;
  if (exitCode === 0) return { code: 1 };
  return exitCode === 3 ? { code: 0 } : { code: 2, ...(message !== undefined && { message }) };
}

/** The stage that stopped the run, and why: the last one that it came to. */
function brokenStage(
  { refused, brokeOff }: RunFacts,
  stages: readonly StageTime[],
): { readonly name: string; readonly why: string } | undefined {
  const why = refused?.why ?? brokeOff;
  const name = stages.at(-1)?.name;
  return why === undefined || name === undefined ? undefined : { name, why };
}

type Plain = string | number | readonly string[] | undefined;

function attributes(facts: Readonly<Record<string, Plain>>): Attribute[] {
  return Object.entries(facts).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value) }],
  );
}

function valueOf(value: NonNullable<Plain>): AttributeValue {
  if (typeof value === "string") return { stringValue: value };
  return typeof value === "number"
    ? { intValue: String(value) }
    : { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}

const nanoseconds = (milliseconds: number): string => String(BigInt(Math.round(milliseconds)) * 1_000_000n);

const hexOf = (text: string, digits: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);
