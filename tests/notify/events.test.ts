import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { subscriberSettings } from "../../core/config/build";
import { releaseEvent } from "../../core/events";
import { deliverAll } from "../../notify/deliver";
import { eventsTo } from "../../notify/events";
import { keep } from "../../store/spool";
import { aRelease } from "../fixtures";
import { Receiver } from "./receiver";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const event = releaseEvent({
  type: "hms.build_published",
  run: 142,
  release: aRelease({ subject: "Überlauf behoben" }),
  targets: new Map([["cloud/cloud", { state: "current", tag: "8e9a12c" }]]),
  entries: [],
  time: "2026-11-24T10:00:00.000Z",
});
let receiver: Receiver;
let folder: string;

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-notify-"));
  process.env["HMS_TRAIL"] = path.join(folder, "trail");
  fs.writeFileSync(path.join(folder, "secret"), `${secret}\n`);
  receiver = await new Receiver().start();
});
afterEach(() => {
  receiver.stop();
});

const subscriber = (mode: "structured" | "binary") =>
  eventsTo(
    subscriberSettings.parse({
      name: "dashboard",
      url: `${receiver.url}/events`,
      mode,
      secret: { file: path.join(folder, "secret") },
    }),
  );

test.each(["structured", "binary"] as const)("is signed in %s mode", async (mode) => {
  const destination = subscriber(mode);
  keep(destination.queue, event.id, event);
  expect(await deliverAll([destination], { until: 0 })).toMatchObject([{ sent: 1, left: 0 }]);
  const [{ path: at, headers, body } = { path: "", headers: {}, body: "" }] = receiver.got;
  expect([at, headers["webhook-id"]]).toEqual(["/events", event.id]);
  expect(new Webhook(secret).verify(body, headers)).toEqual(mode === "structured" ? event : event.data);
});

test("a secret that is not there keeps the event, and says so; once it is there, the event goes", async () => {
  const destination = subscriber("structured");
  keep(destination.queue, event.id, event);
  fs.renameSync(path.join(folder, "secret"), path.join(folder, "elsewhere"));
  expect(await deliverAll([destination], { until: 0 })).toEqual([
    {
      what: "subscriber dashboard",
      sent: 0,
      left: 1,
      why: `subscriber dashboard: secret: the file ${path.join(folder, "secret")} is not there.`,
      setAside: [],
    },
  ]);
  expect(receiver.got).toEqual([]);
  fs.renameSync(path.join(folder, "elsewhere"), path.join(folder, "secret"));
  expect(await deliverAll([destination], { until: 0 })).toMatchObject([{ sent: 1, left: 0 }]);
});

test("the secret is in no file of the spool", async () => {
  receiver.answer = 503;
  const destination = subscriber("binary");
  keep(destination.queue, event.id, event);
  await deliverAll([destination], { until: 0 });
  const files = fs.globSync("**/*.json", { cwd: destination.queue });
  expect(files.sort()).toEqual(["00000001.json", "failing.json"]);
  for (const file of files) {
    expect(fs.readFileSync(path.join(destination.queue, file), "utf8")).not.toContain(secret.slice(6));
  }
});
