"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const http = require("node:http");
const path = require("node:path");
const { after, before, test } = require("node:test");
const formula = require("../formula");

const root = path.join(__dirname, "..");
let service;
let address;

/** Starts a script of the service; on a port of its own unless told. */
function start(script, port) {
  const env = { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: port ?? "0", RELEASE: "abc1234" };
  return spawn(process.execPath, [script], { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
}

const exitOf = (child) => new Promise((resolve) => child.once("exit", resolve));

async function ask(question) {
  const response = await fetch(`${address}${question}`);
  return { status: response.status, body: await response.json() };
}

/** Starts the service, and answers once it listens. */
async function serve() {
  const child = start("server.js");
  const line = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  return { child, port: line.match(/port (\d+)/)[1] };
}

before(async () => {
  const { child, port } = await serve();
  service = child;
  address = `http://127.0.0.1:${port}`;
});

after(() => service.kill("SIGKILL"));

test("it answers with risk, level, formula and release", async () => {
  const risk = formula.risk({ rainfall: 80, elevation: 3, soil: "clay" });
  assert.deepEqual(await ask("/risk?rainfall=80&elevation=3&soil=clay"), {
    status: 200,
    body: { risk, level: formula.level(risk), formula: formula.version, release: "abc1234" },
  });
});

test("a quantity that is none is told", async () => {
  const told = { status: 400, body: { error: "rainfall: give a number of 0 or more" } };
  for (const rainfall of ["", "-1", "much", "Infinity"]) {
    assert.deepEqual(await ask(`/risk?rainfall=${rainfall}&elevation=3&soil=clay`), told);
  }
});

test("a soil that the rule does not know is told", async () => {
  const told = { status: 400, body: { error: "soil: give one of sand, loam, clay" } };
  assert.deepEqual(await ask("/risk?rainfall=80&elevation=3&soil=constructor"), told);
});

test("what is not there is not found", async () => {
  assert.equal((await ask("/")).status, 404);
});

/** Over a connection that is kept open: the status, and whether the server keeps it, too. */
const askKept = (agent, port) =>
  new Promise((resolve, reject) => {
    http
      .get(
        { agent, port, host: "127.0.0.1", path: "/risk?rainfall=80&elevation=3&soil=clay" },
        (response) => {
          response.resume();
          response.once("end", () => resolve([response.statusCode, response.headers.connection]));
        },
      )
      .once("error", reject);
  });

test("it is healthy, and told to stop it answers whoever waits once more, until it is gone", async () => {
  const { child, port } = await serve();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  assert.equal(await exitOf(start("healthcheck.js", port)), 0);
  assert.deepEqual(await askKept(agent, port), [200, "keep-alive"]);
  child.kill();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(await askKept(agent, port), [200, "close"]);
  assert.equal(await exitOf(child), 0);
  assert.equal(await exitOf(start("healthcheck.js", port)), 1);
});
