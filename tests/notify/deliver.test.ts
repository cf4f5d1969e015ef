import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { deliverAll, type Destination, pauseAfter } from "../../notify/deliver";
import { projectFolder } from "../../store/project";
import { failing, keep, setAsideIn, waiting } from "../../store/spool";
import { Receiver } from "./receiver";

let folder: string;
let receiver: Receiver;

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-deliver-"));
  receiver = await new Receiver().start();
});
afterEach(() => {
  receiver.stop();
});

const to = (name = "a", parts: Partial<Destination> = {}): Destination => ({
  what: `subscriber ${name}`,
  queue: path.join(folder, name),
  url: `${receiver.url}/${name}`,
  message: ({ id }) => ({ headers: { "webhook-id": id }, body: id }),
  timeoutSeconds: 5,
  keepDays: 7,
  ...parts,
});
const keepAll = ({ queue }: Destination, ...ids: string[]): void => {
  for (const id of ids) keep(queue, id, {});
};
const once = { until: 0 };
const soon = (seconds: number) => ({ until: Date.now() + seconds * 1000 });

describe("order", () => {
  test("what came first goes first, and nothing goes twice", async () => {
    keepAll(to(), "1", "2", "3");
    expect(await deliverAll([to()], once)).toEqual([
      { what: "subscriber a", sent: 3, left: 0, setAside: [] },
    ]);
    expect(await deliverAll([to()], once)).toMatchObject([{ sent: 0, left: 0 }]);
    expect(receiver.ids).toEqual(["1", "2", "3"]);
  });

  test("one that is not taken holds those behind it", async () => {
    keepAll(to(), "1", "2", "3");
    receiver.answer = ({ body }) => (body === "2" ? 503 : 204);
    expect(await deliverAll([to()], once)).toEqual([
      { what: "subscriber a", sent: 1, left: 2, why: "it answers 503", setAside: [] },
    ]);
    receiver.answer = 204;
    expect(await deliverAll([to()], once)).toMatchObject([{ sent: 2, left: 0 }]);
    expect(receiver.ids).toEqual(["1", "2", "2", "3"]);
  });

  test("a subscriber that is down holds nobody else's", async () => {
    const gone = await new Receiver().start();
    const down = to("down", { url: gone.url });
    gone.stop();
    keepAll(down, "1");
    keepAll(to(), "1", "2");
    expect(await deliverAll([down, to()], once)).toEqual([
      { what: "subscriber down", sent: 0, left: 1, why: "ECONNREFUSED", setAside: [] },
      { what: "subscriber a", sent: 2, left: 0, setAside: [] },
    ]);
  });
});

describe("tries", () => {
  test("come again, further and further apart, until it is taken", async () => {
    keepAll(to(), "1", "2");
    let answers = 0;
    receiver.answer = () => ((answers += 1) <= 2 ? 500 : 204);
    expect(await deliverAll([to()], soon(20))).toMatchObject([{ sent: 2, left: 0 }]);
    expect(receiver.ids).toEqual(["1", "1", "1", "2"]);
    expect(failing(to().queue)).toBeUndefined();
  });

  test.each([
    [1, 0, 0.25],
    [1, 1, 0.75],
    [2, 0.5, 1],
    [5, 0.5, 8],
    [60, 1, 300],
  ])("after %d failures and by chance %d, the pause is %d s", (tries, chance, seconds) => {
    expect(pauseAfter(tries, chance)).toBe(seconds);
  });

  test("are counted over runs: who has failed for long gets one try a run", async () => {
    keepAll(to(), "1");
    receiver.answer = 503;
    for (let n = 0; n < 6; n += 1) await deliverAll([to()], once);
    expect(failing(to().queue)).toMatchObject({ tries: 6, why: "it answers 503" });
    const began = Date.now();
    await deliverAll([to()], soon(2));
    expect(failing(to().queue)?.tries).toBe(7);
    expect(Date.now() - began).toBeLessThan(2000);
  });

  test("wait as long as the receiver asks for", async () => {
    keepAll(to(), "1");
    receiver.answer = 429;
    receiver.headers = { "retry-after": "60" };
    await deliverAll([to()], soon(3));
    expect(receiver.ids).toEqual(["1"]);
  });

  test.each([
    ["by its own limit", { timeoutSeconds: 1 }, once],
    ["when the run has no more time", { timeoutSeconds: 60 }, { until: Date.now() + 1500, hard: true }],
  ])("end at a receiver that hangs: %s", async (_, parts, patience) => {
    const hard = "hard" in patience ? { until: Date.now() + 1000, hard: true } : patience;
    keepAll(to(), "1");
    receiver.answer = "hang";
    const began = Date.now();
    expect(await deliverAll([to("a", parts)], hard)).toMatchObject([
      { sent: 0, left: 1, why: "it does not answer in time" },
    ]);
    expect(Date.now() - began).toBeLessThan(4000);
  });

  test.each([301, 302, 307, 400, 404, 410])("an answer of %d does not take it", async (status) => {
    keepAll(to(), "1");
    receiver.answer = status;
    receiver.headers = { location: `${receiver.url}/elsewhere` };
    expect(await deliverAll([to()], once)).toMatchObject([{ left: 1, why: `it answers ${String(status)}` }]);
    expect(receiver.got.map(({ path: at }) => at)).toEqual(["/a"]);
  });
});

