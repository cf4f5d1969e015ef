/** What others get of a release: events at a real receiver, files in partners' own formats on real servers. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { type CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import type { ReleaseFacts } from "../../core/events";
import { all, releaseOf } from "../../core/history";
import { auditorsUrlFile, grafanaTokenFile, webhookSecretFile } from "../../lab/environment";
import { down, up } from "../../lab/lab";
import { inLab, receiver } from "../../lab/layout";
import { inboxOf, type PartnerName } from "../../lab/partner-files";
import { changeFormula } from "../../lab/story";
import type { Flushed, QueueStatus } from "../../pipeline/notify";
import type { PlannedFile } from "../../pipeline/mappings";
import { projectFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import * as world from "./world";

jest.setTimeout(300_000);

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
});
afterAll(down);

const stacks = "partners";
const trail = () => directoryTrail(inLab("trail")).entries();

interface Got {
  readonly at: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly status: number;
}
const requests = async (): Promise<Got[]> => (await (await fetch(`${receiver}/requests`)).json()) as Got[];
const eventRequests = async (): Promise<Got[]> =>
  (await requests()).filter((request) => request.path === "/events");
/** What the auditors' channel was told: the first line of each. */
const channel = async (): Promise<string[]> => {
  const { pathname } = new URL(fs.readFileSync(auditorsUrlFile, "utf8").trim());
  const found = (await requests()).filter((request) => request.path === pathname);
  return found.map(({ body }) => (JSON.parse(body) as { text: string }).text.split("\n")[0] ?? "");
};
/** The runs of the events that were acknowledged, in the order in which they came. */
const told = async (): Promise<number[]> =>
  (await eventRequests())
    .filter(({ status }) => status === 204)
    .map(({ body }) => (JSON.parse(body) as { data: ReleaseFacts }).data.run);
const fail = (times: number): Promise<Response> =>
  fetch(`${receiver}/_fail`, { method: "POST", body: JSON.stringify({ times }) });
const ship = (version: string) => world.ship((folder) => changeFormula(folder, version), stacks);
const queues = async (): Promise<Record<string, number>> => {
  const { stdout } = await world.hms("notify", "status", "--json");
  const found = (JSON.parse(stdout) as { queues: QueueStatus[] }).queues;
  return Object.fromEntries(found.map(({ queue, waiting }) => [queue, waiting]));
};

