/** The guard in front of the lab's sites: nginx as docs/guard.md shows it, a site that goes stale, and a sync. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { down, up } from "../../lab/lab";
import { inLab } from "../../lab/layout";
import { environment } from "../../lab/main";
import { link } from "../../lab/network";
import { changeFormula } from "../../lab/story";
import { projectFolder } from "../../store/project";
import { type Load, startLoad } from "./steady-load";
import * as world from "./world";

jest.setTimeout(240_000);

const folder = inLab("guard");
const started: ChildProcess[] = [];
const loads: Load[] = [];
let nginx: string;
let guard: ChildProcess;

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the guard as a user does; returns where it listens. */
async function startGuard(): Promise<string> {
  const argv = ["cli/hms.js", "guard", "serve", "--config", "guard.yml", "--listen", "127.0.0.1:0"];
  const env = { ...process.env, ...(await environment()) };
  guard = spawn("node", argv, { cwd: projectFolder, env, stdio: ["ignore", "ignore", "pipe"] });
  started.push(guard);
  return await new Promise((resolve, reject) => {
    let said = "";
    guard.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const [, address] = /listening at http:\/\/(\S+)\n/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    guard.once("exit", () => {
      reject(new Error(said));
    });
  });
}

/** Starts nginx by the example in the docs, with free ports in the place of those there. */
async function startNginx(guardAddress: string): Promise<string> {
  const port = await freePort();
  const docs = fs.readFileSync(path.join(projectFolder, "docs/guard.md"), "utf8");
  const example = /^```nginx\n([^]*?)^```$/m.exec(docs)?.[1] ?? "";
  expect(example).toContain("server 127.0.0.1:4180;");
  expect(example).toContain("listen 8000;");
  const server = example
    .replace("server 127.0.0.1:4180;", `server ${guardAddress};`)
    .replace("listen 8000;", `listen 127.0.0.1:${String(port)};`);
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  const whole = `pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes 1; events {}
http { access_log off; ${places}\n${server}}\n`;
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "nginx.conf"), whole);
  const argv = [
    "-c",
    path.join(folder, "nginx.conf"),
    "-e",
    path.join(folder, "error.log"),
    "-g",
    "daemon off;",
  ];
  started.push(spawn("nginx", argv, { stdio: "ignore" }));
  const url = `http://127.0.0.1:${String(port)}`;
  for (let tries = 0; (await code(url, "/about")) !== 200; tries += 1) {
    if (tries > 100) throw new Error(fs.readFileSync(path.join(folder, "error.log"), "utf8"));
    await sleep(50);
  }
  return url;
}

const code = (url: string, place: string): Promise<number> =>
  fetch(`${url}${place}`, { signal: AbortSignal.timeout(5_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 0,
  );

const risk = (site: string): string => `/${site}/risk?rainfall=1&elevation=1&soil=clay`;
const codes = async (): Promise<number[]> =>
  await Promise.all([risk("mississippi"), risk("anchorage"), "/about"].map((place) => code(nginx, place)));

const ship = async (version: string): Promise<number> =>
  (await world.ship((copy) => changeFormula(copy, version), "onprem")).exitCode;

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
  expect(await ship("g1")).toBe(0);
  nginx = await startNginx(await startGuard());
});
afterAll(async () => {
  await Promise.all(loads.map((load) => load.stop()));
  for (const child of started) child.kill("SIGKILL");
  await down();
});

test("a stale site is closed until a second after its sync, and no other request is touched", async () => {
  expect(await codes()).toEqual([200, 200, 200]);
  await link("mississippi", "down");
  // All through the run in which one site goes stale and the other is updated.
  loads.push(startLoad(`${nginx}${risk("anchorage")}`), startLoad(`${nginx}/about`));
  expect(await ship("g2")).toBe(3);
  await link("mississippi", "up");

  expect(await codes()).toEqual([503, 200, 200]);
  const closed = await fetch(`${nginx}${risk("mississippi")}`);
  expect([closed.headers.get("retry-after"), closed.headers.get("content-type")]).toEqual([
    "30",
    "application/json",
  ]);
  expect(await closed.json()).toMatchObject({
    open: false,
    reason: "stale",
    targets: [{ target: "onprem/mississippi", tries: 1 }],
  });
  // The site itself answers, and by the old formula: that is why it is closed.
  expect(await world.formulas()).toMatchObject({ mississippi: "g1", anchorage: "g2" });
  for (const way of [
    "/./mississippi/risk",
    "//mississippi/risk",
    "/%6dississippi/risk",
    "/x/../mississippi/risk",
  ]) {
    expect([way, await askRaw(way)]).toEqual([way, 503]);
  }

  expect((await world.hms("pipeline", "sync", "--stacks", "onprem", "--json")).exitCode).toBe(0);
  const ended = performance.now();
  while ((await code(nginx, risk("mississippi"))) !== 200) {
    expect(performance.now() - ended).toBeLessThan(1_000);
  }
  expect(await world.formulas()).toMatchObject({ mississippi: "g2" });
  for (const load of loads) {
    const { requests, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(50);
  }
});

test("without a guard, nothing is open that needs a site", async () => {
  const ended = new Promise((resolve) => guard.once("exit", resolve));
  guard.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(await codes()).toEqual([503, 503, 200]);
});

/** The status for a path that is sent as it is: fetch would tidy it up. */
async function askRaw(place: string): Promise<number | undefined> {
  const { hostname, port } = new URL(nginx);
  return await new Promise((resolve, reject) => {
    const asked = http.get({ hostname, port, path: place, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("error", reject);
  });
}
