import { beforeEach, describe, expect, test } from "@jest/globals";
import { parseStack, type StackSettingsOf } from "../../core/config";
import type { TargetId, TargetOutcome } from "../../core/entry";
import type { Notice } from "../../core/notice";
import { queueFolder, queues } from "../../notify/queues";
import { openLog } from "../../pipeline/log";
import { deliverNews, destinationsOf, type News, tell } from "../../pipeline/tell";
import { readItem, waiting } from "../../store/spool";
import { directoryTrail } from "../../store/trail";
import { ssn } from "../compliance/numbers";
import { freshTrail } from "../signed-trail";

let folder: string;
beforeEach(() => {
  folder = freshTrail();
  delete process.env["METRIC_URL"];
});

const settings = (parts: object): StackSettingsOf<"build"> =>
  parseStack(
    {
      ...{ role: "build", service: "flood-formula", stacks: ["onprem"] },
      build: { repository: "/srv/git", image: "registry.example.gov/flood-formula" },
      ...parts,
    },
    "Pulumi.build.yaml",
  ) as StackSettingsOf<"build">;
const office: TargetId = "onprem/anchorage";
const stale: TargetOutcome = { state: "stale", tag: "8e9a12c", why: "unreachable: no route" };
const all = {
  metricUrl: "http://127.0.0.1:1",
  grafana: [{ name: "agency", url: "http://127.0.0.1:1", token: { env: "NO_SUCH_TOKEN" } }],
  webhooks: [
    { name: "auditors", url: { env: "NO_SUCH_URL" }, on: ["refusal", "stale"] },
    { name: "switch", url: { env: "NO_SUCH_URL" }, on: ["rollback"] },
  ],
};
const started = (subject = "fix overflow"): void => {
  directoryTrail(folder).append({ type: "run-started", run: 1, commit: "8e9a12c", subject, trigger: "push" });
};
const told = (news: Partial<News>, parts: object = all): void => {
  tell(
    openLog(1, () => undefined),
    directoryTrail(folder),
    settings(parts),
    {
      ...{ run: 1, targets: new Map() },
      ...news,
    },
  );
};
const texts = (queue: string): string[] =>
  waiting(queueFolder(queue)).map((name) => {
    const item = readItem(queueFolder(queue), name);
    return typeof item === "string" ? item : (item.content as Notice).text;
  });

describe("what is told", () => {
  test("goes to each who wants it, and annotations have all of it", () => {
    started();
    told({ targets: new Map([[office, stale]]) });
    const both = ["Deploy #1 (fix overflow)", "Stale since #1: onprem/anchorage"];
    expect(texts("annotations")).toEqual(both);
    expect(texts("grafana/agency")).toEqual(both);
    expect(texts("webhooks/auditors")).toEqual(both.slice(1));
    expect(texts("webhooks/switch")).toEqual([]);
    expect(queues()).toEqual(["annotations", "grafana/agency", "webhooks/auditors"]);
  });

  test("of a refusal is one notice, with its reason", () => {
    started();
    told({ refused: { stage: "policy", why: "a freeze" } });
    for (const queue of ["annotations", "grafana/agency", "webhooks/auditors"]) {
      expect(texts(queue)).toEqual(["Refused deploy #1 (fix overflow) by policy"]);
    }
  });

  test("has what looks like personal data masked", () => {
    const number = ssn();
    started(`call Jane, ${number}`);
    told({ refused: { stage: "compliance", why: `SSN ${number}` } });
    const folderOf = queueFolder("webhooks/auditors");
    const kept = waiting(folderOf).map((name) => JSON.stringify(readItem(folderOf, name)));
    expect(kept).toHaveLength(1);
    expect(kept.join()).not.toContain(number);
  });

  test("is kept for nobody where nobody is set", () => {
    started();
    told({ targets: new Map([[office, stale]]) }, {});
    expect(queues()).toEqual([]);
  });
});

test("receivers that are dead hold up nobody for longer than the delivery may take, and say why", async () => {
  started();
  told({ refused: { stage: "policy", why: "a freeze" } });
  const said: string[] = [];
  const began = Date.now();
  await deliverNews(settings(all), ({ text }) => said.push(text));
  expect(Date.now() - began).toBeLessThan(8_000);
  expect(said).toEqual([
    expect.stringMatching(/^annotations: 1 waits for the next run: /),
    expect.stringContaining("grafana agency: token: the environment variable NO_SUCH_TOKEN is not set."),
    expect.stringContaining("webhook auditors: url: the environment variable NO_SUCH_URL is not set."),
  ]);
  expect(destinationsOf(settings(all)).map(({ what }) => what)).toEqual([
    ...["annotations", "grafana agency", "webhook auditors", "webhook switch"],
  ]);
}, 20_000);
