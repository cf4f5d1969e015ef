import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { annotationsTo } from "../../notify/annotate";
import { deliverAll } from "../../notify/deliver";
import { keep } from "../../store/spool";
import { Receiver } from "./receiver";

let receiver: Receiver;

beforeEach(async () => {
  process.env["HMS_TRAIL"] = fs.mkdtempSync(path.join(os.tmpdir(), "hms-notify-"));
  receiver = await new Receiver().start();
});
afterEach(() => {
  receiver.stop();
});

test("goes to /annotate as text and ts", async () => {
  const destination = annotationsTo(`${receiver.url}/metrics/`);
  keep(destination.queue, "annotation-2", { text: "Deploy #2 (fix overflow)", ts: 7 });
  expect(await deliverAll([destination], { until: 0 })).toEqual([
    { what: "annotations", sent: 1, left: 0, setAside: [] },
  ]);
  expect(receiver.got).toEqual([
    {
      path: "/metrics/annotate",
      headers: expect.objectContaining({ "content-type": "application/json" }),
      body: '{"text":"Deploy #2 (fix overflow)","ts":7}',
    },
  ]);
});