describe("a run", () => {
  let run: number;
  let tag: string;

  beforeAll(async () => {
    const result = await ship("e1");
    expect([result.exitCode, (result as world.Refused).refused]).toEqual([0, undefined]);
    ({ run, tag } = result);
  });

  test("tells a subscriber after the receipts: a signed CloudEvent with the release's digests", async () => {
    const [request, ...more] = await eventRequests();
    expect(more).toEqual([]);
    const { headers = {}, body = "" } = request ?? {};
    const secret = fs.readFileSync(webhookSecretFile, "utf8").trim();
    new Webhook(secret).verify(body, headers);
    expect(() => new Webhook(secret).verify(body.replace("current", "failed"), headers)).toThrow();

    const event = HTTP.toEvent<ReleaseFacts>({ headers, body }) as CloudEvent<ReleaseFacts>;
    const release = releaseOf(trail(), tag);
    const { sha256, size } = release?.bundle ?? {};
    expect(event).toMatchObject({
      specversion: "1.0",
      type: "hms.build_published",
      source: "/hms/flood-formula",
      subject: tag,
      id: headers["webhook-id"],
    });
    expect(event.data).toMatchObject({
      run,
      tag,
      commit: release?.commit,
      image: release?.image,
      bundle: { sha256, size },
      report: release?.report,
      targets: {
        "partners/usgs": { state: "current", tag },
        "partners/noaa": { state: "current", tag },
        "partners/fema": { state: "current", tag },
      },
    });
    const receipts = all(trail(), "receipt").map(({ time }) => time);
    expect(receipts).toHaveLength(3);
    for (const time of receipts) expect((event.time ?? "") > time).toBe(true);
  });

  test("leaves an annotation", async () => {
    const texts = (await requests()).filter((got) => got.path === "/annotate").map(({ body }) => body);
    expect(texts).toEqual([expect.stringContaining(`Deploy #${String(run)} (formula e1)`)]);
  });

  test("is marked in Grafana as a region, and no channel hears of it that wants none", async () => {
    const [note, ...more] = (await requests()).filter((got) => got.path === "/grafana/api/annotations");
    expect(more).toEqual([]);
    expect(note?.headers["authorization"]).toBe(`Bearer ${fs.readFileSync(grafanaTokenFile, "utf8").trim()}`);
    const { time, timeEnd, ...marked } = JSON.parse(note?.body ?? "{}") as Record<string, number>;
    expect(marked).toEqual({
      tags: [
        "hms",
        "flood-formula",
        "deploy",
        expect.stringMatching(/^hms-id:flood-formula-1-\w{12}-deploy$/),
      ],
      text: `Deploy #${String(run)} (formula e1)\nflood-formula ${tag}: 3 of 3 targets are current`,
    });
    const [first, last] = [trail().find(({ body }) => body.type === "run-started"), trail().at(-1)];
    expect(time).toBe(Date.parse(first?.time ?? ""));
    expect(Math.abs((timeEnd ?? 0) - Date.parse(last?.time ?? ""))).toBeLessThan(1000);
    expect(await channel()).toEqual([]);
  });

  test("brings a partner its own file, whole, with a checksum file, and nothing else", () => {
    const inbox = inboxOf("usgs");
    const file = fs.readFileSync(path.join(inbox, "flood-levels.csv"));
    expect(file.toString()).toBe("LEVEL;FROM_PERCENT\r\nlow;0\r\nmoderate;25\r\nhigh;50\r\nsevere;75\r\n");
    const sum = createHash("sha256").update(file).digest("hex");
    expect(fs.readFileSync(path.join(inbox, "flood-levels.csv.sha256"), "utf8")).toBe(
      `${sum}  flood-levels.csv\n`,
    );
    expect(fs.readdirSync(inbox).filter((name) => name.startsWith("."))).toEqual([]);
    expect(fs.readdirSync(inboxOf("noaa")).filter((name) => name.includes("levels"))).toEqual([]);
  });

  test("leaves nothing to change; a plan says what lies there", async () => {
    const { exitCode, stdout } = await world.pulumi("preview", "-s", "partners", "--expect-no-changes");
    expect([exitCode, exitCode === 0 ? "" : stdout]).toEqual([0, ""]);
    const plan = await world.hms("mappings", "plan", "--stacks", stacks, "--json");
    const { files } = JSON.parse(plan.stdout) as { files: PlannedFile[] };
    const bytes = fs.readFileSync(path.join(inboxOf("usgs"), "flood-levels.csv"));
    expect(files).toEqual([
      {
        target: "partners/usgs",
        release: tag,
        folder: "/inbox",
        path: "flood-levels.csv",
        size: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
        from: "rules/flood.json",
        mapping: "mappings/partner/usgs.yml",
        preview: "LEVEL;FROM_PERCENT\nlow;0\nmoderate;25\nhigh;50\nsevere;75",
      },
    ]);
    const check = await world.hms("mappings", "check", "--stacks", stacks);
    expect(check.stdout).toBe("mappings/partner/usgs.yml: right, 1 for partners/usgs\n".trim());
  });

  test("of the same bytes does not send the file again", async () => {
    const file = path.join(inboxOf("usgs"), "flood-levels.csv");
    const before = fs.statSync(file, { bigint: true });
    expect(await ship("e2")).toMatchObject({ exitCode: 0 });
    expect(fs.statSync(file, { bigint: true })).toMatchObject({
      ino: before.ino,
      mtimeNs: before.mtimeNs,
    });
  });
});

describe("a subscriber that is down", () => {
  test("fails no run; what it missed comes in order, once, with the next run or a flush", async () => {
    const before = await told();
    await fail(1_000_000);
    const missed = [await ship("e3"), await ship("e4")];
    expect(missed.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await queues()).toEqual({ annotations: 2, "grafana/agency": 2, "subscribers/dashboard": 2 });
    expect(await told()).toEqual(before);

    const stays = await world.hms("notify", "flush", "--json");
    expect([stays.exitCode, (JSON.parse(stays.stdout) as Flushed).delivered[1]]).toMatchObject([
      3,
      { what: "subscriber dashboard", sent: 0, left: 2, why: "it answers 503" },
    ]);

    await fail(0);
    const next = await ship("e5");
    const runs = [...missed, next].map(({ run }) => run);
    expect(await told()).toEqual([...before, ...runs]);
    expect(await queues()).toEqual({ annotations: 0, "grafana/agency": 0, "subscribers/dashboard": 0 });
  });

  test("gets each event once, in order, also when several deliver at once", async () => {
    const before = await told();
    await fail(1_000_000);
    const missed = [await ship("e6"), await ship("e7")].map(({ run }) => run);
    await fail(0);
    const flushed = await Promise.all([1, 2, 3].map(() => world.hms("notify", "flush", "--json")));
    const sent = flushed.map(({ stdout }) => (JSON.parse(stdout) as Flushed).delivered[1]?.sent ?? 0);
    expect(sent.reduce((sum, n) => sum + n)).toBe(2);
    expect(await told()).toEqual([...before, ...missed]);
  });
});

