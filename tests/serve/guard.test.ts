/** The guard's answers over HTTP, from a trail that changes under it. */
import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { parseGuard } from "../../core/config/guard";
import type { Body, TargetOutcome } from "../../core/entry";
import { type Guard, startGuard } from "../../serve/guard";
import { addGuardRoutes } from "../../serve/guard-routes";
import { makeServer } from "../../serve/server";
import { beat, heartbeatFile } from "../../store/heartbeat";
import { directoryTrail } from "../../store/trail";
import { entriesFolderOf } from "../../store/trail-files";
import { freshTrail } from "../signed-trail";

const site = "onprem/mississippi";
let folder: string;
let guard: Guard;
let server: FastifyInstance;
let said: string[];

const append = (body: Body): void => {
  directoryTrail(folder).append(body);
};
const receipt: Body = {
  type: "receipt",
  target: site,
  tag: "a",
  receipt: { kind: "runs", image: "sha256:1d", health: "healthy", since: "", units: [] },
};
const ended = (outcome: TargetOutcome): Body => ({
  type: "run-finished",
  run: 1,
  exitCode: 0,
  targets: { [site]: outcome },
  stages: {},
});
const stale = ended({ state: "stale", tag: "a", why: "unreachable: no route to host" });

const get = async (url: string, headers: Record<string, string> = {}, method: "GET" | "POST" = "GET") => {
  const { statusCode, headers: got, body } = await server.inject({ method, url, headers });
  return { statusCode, headers: got, body };
};
const about = async (uri: string): Promise<number> =>
  (await get("/guard/route", { "x-original-uri": uri })).statusCode;

/** Asks until the answer is this one; how long it took, in milliseconds. */
async function becomes(code: number, uri = "/map/"): Promise<number> {
  const begun = performance.now();
  while ((await about(uri)) !== code) {
    if (performance.now() - begun > 10_000) throw new Error(`it does not become ${String(code)}`);
    await sleep(5);
  }
  return performance.now() - begun;
}

function start(heartbeatSeconds = "none"): void {
  const routes = "routes: [{ path: /map/, needs: [onprem/mississippi] }]";
  guard = startGuard(
    folder,
    parseGuard(`${routes}\nheartbeatSeconds: ${heartbeatSeconds}`, "guard.yml"),
    (line) => said.push(line),
  );
  server = makeServer((line) => said.push(line));
  addGuardRoutes(server, guard);
}

beforeEach(() => {
  folder = freshTrail();
  said = [];
  append(receipt);
});
afterEach(async () => {
  guard.close();
  await server.close();
});

test("a stale target closes what needs it, and nothing else; a receipt opens it within a second", async () => {
  start();
  await becomes(204);
  append(stale);
  expect(await becomes(503)).toBeLessThan(1_000);
  const { headers, body } = await get("/guard/route", { "x-original-uri": "/map/?x=1" });
  expect(headers).toMatchObject({
    "retry-after": "30",
    "cache-control": "no-store",
    "content-type": "application/json; charset=utf-8",
    "x-guard-reason": body,
  });
  expect(JSON.parse(body)).toMatchObject({
    open: false,
    reason: "stale",
    targets: [{ target: site, tries: 1 }],
  });
  expect(await about("/other")).toBe(204);
  append(receipt);
  expect(await becomes(204)).toBeLessThan(1_000);
  expect(said).toEqual([]);
});

test("each way to ask has the same answer", async () => {
  start();
  append(stale);
  await becomes(503);
  expect((await get("/guard/envoy/map/x?zoom=1", {}, "POST")).statusCode).toBe(503);
  expect((await get("/guard/envoy/x/../map/")).statusCode).toBe(503);
  expect((await get("/guard/envoy/")).statusCode).toBe(204);
  expect((await get(`/guard/targets/${site}`)).statusCode).toBe(503);
  expect((await get("/guard/route", { "x-forwarded-uri": "/map/" }, "POST")).statusCode).toBe(503);
});

test("what is not asked rightly is not let through", async () => {
  start();
  await becomes(204);
  expect((await get("/guard/route")).statusCode).toBe(400);
  expect(await about("/%zz")).toBe(400);
  expect((await get("/guard/targets/mississippi")).body).toBe(
    '{"error":"mississippi: no target\'s name; allowed: STACK/NAME, with commas."}',
  );
  expect((await get("/guard/targets/onprem/nowhere")).statusCode).toBe(503);
  expect((await get("/guard/nothing")).statusCode).toBe(404);
});

describe("closed when nobody can tell", () => {
  test("the trail is not what was written, or is gone; it opens when that is put right", async () => {
    start();
    await becomes(204);
    const entries = entriesFolderOf(folder);
    fs.renameSync(entries, `${entries}.away`);
    await becomes(503);
    expect(JSON.parse((await get("/guard/route", { "x-original-uri": "/map/" })).body)).toMatchObject({
      reason: "trail-unreadable",
    });
    expect(await about("/other")).toBe(204);
    fs.renameSync(`${entries}.away`, entries);
    await becomes(204);
    fs.writeFileSync(`${entries}/00000002.json`, "not an entry\n");
    await becomes(503);
    fs.rmSync(`${entries}/00000002.json`);
    await becomes(204);
    append(stale);
    await becomes(503);
    append(receipt);
    await becomes(204);
    expect(said.filter((line) => /can be read again: 1 entries/.test(line))).toHaveLength(2);
    expect(said.length).toBeLessThan(8);
  });
  test("the pipeline's heart does not beat", async () => {
    start("60");
    await becomes(503);
    beat(folder);
    await becomes(204);
    fs.writeFileSync(
      heartbeatFile(folder),
      JSON.stringify({ time: new Date(Date.now() - 61_000).toISOString() }),
    );
    await becomes(503);
    expect(JSON.parse((await get(`/guard/targets/${site}`)).body)).toMatchObject({ reason: "no-heartbeat" });
    beat(folder);
    await becomes(204);
    expect(JSON.parse((await get("/guard/health")).body)).toMatchObject({ trail: "read", entries: 1 });
  });
});

test("a name that the trail has never heard of is told once", async () => {
  folder = freshTrail();
  append({ ...receipt, target: "onprem/anchorage" });
  start();
  await becomes(503);
  await sleep(100);
  expect(said).toEqual([expect.stringMatching(/^The trail has never heard of onprem\/mississippi: /)]);
});
