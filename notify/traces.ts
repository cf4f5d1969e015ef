/** Traces: each run, rollback and sync for an OpenTelemetry collector, by OTLP over HTTP in JSON. */
import type { Destination } from "./deliver";
import { queueFolder } from "./queues";

/** The queue of traces. */
export const traceQueue = "traces";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where traces go, as OpenTelemetry's own variables say
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/): undefined when nobody asks for them.
 */
export function traceUrl(env: Environment = process.env): string | undefined {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") {
    return undefined;
  }
  const whole = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] ?? "";
  const base = env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "";
  if (whole !== "") return whole;
  return base === "" ? undefined : `${base.replace(/\/$/, "")}/v1/traces`;
}

/** What this program is called there. */
export const traceName = (env: Environment = process.env): string => {
  const name = env["OTEL_SERVICE_NAME"] ?? "";
  return name === "" ? "hms" : name;
};

/** Headers for the collector, `NAME=VALUE,…`, percent-encoded: read when something is sent, and kept nowhere. */
export function traceHeaders(env: Environment = process.env): Record<string, string> {
  const text = env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] ?? env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "";
  const pairs = text.split(",").flatMap((pair) => {
    const [, name = "", value = ""] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    return name === "" ? [] : [[name.toLowerCase(), decoded(value)] as const];
  });
  return Object.fromEntries(pairs);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Where traces go. */
export function tracesTo(url: string): Destination {
  return {
    what: "traces",
    queue: queueFolder(traceQueue),
    url,
    message: ({ content }) => ({
      headers: { ...traceHeaders(), "content-type": "application/json" },
      body: JSON.stringify(content),
    }),
    timeoutSeconds: 2,
    keepDays: 7,
  };
}
