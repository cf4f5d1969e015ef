import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Plugins } from "../../pipeline/plugins";
import { projectFolder } from "../../store/project";
import { endEngine } from "../../store/remains";
import { until } from "../serve/until";

/** As the pipeline starts its engines, and what the processes of this test are known by. */
const mark = `HMS_TEST=${randomUUID()}`;
const environment = {
  NODE_OPTIONS: `--require=${path.join(projectFolder, "startup.js")}`,
  HMS_TEST: mark.slice("HMS_TEST=".length),
};

let plugins: Plugins;
beforeEach(() => {
  plugins = new Plugins(environment);
  plugins.open();
});
afterEach(() => {
  plugins.end();
});

/** What an engine with such an environment is told by the plugin that it starts. */
async function told(launcher: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(launcher, ["127.0.0.1:1", "."], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  expect(child.exitCode).toBeNull();
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
  return said.toString();
}

const listens = (port: string | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.once("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.once("error", () => {
      resolve(false);
    });
  });

const linkOf = (file: string): string => {
  try {
    return fs.readlinkSync(file);
  } catch {
    return "";
  }
};

/** The processes whose environment has such an entry. */
const processesWith = (entry: string): string[] =>
  fs.readdirSync("/proc").filter((name) => {
    try {
      return (
        /^\d+$/.test(name) && fs.readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(entry)
      );
    } catch {
      return false;
    }
  });

test("engines are led to the plugins that are at work: a stack's own provider, and a pack for previews and for updates", async () => {
  const [one, other] = [{ engine: randomUUID() }, { engine: randomUUID() }];
  plugins.begin([one, other]);
  plugins.begin([one]);
  const preview = await plugins.whereabouts(one.engine, true);
  const update = await plugins.whereabouts(one.engine, false);
  const others = await plugins.whereabouts(other.engine, true);
  expect(await told("pulumi-analyzer-policy", preview)).toBe(`${String(preview["HMS_POLICY_PORT"])}\n`);
  expect(await told("pulumi-resource-pulumi-nodejs", preview)).toBe(
    `${String(preview["HMS_PROVIDER_PORT"])}\n`,
  );
  expect(update["HMS_PROVIDER_PORT"]).toBe(preview["HMS_PROVIDER_PORT"]);
  expect(update["HMS_POLICY_PORT"]).not.toBe(preview["HMS_POLICY_PORT"]);
  expect(others["HMS_POLICY_PORT"]).toBe(preview["HMS_POLICY_PORT"]);
  expect(others["HMS_PROVIDER_PORT"]).not.toBe(preview["HMS_PROVIDER_PORT"]);
  expect(processesWith(`HMS_ENGINE=${one.engine}`)).toHaveLength(1);
  expect(await listens(preview["HMS_POLICY_PORT"])).toBe(true);
  plugins.end();
  await until(() => processesWith(mark).length === 0);
  await until(async () => !(await listens(preview["HMS_POLICY_PORT"])));
});

test("the pack for updates begins when it is first asked for, where it is not known that there will be one", async () => {
  const engine = randomUUID();
  plugins.begin([{ engine }], false);
  const preview = await plugins.whereabouts(engine, true);
  expect(processesWith(mark)).toHaveLength(2);
  const update = await plugins.whereabouts(engine, false);
  expect(processesWith(mark)).toHaveLength(3);
  expect(update["HMS_POLICY_PORT"]).toMatch(/^\d+$/);
  expect(update["HMS_POLICY_PORT"]).not.toBe(preview["HMS_POLICY_PORT"]);
});

test("a provider ends with what a killed engine leaves, and the next engine starts its own", async () => {
  const engine = randomUUID();
  plugins.begin([{ engine }]);
  await plugins.whereabouts(engine, false);
  expect(await endEngine(engine)).toBe(1);
  await until(async () => !("HMS_PROVIDER_PORT" in (await plugins.whereabouts(engine, false))));
  const after = await plugins.whereabouts(engine, false);
  expect(after).toHaveProperty("HMS_POLICY_PORT");
  expect(after["PATH"]?.split(":")).not.toContain(path.join(projectFolder, "pipeline/plugins/provider"));
});

test("of plugins that do not start nothing is said", async () => {
  plugins = new Plugins({ NODE_OPTIONS: "--require=/nowhere.js" });
  plugins.open();
  const engine = randomUUID();
  plugins.begin([{ engine }]);
  expect(await plugins.whereabouts(engine, true)).toEqual({ PATH: process.env["PATH"] });
});

test("one that never says where it is is ended, and the engine starts its own", async () => {
  const silent = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-silent-")), "silent.js");
  fs.writeFileSync(silent, "process.stdout.write = () => true;");
  plugins = new Plugins({ ...environment, NODE_OPTIONS: `--require=${silent}` }, 2);
  plugins.open();
  const engine = randomUUID();
  plugins.begin([{ engine }]);
  expect(await plugins.whereabouts(engine, true)).toEqual({ PATH: process.env["PATH"] });
  fs.rmSync(path.dirname(silent), { recursive: true });
});

test("none listens before it may, though it is there", async () => {
  plugins = new Plugins(environment);
  const engine = randomUUID();
  plugins.begin([{ engine }]);
  // The last one is a pack, and each starts when the one before it is loaded.
  await until(() => processesWith(mark).length === 3, 20_000);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const listening = fs
    .readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .filter((line) => / 0A /.test(line))
    .map((line) => line.trim().split(/\s+/)[9]);
  for (const pid of processesWith(mark)) {
    const sockets = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    expect(
      sockets.filter((socket) => listening.some((inode) => socket === `socket:[${String(inode)}]`)),
    ).toEqual([]);
  }
  plugins.open();
  const { HMS_PROVIDER_PORT } = await plugins.whereabouts(engine, true);
  expect(await listens(HMS_PROVIDER_PORT)).toBe(true);
});

test("none begins after the end", async () => {
  plugins.end();
  const engine = randomUUID();
  plugins.begin([{ engine }]);
  expect(await plugins.whereabouts(engine, true)).toEqual({ PATH: process.env["PATH"] });
});

test("they end with a run that is killed", async () => {
  const program = `
    require("./register");
    const { Plugins } = require("./pipeline/plugins");
    const plugins = new Plugins(${JSON.stringify(environment)});
    plugins.begin([{ engine: "killed" }]);
    plugins.open();
    plugins.whereabouts("killed", true).then(() => process.kill(process.pid, "SIGKILL"));`;
  const { signal } = spawnSync(process.execPath, ["-e", program], { cwd: projectFolder });
  expect(signal).toBe("SIGKILL");
  await until(() => processesWith(mark).length === 0);
});
