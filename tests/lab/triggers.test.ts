/** What starts runs, on real engines: a push returns while its run goes on, what waits is shipped once, and a kill loses nothing. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { all } from "../../core/history";
import { tagOf } from "../../core/release";
import { environmentFile } from "../../lab/environment";
import { down, up } from "../../lab/lab";
import { cloudDocker, inLab, serviceRepository, sites } from "../../lab/layout";
import { environment } from "../../lab/main";
import { changeFormula } from "../../lab/story";
import { isHeld, takeLease } from "../../store/lease";
import { projectFolder } from "../../store/project";
import { requests } from "../../store/queue";
import { followLog } from "../../store/log-follower";
import { runLogFile } from "../../store/run-log";
import { directoryTrail } from "../../store/trail";
import type { Status } from "../../pipeline/status";
import * as world from "./world";

jest.setTimeout(600_000);

const stacks = "cloud-docker,onprem";
const targets = ["cloud-docker/cloud-docker", "onprem/anchorage", "onprem/mississippi"];
const queue = inLab("trail", "queue");
let env: Record<string, string>;
let onTestEnd = (): unknown => undefined;

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
  env = { ...(await environment()), HMS_STACKS: stacks };
  const install = [
    "hook",
    "install",
    serviceRepository,
    "--branch",
    "main",
    "--environment",
    environmentFile,
  ];
  expect((await world.hms(...install)).exitCode).toBe(0);
});
afterAll(async () => {
  onTestEnd();
  await down();
});

const trail = () => directoryTrail(inLab("trail")).entries();
const runs = () => all(trail(), "run-started").map(({ body }) => body);
const ended = () => all(trail(), "run-finished").map(({ body }) => [body.run, body.exitCode]);

/** Pushes a formula. Returns the commit, what the pusher reads, and how long it took. */
async function push(version: string, ...options: string[]) {
  const commit = await world.commit((folder) => changeFormula(folder, version));
  const began = performance.now();
  const { stderr } = await execa(
    "git",
    ["-C", inLab("test-copy"), "push", "--quiet", ...options, "origin", "HEAD:main"],
    { env },
  );
  // Git fills each line up with blanks.
  const said = stderr.replaceAll(/^remote: ?| +$/gm, "").trim();
  return { commit, said, seconds: (performance.now() - began) / 1000 };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 240_000; !isSo();) {
    if (Date.now() > end)
      throw new Error(`${what}: it did not come. ${fs.readFileSync(`${queue}/log`, "utf8")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const quiet = (): Promise<void> =>
  until("the end", () => requests(queue).length === 0 && !isHeld(queue) && !isHeld(inLab("trail")));

/** What the service answers, of the targets that are shipped to here. */
async function formulas(): Promise<string[]> {
  const urls = [cloudDocker.service, ...sites.map(({ address }) => `http://${address}:8080`)];
  const answers = urls.map(async (url) => {
    const response = await fetch(`${url}/risk?rainfall=1&elevation=1&soil=clay`);
    return ((await response.json()) as { formula: string }).formula;
  });
  return Promise.all(answers);
}

const hms = (...args: string[]) =>
  execa("node", ["cli/hms.js", ...args], { cwd: projectFolder, env, reject: false });

/** What Pulumi notes beside the state of each stack; see `core/state-backend`. */
const attributes = (): Record<string, string> => {
  const folder = inLab("state", ".pulumi", "stacks", "hms");
  const names = fs.readdirSync(folder).filter((name) => name.endsWith(".json.attrs"));
  return Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]));
};

