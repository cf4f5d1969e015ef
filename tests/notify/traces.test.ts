/** Traces on their way to a collector: where, how, and what becomes of them when it is dead. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { deliverAll } from "../../notify/deliver";
import { queues } from "../../notify/queues";
import { traceHeaders, traceName, tracesTo, traceUrl } from "../../notify/traces";
import { keep, waiting } from "../../store/spool";
import { Receiver } from "./receiver";

let receiver: Receiver;

beforeEach(async () => {
  process.env["HMS_TRAIL"] = fs.mkdtempSync(path.join(os.tmpdir(), "hms-traces-"));
  receiver = await new Receiver().start();
});
afterEach(() => {
  receiver.stop();
  delete process.env["OTEL_EXPORTER_OTLP_HEADERS"];
});

describe("OpenTelemetry's variables", () => {
  test.each([
    [{}, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" }, "http://c:4318/v1/traces"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/otel/" }, "http://c:4318/otel/v1/traces"],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t/own" },
      "http://t/own",
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_SDK_DISABLED: "true" }, undefined],
  ])("%j: %s", (env, url) => {
    expect(traceUrl(env)).toBe(url);
  });
  test("headers and the name", () => {
    expect(traceHeaders({ OTEL_EXPORTER_OTLP_HEADERS: "Api-Key=a%20b%3D, x = y ,bad,=z,p=100%" })).toEqual({
      "api-key": "a b=",
      x: "y",
      p: "100%",
    });
    expect([traceName({}), traceName({ OTEL_SERVICE_NAME: "ship" })]).toEqual(["hms", "ship"]);
  });
});

test("go to the collector as JSON, with its headers, which lie in no file", async () => {
  process.env["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=s3cr3t";
  const destination = tracesTo(`${receiver.url}/v1/traces`);
  keep(destination.queue, "trace-7", { resourceSpans: [] });
  expect(queues()).toEqual(["traces"]);
  expect(fs.readFileSync(path.join(destination.queue, "00000001.json"), "utf8")).not.toContain("s3cr3t");
  expect(await deliverAll([destination], { until: 0 })).toEqual([
    { what: "traces", sent: 1, left: 0, setAside: [] },
  ]);
  expect(receiver.got).toEqual([
    {
      path: "/v1/traces",
      headers: expect.objectContaining({ "content-type": "application/json", "api-key": "s3cr3t" }),
      body: '{"resourceSpans":[]}',
    },
  ]);
});

test("wait on the disk while the collector is dead, and hold up nobody for longer than is given", async () => {
  receiver.answer = "hang";
  const destination = tracesTo(`${receiver.url}/v1/traces`);
  keep(destination.queue, "trace-7", { resourceSpans: [] });
  const begun = performance.now();
  const [delivered] = await deliverAll([destination], { until: Date.now() + 300, hard: true });
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(delivered).toMatchObject({ sent: 0, left: 1, why: "it does not answer in time" });
  expect(waiting(destination.queue)).toHaveLength(1);
});
