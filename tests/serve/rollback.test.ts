/** Rollbacks by the page: who may, what is needed, and what is started. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { UserError } from "../../core/errors";
import type { RollbackPlan } from "../../pipeline/rollback-plan";
import { type Board, startBoard } from "../../serve/board";
import { addPageRoutes } from "../../serve/page-routes";
import { addRollbackRoutes, type RollbackParts } from "../../serve/rollback-routes";
import { type Ended, rollbackArguments } from "../../serve/rollback-start";
import { makeServer } from "../../serve/server";
import { makeGate } from "../../serve/token";
import type { Wish } from "../../serve/views/rollback";
import { type Story, storyAgain } from "./story";
import { until } from "./until";

const token = "0123456789abcdef0123456789abcdef";
const host = "status.agency.example";
const own = { host, origin: `https://${host}` };

let story: Story;
let board: Board;
let server: FastifyInstance;
let said: string[];
let planned: Parameters<RollbackParts["plan"]>[0][];
let started: { readonly wish: Wish; readonly end: (ended: Ended) => void }[];

const plan = (reason: string): RollbackPlan => ({
  dryRun: true,
  reason,
  exitCode: 0,
  moves: { "cloud/cloud": { from: "0ddba11", to: "1c0ffee" } },
  targets: { "cloud/cloud": { answers: "ready", kept: true, bytes: 0 } },
  seconds: 8,
});

beforeEach(async () => {
  story = storyAgain();
  const { folder } = story;
  said = [];
  planned = [];
  started = [];
  const say = (line: string): void => void said.push(line);
  const ask = (): Promise<never> => new Promise(() => undefined);
  board = startBoard({ folder, everySeconds: 30, takesRollbacks: true, say, ask });
  server = makeServer(say, { trustProxy: "loopback" });
  addPageRoutes(server, board, folder);
  addRollbackRoutes(server, {
    board,
    gate: makeGate(token),
    say,
    plan: (options) => {
      planned.push(options);
      return options.to === "none"
        ? Promise.reject(new UserError("There is no release none in the trail."))
        : Promise.resolve(plan(options.reason));
    },
    start: (wish) =>
      new Promise((resolve) => {
        started.push({ wish, end: resolve });
      }),
  });
  await until(() => board.facts().trail.runs.length === 6);
});
afterEach(async () => {
  board.close();
  await server.close();
});

const post = async (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  await server.inject({
    method: "POST",
    url,
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    payload: new URLSearchParams(fields).toString(),
  });
const bearer = { authorization: `Bearer ${token}` };

/** Logs in as a browser does; returns the cookie. */
async function logIn(): Promise<string> {
  const { headers } = await post("/login", { token }, own);
  return String(headers["set-cookie"]).split(";")[0] ?? "";
}
/** What the confirmation sends: the hidden fields of the plan. */
const hidden = (page: string): Record<string, string> =>
  Object.fromEntries(
    [...page.matchAll(/<input\s+type="hidden"\s+name="(\w+)"\s+value="([^"]*)"/g)].map(
      ([, name = "", value = ""]) => [name, value],
    ),
  );

describe("who may", () => {
  test("nobody without the token: every route leads to the login, or says no", async () => {
    const { statusCode, headers } = await server.inject({ url: "/rollback" });
    expect([statusCode, headers.location]).toEqual([303, "/login"]);
    for (const url of ["/rollback", "/rollback/plan"]) {
      const answer = await post(url, { reason: "x", to: "1c0ffee" }, own);
      expect([answer.statusCode, answer.headers.location]).toEqual([303, "/login"]);
      const forged = { ...own, cookie: `hms_session=99999999999999.${"0".repeat(64)}` };
      expect((await post(url, { reason: "x" }, forged)).statusCode).toBe(303);
      const wrong = await post(url, { reason: "x" }, { authorization: "Bearer wrong" });
      expect([wrong.statusCode, wrong.headers["www-authenticate"]]).toEqual([401, 'Bearer realm="hms"']);
    }
    expect([planned, started]).toEqual([[], []]);
  });

  test("whoever logs in, by a cookie that scripts and other pages can't use", async () => {
    const wrong = await post("/login", { token: "wrong" }, own);
    expect([wrong.statusCode, wrong.headers["set-cookie"]]).toEqual([401, undefined]);
    expect(wrong.body).toContain("That is not the token of this server.");
    expect(wrong.body).not.toContain('wrong"');
    const right = await post("/login", { token: ` ${token}\n` }, own);
    expect([right.statusCode, right.headers.location]).toEqual([303, "/rollback"]);
    expect(right.headers["set-cookie"]).toMatch(
      /^hms_session=\d+\.[0-9a-f]{64}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/,
    );
    const behindTls = await post("/login", { token }, { ...own, "x-forwarded-proto": "https" });
    expect(behindTls.headers["set-cookie"]).toMatch(/; Secure$/);
    const page = await server.inject({ url: "/rollback", headers: { cookie: await logIn() } });
    expect(page.body).toContain("Why, for the trail");
    expect(said.join()).not.toContain(token);
  });

  test("not another page in the browser of somebody who is logged in", async () => {
    const cookie = await logIn();
    const foreign: Record<string, string>[] = [
      { host, cookie },
      { host, cookie, origin: "null" },
      { host, cookie, origin: "https://evil.example" },
      { host, cookie, origin: `https://${host}.evil.example` },
      { ...own, cookie, "sec-fetch-site": "cross-site" },
      { ...own, cookie, "sec-fetch-site": "same-site" },
    ];
    for (const headers of foreign) {
      for (const url of ["/rollback", "/rollback/plan", "/login", "/logout"]) {
        expect((await post(url, { reason: "x", to: "1c0ffee", token }, headers)).statusCode).toBe(403);
      }
    }
    expect([planned, started]).toEqual([[], []]);
  });

  test("not who guesses: after five wrong tokens that address waits, by form and by header alike", async () => {
    for (let n = 0; n < 5; n += 1) await post("/login", { token: "wrong" }, own);
    const form = await post("/login", { token }, own);
    expect([form.statusCode, form.headers["retry-after"]]).toEqual([429, "60"]);
    expect((await post("/rollback", { reason: "x" }, bearer)).statusCode).toBe(429);
    // A proxy on this machine says who asks.
    expect((await post("/login", { token }, { ...own, "x-forwarded-for": "192.0.2.7" })).statusCode).toBe(
      303,
    );
    expect(said.at(-1)).toBe("a token from 127.0.0.1 was refused: too-often");
  });
});