describe("is set aside with a sentence", () => {
  test("what can't be read; what is behind it goes", async () => {
    keepAll(to(), "1", "2");
    fs.writeFileSync(path.join(to().queue, "00000001.json"), '{"id":"1","ke');
    const [{ sent, setAside } = { sent: 0, setAside: [] }] = await deliverAll([to()], once);
    expect([sent, receiver.ids]).toEqual([1, ["2"]]);
    expect(setAside).toEqual([
      expect.stringMatching(
        /^subscriber a: 00000001\.json can't be read \(.*JSON.*\), and is set aside: .*\/dead\/\d+-00000001-unreadable\.json$/,
      ),
    ]);
    expect(setAsideIn(to().queue)).toHaveLength(1);
  });

  test("what was not taken for too long, after one more try; what is younger goes on waiting", async () => {
    keepAll(to(), "1", "2", "3");
    const day = (n: number): string => new Date(Date.now() - n * 86_400_000).toISOString();
    for (const [name, days] of [
      ["00000001", 8],
      ["00000002", 7.1],
    ] as const) {
      const content = { id: name, keptAt: day(days), content: {} };
      fs.writeFileSync(path.join(to().queue, `${name}.json`), JSON.stringify(content));
    }
    receiver.answer = 503;
    const [{ left, setAside } = { left: 0, setAside: [] }] = await deliverAll([to()], once);
    expect([left, waiting(to().queue), receiver.ids]).toEqual([1, ["00000003.json"], ["00000001"]]);
    expect(setAside[0]).toMatch(
      /^subscriber a: 00000001\.json was not taken in 7 days \(it answers 503\), and is set aside: /,
    );
    expect(setAside).toHaveLength(2);
  });

  test("not what is old, but is taken now", async () => {
    keepAll(to(), "1");
    const old = { id: "1", keptAt: "2020-01-01T00:00:00.000Z", content: {} };
    fs.writeFileSync(path.join(to().queue, "00000001.json"), JSON.stringify(old));
    expect(await deliverAll([to()], once)).toMatchObject([{ sent: 1, setAside: [] }]);
  });
});

test("a fault of our own is told, not thrown", async () => {
  keepAll(to(), "1");
  const broken = to("a", {
    message: () => {
      throw new TypeError("no such thing");
    },
  });
  expect(await deliverAll([broken], once)).toMatchObject([{ left: 1, why: "no such thing" }]);
});

test("two processes that deliver at once, and one that is killed: all arrives, in order, and only what was under way twice", async () => {
  const ids = Array.from({ length: 30 }, (_, n) => String(n + 1));
  keepAll(to(), ...ids);
  const killed = process_(10);
  // It is killed in the middle, while the receiver has one that it does not answer.
  await new Promise<void>((resolve) => {
    receiver.answer = ({ body }) => {
      if (body !== "11") return 204;
      resolve();
      return "hang";
    };
  });
  killed.kill("SIGKILL");
  receiver.answer = 204;
  const done = await Promise.all([process_(20), process_(20)]);
  const sent = done.map(({ stdout }) => (JSON.parse(stdout) as [{ sent: number }])[0].sent);
  expect(sent.reduce((sum, n) => sum + n)).toBe(20);
  expect(receiver.ids).toEqual([...ids.slice(0, 11), ...ids.slice(10)]);
  expect(waiting(to().queue)).toEqual([]);
}, 60_000);

/** Delivers in a process of its own, for so many seconds. */
function process_(seconds: number) {
  const program = `
    require("./register");
    const [queue, url, seconds] = process.argv.slice(1);
    const message = ({ id }) => ({ headers: { "webhook-id": id }, body: id });
    const to = { what: "a", queue, url, message, timeoutSeconds: 5, keepDays: 7 };
    require("./notify/deliver").deliverAll([to], { until: Date.now() + 1000 * seconds })
      .then((done) => console.log(JSON.stringify(done)));`;
  return execa("node", ["-e", program, to().queue, `${receiver.url}/a`, String(seconds)], {
    cwd: projectFolder,
    reject: false,
  });
}