test("a rollback is told, too", async () => {
  const { exitCode } = await world.hms("pipeline", "rollback", "--stacks", stacks, "--reason", "wrong risk");
  expect(exitCode).toBe(0);
  const { type, subject } = JSON.parse((await eventRequests()).at(-1)?.body ?? "{}") as Record<
    string,
    string
  >;
  expect([type, subject]).toEqual(["hms.rolled_back", all(trail(), "desired").at(-1)?.body.tag]);
  expect(await channel()).toEqual([expect.stringMatching(/^⏪ Rollback #\d+ \(wrong risk\)$/)]);
});

/** Does something while the project has one more mapping file. */
async function withMapping(name: string, text: string, action: () => Promise<void>): Promise<void> {
  const file = path.join(projectFolder, "mappings/partner", name);
  fs.writeFileSync(file, text);
  try {
    await action();
  } finally {
    fs.rmSync(file);
  }
}
const upPartners = (...args: string[]) =>
  world.pulumi("up", "-s", "partners", "--yes", "--skip-preview", ...args);

describe("a mapped file", () => {
  const file = path.join(inboxOf("usgs"), "flood-levels.csv");

  test("that is gone, changed or without its checksum is found by a refresh, and put back", async () => {
    const whole = fs.readFileSync(file, "utf8");
    for (const spoil of [
      () => {
        fs.rmSync(file);
      },
      () => {
        fs.writeFileSync(file, whole.replace("25", "52"));
      },
      () => {
        fs.rmSync(`${file}.sha256`);
      },
    ]) {
      spoil();
      const { stdout } = await world.pulumi("preview", "-s", "partners", "--refresh");
      expect(stdout).toMatch(/hms:MappedDrop/);
      expect(await upPartners("--refresh")).toMatchObject({ exitCode: 0 });
      expect([fs.readFileSync(file, "utf8"), fs.existsSync(`${file}.sha256`)]).toEqual([whole, true]);
    }
  });

  test.each<[PartnerName, string]>([
    ["usgs", "usgs"],
    ["noaa", "ftps://noaa/inbox"],
    ["fema", "sftp://fema/inbox"],
  ])("of %s comes into folders that are made for it, and goes with its mapping", async (name, connector) => {
    const text = `connector: ${connector}\nfiles: [{ from: "rules/*", to: "{service}/rules/{tag}/{name}.json", format: json, pick: [rule] }]\n`;
    const found = (): string[] => fs.globSync("flood-formula/rules/*/*", { cwd: inboxOf(name) }).sort();
    await withMapping(`test-${name}.yml`, text, async () => {
      const { exitCode, stdout } = await upPartners();
      expect([exitCode, exitCode === 0 ? "" : stdout]).toEqual([0, ""]);
      const tag = all(trail(), "desired").at(-1)?.body.tag ?? "";
      expect(found()).toEqual([
        `flood-formula/rules/${tag}/flood.json`,
        `flood-formula/rules/${tag}/flood.json.sha256`,
      ]);
      expect(JSON.parse(fs.readFileSync(path.join(inboxOf(name), found()[0] ?? ""), "utf8"))).toEqual({
        rule: "Flood risk of built-up places",
      });
      expect((await upPartners("--expect-no-changes")).exitCode).toBe(0);
      // A refresh sees that the folder is gone, and does not make it.
      fs.rmSync(path.join(inboxOf(name), "flood-formula"), { recursive: true });
      const refresh = ["--yes", "--skip-preview"];
      expect((await world.pulumi("refresh", "-s", "partners", ...refresh)).exitCode).toBe(0);
      expect(fs.existsSync(path.join(inboxOf(name), "flood-formula"))).toBe(false);
      expect((await upPartners()).exitCode).toBe(0);
      expect(found()).toHaveLength(2);
    });
    expect((await upPartners()).exitCode).toBe(0);
    expect(found()).toEqual([]);
    fs.rmSync(path.join(inboxOf(name), "flood-formula"), { recursive: true });
  });

  test("that does not fit stops the run before anything ships", async () => {
    const text = "connector: usgs\nfiles: [{ from: rules/flod.json, to: a.json }]\n";
    await withMapping("test-wrong.yml", text, async () => {
      const result = await ship("e8");
      expect(result).toMatchObject({ exitCode: 1, targets: {}, refused: { stage: "policy" } });
      expect((result as world.Refused).refused?.why).toBe(
        `partners: mappings/partner/test-wrong.yml: files[0].from: found "rules/flod.json"; ` +
          `allowed: a file of the bundle of ${result.tag}: rules/flood.json. Where a release may lack it, say optional: true.`,
      );
      expect((await channel()).at(-1)).toBe(
        `🚫 Refused deploy #${String(result.run)} (formula e8) by policy`,
      );
      expect(Object.values(await queues())).toEqual([0, 0, 0, 0]);
    });
  });

  test("goes with the stack", async () => {
    const { exitCode } = await world.pulumi("destroy", "-s", "partners", "--yes", "--skip-preview");
    expect(exitCode).toBe(0);
    expect(fs.readdirSync(inboxOf("usgs"))).toEqual([]);
  });
});