describe("what is needed", () => {
  test("a reason, before a plan is made", async () => {
    const headers = { ...own, cookie: await logIn() };
    const { statusCode, body } = await post("/rollback/plan", { reason: " \n ", who: "Jo <b>" }, headers);
    expect(statusCode).toBe(400);
    expect(body).toContain("A reason is needed: the trail keeps it.");
    expect(body).toContain('value="Jo &#60;b&#62;"');
    expect(planned).toEqual([]);
  });

  test("a plan that is seen, and confirmed as it was; then it is started, and the page shows the way", async () => {
    const headers = { ...own, cookie: await logIn() };
    const fields = { reason: "wrong risk", target: "cloud", who: "Jo Field" };
    const { statusCode, body } = await post("/rollback/plan", fields, headers);
    expect(statusCode).toBe(200);
    expect(planned).toEqual([{ reason: "wrong risk", target: "cloud" }]);
    expect(body).toContain("Roll back to 1c0ffee?");
    expect(body).toContain("nothing: it is kept there");
    expect(body).toContain("Updates took 8 s lately.");
    expect(started).toEqual([]);
    const sent = hidden(body);
    expect(sent).toEqual({ ...fields, to: "1c0ffee", seen: "73" });

    const begun = await post("/rollback", sent, headers);
    expect([begun.statusCode, begun.headers.location]).toEqual([303, "/"]);
    expect(started.map(({ wish }) => wish)).toEqual([
      { to: "1c0ffee", target: "cloud", reason: "wrong risk", who: "Jo Field" },
    ]);
    expect((await server.inject({ url: "/" })).body).toMatch(/A rollback to 1c0ffee was asked for/);
    // A second click starts no second one.
    expect((await post("/rollback", sent, headers)).statusCode).toBe(409);
    started[0]?.end({ exitCode: 1, why: "There is no release 1c0ffee." });
    await until(async () =>
      /came to nothing:\s*<bdi>There is no release 1c0ffee\./.test((await server.inject({ url: "/" })).body),
    );
    expect(started).toHaveLength(1);
  });

  test("nothing has changed since the plan", async () => {
    const headers = { ...own, cookie: await logIn() };
    const sent = hidden((await post("/rollback/plan", { reason: "wrong risk" }, headers)).body);
    story.append({ type: "desired", target: "cloud/cloud", tag: "41c0f3e", cause: "pulumi" });
    await until(() => board.facts().standings[0]?.desired === "41c0f3e");
    const { statusCode, body } = await post("/rollback", sent, headers);
    expect(statusCode).toBe(409);
    expect(body).toContain("has changed since the plan was made");
    expect(started).toEqual([]);
  });

  test("a release that there is", async () => {
    const headers = { ...own, cookie: await logIn() };
    const { statusCode, body } = await post("/rollback/plan", { reason: "x", to: "none" }, headers);
    expect([statusCode, body.includes("There is no release none in the trail.")]).toEqual([400, true]);
  });
});

test("by a header, a program does the same", async () => {
  const wish = { reason: "wrong risk", to: "1c0ffee" };
  const { statusCode, body } = await post("/rollback/plan", wish, bearer);
  expect(statusCode).toBe(200);
  const { seen, moves } = JSON.parse(body) as { seen: number; moves: unknown };
  expect(moves).toEqual({ "cloud/cloud": { from: "0ddba11", to: "1c0ffee" } });
  expect((await post("/rollback", { ...wish, seen: "1" }, bearer)).statusCode).toBe(409);
  const begun = await post("/rollback", { ...wish, seen: String(seen) }, bearer);
  expect([begun.statusCode, begun.json()]).toEqual([202, { ...wish, target: "", who: "" }]);
  expect(started).toHaveLength(1);
});

test("who logs out is out", async () => {
  const cookie = await logIn();
  const { headers } = await post("/logout", {}, { ...own, cookie });
  expect(headers["set-cookie"]).toMatch(/^hms_session=; Path=\/; Max-Age=0;/);
});

test("the command holds what was written as one word each", () => {
  const wish = { to: "1c0ffee", target: "onprem/anchorage", reason: "--yes; rm -rf / $(x)", who: "Jo" };
  expect(rollbackArguments(wish, ["onprem", "cloud"])).toEqual([
    "pipeline",
    "rollback",
    "--yes",
    "--to=1c0ffee",
    "--target=onprem/anchorage",
    "--reason=--yes; rm -rf / $(x)",
    "--stacks=onprem,cloud",
  ]);
  expect(rollbackArguments({ ...wish, target: "" })).not.toContain("--target=");
});