test("a push returns while its run goes on; two pushes during it are one run, of the latest", async () => {
  const before = attributes();
  const first = await push("t1");
  expect(first.said).toMatch(
    new RegExp(
      `^Run #1 of ${tagOf(first.commit)} has begun\\. Watch it: \\(cd .* && npx hms pipeline watch --run 1\\)$`,
    ),
  );
  expect(ended()).toEqual([]);
  const second = await push("t2");
  const third = await push("t3");
  expect([second.said, third.said]).toEqual(
    [second, third].map(({ commit }) => expect.stringContaining(`${tagOf(commit)} is queued: run #1 is on.`)),
  );
  expect(ended()).toEqual([]);
  const waiting = JSON.parse((await hms("pipeline", "status", "--json")).stdout) as Status;
  expect(waiting.queue).toMatchObject([{ commit: second.commit }, { commit: third.commit }]);

  await quiet();
  expect(ended()).toEqual([
    [1, 0],
    [2, 0],
  ]);
  expect(runs()).toMatchObject([
    { run: 1, commit: first.commit, trigger: "push" },
    { run: 2, commit: third.commit, covers: [second.commit], trigger: "push" },
  ]);
  expect(await formulas()).toEqual(["t3", "t3", "t3"]);
  const { queue: left, runs: shown } = JSON.parse(
    (await hms("pipeline", "status", "--json")).stdout,
  ) as Status;
  expect([left, shown[0]?.covers]).toEqual([[], [second.commit]]);
  // Who asks while a run writes a state finds it whole.
  expect(Object.keys(before)).toContain("build.json.attrs");
  expect(attributes()).toEqual(before);
});

test("an urgent push goes before others, and a rollback before all of them", async () => {
  const lease = await takeLease(inLab("trail"));
  const usual = await push("t4");
  const urgent = await push("t5", "-o", "urgent");
  const last = await push("t6");
  const rollback = hms("pipeline", "rollback", "--reason", "wrong risk");
  await until("the rollback", () =>
    fs.readdirSync(inLab("trail")).some((name) => name.startsWith("lease.first.")),
  );
  const from = trail().length;
  lease.release();
  expect((await rollback).exitCode).toBe(0);
  await quiet();
  const order = trail()
    .slice(from)
    .flatMap(({ body }): unknown[] =>
      body.type === "rollback-started"
        ? ["rollback"]
        : body.type === "run-started"
          ? [[body.commit, body.covers]]
          : [],
    );
  expect(order).toEqual(["rollback", [urgent.commit, [usual.commit]], [last.commit, undefined]]);
  expect(await formulas()).toEqual(["t6", "t6", "t6"]);
});

test("an agent that is killed in the middle of a run: the next one ends it, with nothing lost or done twice", async () => {
  const first = hms("agent");
  onTestEnd = () => first.kill("SIGKILL");
  await until("the agent", () => isHeld(queue));
  const { commit, said } = await push("t7");
  const run = Number(/^Run #(\d+) /.exec(said)?.[1]);
  const log = runLogFile(inLab("trail"), run);
  const lines = () => (fs.existsSync(log) ? followLog(log).next() : []).map(({ text }) => text);
  await until("the update", () => lines().some((text) => text.includes("passed the policy")));
  first.kill("SIGKILL");
  await first;
  expect(ended().map(([number]) => number)).not.toContain(run);

  const second = hms("agent");
  onTestEnd = () => second.kill("SIGKILL");
  await until("the end of the run", () => ended().some(([number = 0]) => number > run));
  second.kill("SIGTERM");
  expect((await second).exitCode).toBe(0);
  const tag = tagOf(commit);
  const about = trail().filter(({ body }) => "tag" in body && body.tag === tag);
  const receipts = about.flatMap(({ body }) => (body.type === "receipt" ? body.target : []));
  expect(
    runs()
      .filter((each) => each.commit === commit)
      .map((each) => each.run),
  ).toEqual([run, run + 1]);
  expect(ended().at(-1)).toEqual([run + 1, 0]);
  expect(all(trail(), "release").filter(({ body }) => body.release.tag === tag)).toHaveLength(1);
  expect(receipts.sort()).toEqual(targets);
  expect(await formulas()).toEqual(["t7", "t7", "t7"]);
  expect(requests(queue)).toEqual([]);
  expect((await hms("audit", "verify")).exitCode).toBe(0);
});

test("with --wait a push lasts as long as its run, and shows its log", async () => {
  const install = ["hook", "install", serviceRepository, "--wait", "--environment", environmentFile];
  expect((await world.hms(...install)).exitCode).toBe(0);
  const { commit, said } = await push("t8");
  const run = runs().at(-1);
  expect([run?.commit, ended().at(-1)]).toEqual([commit, [run?.run, 0]]);
  expect(said).toMatch(/^\[\d\d:\d\d\] ✅ compliance passed \(\d+ tests, 0 findings\)$/m);
  expect(said.split("\n").at(-1)).toMatch(/^\[\d\d:\d\d\] 🏁 run #\d+: 3 of 3 targets are current$/);
});
