/** Notices on their way to Grafana and to channels, whatever becomes of the answers. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { grafanaSettings, webhookSettings } from "../../core/config/notices";
import type { Notice } from "../../core/notice";
import { deliverAll, type Destination } from "../../notify/deliver";
import { notesTo } from "../../notify/grafana";
import { linesTo } from "../../notify/webhooks";
import { keep, onItsWay, waiting } from "../../store/spool";
import { type Got, Receiver } from "./receiver";

const token = "glsa_abcdefgh";
const channel = "/services/T0/B0/x5ecret";
let receiver: Receiver;
let folder: string;

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-notices-"));
  process.env["HMS_TRAIL"] = path.join(folder, "trail");
  receiver = await new Receiver().start();
  fs.writeFileSync(path.join(folder, "token"), `${token}\n`);
  fs.writeFileSync(path.join(folder, "url"), `${receiver.url}${channel}\n`);
});
afterEach(() => {
  receiver.stop();
});

const notice = (run = 142, parts: Partial<Notice> = {}): Notice => ({
  id: `flood-formula-${String(run)}-5d0c1f2e3a4b-deploy`,
  ...{
    kind: "deploy",
    service: "flood-formula",
    run,
    text: `Deploy #${String(run)} (fix <overflow> & "more")`,
  },
  ...{ details: ["flood-formula 8e9a12c: 4 of 4 targets are current"], from: 1000, to: 2000 },
  ...parts,
});
const grafana = (): Destination =>
  notesTo(
    grafanaSettings.parse({
      ...{ name: "agency", url: `${receiver.url}/g/`, tags: ["production"], timeoutSeconds: 1 },
      token: { file: path.join(folder, "token") },
    }),
  );
const webhook = (): Destination =>
  linesTo(
    webhookSettings.parse({ name: "auditors", url: { file: path.join(folder, "url") }, timeoutSeconds: 1 }),
  );
const put = (to: Destination, ...notices: Notice[]): void => {
  for (const each of notices) keep(to.queue, each.id, each);
};
const once = { until: 0 };
const isQuestion = ({ path: at }: Got): boolean => at.includes("?tags=");

describe("Grafana", () => {
  test("gets a region with tags by its own API, with the token as its bearer", async () => {
    const to = grafana();
    put(to, notice());
    expect(await deliverAll([to], once)).toEqual([
      { what: "grafana agency", sent: 1, left: 0, setAside: [] },
    ]);
    expect(receiver.got).toHaveLength(1);
    const [{ path: at, headers, body } = { path: "", headers: {}, body: "" }] = receiver.got;
    expect([at, headers["authorization"], headers["content-type"]]).toEqual([
      "/g/api/annotations",
      `Bearer ${token}`,
      "application/json",
    ]);
    expect(JSON.parse(body)).toEqual({
      time: 1000,
      timeEnd: 2000,
      tags: [
        ...["hms", "flood-formula", "deploy", "production"],
        "hms-id:flood-formula-142-5d0c1f2e3a4b-deploy",
      ],
      text: 'Deploy #142 (fix &lt;overflow&gt; &amp; "more")\nflood-formula 8e9a12c: 4 of 4 targets are current',
    });
  });

  test("is asked first where an answer was lost, and what it has is not sent again", async () => {
    const to = grafana();
    put(to, notice(1), notice(2));
    receiver.answer = "hang";
    expect(await deliverAll([to], once)).toMatchObject([
      { sent: 0, left: 2, why: "it does not answer in time" },
    ]);
    // It had taken the first one.
    receiver.answer = 200;
    receiver.say = (got) => (isQuestion(got) && got.path.includes("formula-1-") ? '[{"id":7}]' : "[]");
    expect(await deliverAll([grafana()], once)).toMatchObject([{ sent: 2, left: 0 }]);
    expect(receiver.got.filter((got) => !isQuestion(got)).map(({ body }) => /#\d/.exec(body)?.[0])).toEqual([
      "#1",
      "#2",
    ]);
    const [question] = receiver.got.filter(isQuestion);
    expect(question?.path).toBe(
      "/g/api/annotations?tags=hms-id%3Aflood-formula-1-5d0c1f2e3a4b-deploy&type=annotation&limit=1",
    );
    expect(question?.headers["authorization"]).toBe(`Bearer ${token}`);
  });

  test("that has it not gets it, also where the token may not read", async () => {
    for (const answer of [200, 403]) {
      receiver.got.length = 0;
      const to = grafana();
      put(to, notice(answer));
      receiver.answer = 502;
      expect(await deliverAll([to], once)).toMatchObject([{ sent: 0, left: 1, why: "it answers 502" }]);
      receiver.answer = (got) => (isQuestion(got) ? answer : 200);
      receiver.say = () => "[]";
      expect(await deliverAll([to], once)).toMatchObject([{ sent: 1, left: 0 }]);
      expect(receiver.got.map(isQuestion)).toEqual([false, true, false]);
    }
  });

  test("that can't be asked keeps it: nobody knows whether it has it", async () => {
    const to = grafana();
    put(to, notice());
    receiver.answer = "hang";
    await deliverAll([to], once);
    receiver.answer = (got) => (isQuestion(got) ? 500 : 200);
    expect(await deliverAll([to], once)).toMatchObject([{ sent: 0, left: 1, why: "it answers 500" }]);
    expect(receiver.got.map(isQuestion)).toEqual([false, true]);
  });

  test.each([401, 503])("that says no (%d) is not asked: it has taken nothing", async (status) => {
    const to = grafana();
    put(to, notice());
    receiver.answer = status;
    expect(await deliverAll([to], once)).toMatchObject([{ sent: 0, left: 1 }]);
    expect(onItsWay(to.queue)).toBeUndefined();
    receiver.answer = 200;
    expect(await deliverAll([to], once)).toMatchObject([{ sent: 1, left: 0 }]);
    expect(receiver.got.map(isQuestion)).toEqual([false, false]);
  });

  test("is asked after a process that was killed while it was sending", async () => {
    const to = grafana();
    put(to, notice());
    let marked: string | undefined;
    receiver.answer = () => {
      marked = onItsWay(to.queue);
      return 200;
    };
    receiver.say = () => "[]";
    await deliverAll([to], once);
    // This is what the killed one leaves.
    expect(marked).toBe(notice().id);
    expect(onItsWay(to.queue)).toBeUndefined();
  });

  test.each([
    [
      "is not there",
      () => {
        fs.rmSync(path.join(folder, "token"));
      },
    ],
    [
      "one token",
      () => {
        fs.writeFileSync(path.join(folder, "token"), "a\nb\n");
      },
    ],
  ])("whose token %s is told, and keeps what waits", async (words, spoil) => {
    const to = grafana();
    put(to, notice());
    spoil();
    const [found] = await deliverAll([to], once);
    expect([found?.left, found?.why]).toEqual([1, expect.stringContaining("grafana agency: token: ")]);
    expect(found?.why).toContain(words);
    expect(receiver.got).toEqual([]);
  });
});

describe("a webhook", () => {
  test("gets a text in which nobody is called", async () => {
    const to = webhook();
    put(to, notice(1, { kind: "refusal", text: "Refused <!channel> & co", details: ["why"] }));
    expect(await deliverAll([to], once)).toMatchObject([{ what: "webhook auditors", sent: 1, left: 0 }]);
    expect(receiver.got.map(({ path: at, body }) => [at, JSON.parse(body) as unknown])).toEqual([
      [channel, { text: "🚫 Refused &lt;!channel&gt; &amp; co\nwhy" }],
    ]);
  });

  test("gets it again where an answer was lost, and hears that it may have had it", async () => {
    const to = webhook();
    put(to, notice(1), notice(2));
    receiver.answer = "hang";
    await deliverAll([to], once);
    receiver.answer = 200;
    await deliverAll([to], once);
    expect(
      receiver.got.map(({ body }) => (JSON.parse(body) as { text: string }).text.split(" (fix")[0]),
    ).toEqual(["🚀 Deploy #1", "🚀 (perhaps told before) Deploy #1", "🚀 Deploy #2"]);
  });

  test("that says no is not told that it may have had it", async () => {
    const to = webhook();
    put(to, notice());
    receiver.answer = 429;
    await deliverAll([to], once);
    receiver.answer = 200;
    await deliverAll([to], once);
    expect(receiver.got.map(({ body }) => body.includes("perhaps"))).toEqual([false, false]);
  });

  test("has its address in no file and no error", async () => {
    const to = webhook();
    put(to, notice());
    const gone = await new Receiver().start();
    fs.writeFileSync(path.join(folder, "url"), `${gone.url}${channel}`);
    gone.stop();
    const refused = await deliverAll([to], once);
    fs.writeFileSync(path.join(folder, "url"), `hooks.example${channel}`);
    const wrong = await deliverAll([to], once);
    expect([refused[0]?.why, wrong[0]?.why]).toEqual([
      "ECONNREFUSED",
      "webhook auditors: url: it holds no URL, http or https.",
    ]);
    const files = fs.readdirSync(to.queue).map((name) => path.join(to.queue, name));
    expect(waiting(to.queue)).toHaveLength(1);
    for (const file of files) expect(fs.readFileSync(file, "utf8")).not.toContain("x5ecret");
  });
});
