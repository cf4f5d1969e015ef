/**
 * The lab's life: killed at any moment, broken in any part, taken down. It takes the lab away from other tests while it
 * runs, and brings it back, empty.
 */
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { logFile } from "../../lab/daemon";
import { down, status, up } from "../../lab/lab";
import {
  cloudDocker,
  folderOf,
  inLab,
  labRoot,
  namespaceOf,
  registry,
  serviceRepository,
  sites,
} from "../../lab/layout";
import { isWithin, link, makeHost } from "../../lab/network";
import { isFinishedByTheNext, leavesNothing, machine, run, upApart } from "./lab-remains";

jest.setTimeout(120_000);

const [site, otherSite] = sites;
const hadLab = existsSync(inLab("machine.json"));
const hadCluster = existsSync(inLab("kubernetes"));

/** How the kernel's settings were before the lab came up that this file takes down first. */
let settingsBefore: Record<string, string> = {};

beforeAll(async () => {
  await up({ kubernetes: false });
  ({ settings: settingsBefore } = JSON.parse(readFileSync(inLab("machine.json"), "utf8")) as {
    settings: Record<string, string>;
  });
  await down();
}, 600_000);
afterAll(() => (hadLab ? up({ kubernetes: hadCluster }) : down()), 600_000);

/** A container on an engine, which outlives the command that starts it. */
async function startContainer(socket: string): Promise<string> {
  const image = `${registry}/base/busybox`;
  const transfer = path.join(labRoot, "busybox.tar");
  const onCloud = { DOCKER_HOST: `unix://${cloudDocker.socket}` };
  await execa("docker", ["pull", "--quiet", image], { env: onCloud });
  await execa("docker", ["save", "--output", transfer, image], { env: onCloud });
  const env = { DOCKER_HOST: `unix://${socket}` };
  await execa("docker", ["load", "--input", transfer], { env });
  const options = [
    "--detach",
    "--name",
    "hms-test",
    "--restart",
    "unless-stopped",
    "--publish",
    "127.0.0.1:18098:80",
  ];
  return (await execa("docker", ["run", ...options, image, "sleep", "3600"], { env })).stdout;
}

test("nothing of it is left when it is down", async () => {
  const before = await machine();
  expect(before).toMatchObject({ processes: [], controlGroups: [] });
  expect(settingsBefore).toHaveProperty("net/ipv4/ip_forward");
  for (const [name, value] of Object.entries(settingsBefore)) {
    expect([name, readFileSync(`/proc/sys/${name}`, "utf8").trim()]).toEqual([name, value]);
  }
  expect(existsSync(labRoot)).toBe(false);
  for (const line of [...(before["routes"] as string[]), ...(before["rules"] as string[])]) {
    expect(
      (line.match(/\d+\.\d+\.\d+\.\d+/g) ?? []).filter((each) => isWithin("10.77.0.0/16", each)),
    ).toEqual([]);
  }
  expect(before["namespaces"]).not.toContainEqual(expect.stringMatching(/^hms-/));

  await up({ kubernetes: false });
  for (const socket of [cloudDocker.socket, path.join(folderOf(site.name), "docker.sock")])
    await startContainer(socket);
  const env = { DOCKER_HOST: `unix://${cloudDocker.socket}` };
  await execa("docker", ["network", "create", "hms-test-network"], { env });
  // As a bench leaves it that was killed.
  await makeHost({ name: "office-1", gateway: "10.77.32.1", address: "10.77.32.2" });
  await down();
  expect(await machine()).toEqual(before);
  expect(existsSync(labRoot)).toBe(false);
  // Down again is no mistake.
  await down();
  expect(await machine()).toEqual(before);
});

test("nothing is left either when somebody has removed its folder", async () => {
  const before = await machine();
  await up({ kubernetes: false });
  const apart = `${labRoot}-removed`;
  renameSync(labRoot, apart);
  try {
    await down();
    // What was noted in the folder alone: settings of the kernel, and which folders were not there.
    const forgotten = { settings: [], folders: [], mounts: [] };
    expect({ ...(await machine()), ...forgotten }).toEqual({ ...before, ...forgotten });
  } finally {
    renameSync(apart, labRoot);
    await down();
  }
  expect(await machine()).toEqual(before);
});

test("rules and routes that others make while it is up stay", async () => {
  const before = await run("iptables-save");
  await up({ kubernetes: false });
  const rule = ["INPUT", "-s", "198.51.100.7/32", "-m", "comment", "--comment", "hms-test", "-j", "ACCEPT"];
  await execa("iptables", ["-A", ...rule]);
  try {
    await down();
    const after = await run("iptables-save");
    expect(after).toContainEqual(`-A ${rule.join(" ")}`);
    expect(after.filter((line) => line.includes("DOCKER"))).toEqual(
      before.filter((line) => line.includes("DOCKER")),
    );
  } finally {
    await execa("iptables", ["-D", ...rule]);
    // The table that came with the rule.
    if (before.length === 0) await execa("iptables-restore", { input: "*filter\nCOMMIT\n" });
  }
});

// The other moments are in tests/chaos/lab-killed.test.ts.
describe("killed", () => {
  test.each([1500, 4000])(
    "%i ms after its beginning, up leaves nothing that down does not remove",
    leavesNothing,
  );
  test("2000 ms after its beginning, up is finished by the next", () => isFinishedByTheNext(2000));
});

test("two at a time bring up one lab", async () => {
  const others = [upApart(), upApart()];
  await up({ kubernetes: false });
  for (const { exitCode, stderr } of await Promise.all(others)) {
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/lab: up/)]);
  }
  expect(await status()).toMatchObject({ up: true });
});

describe("up mends", () => {
  beforeAll(() => up({ kubernetes: false }), 120_000);

  const serves = async (): Promise<void> => {
    expect((await status()).up).toBe(false);
    await up({ kubernetes: false });
    expect(await status()).toMatchObject({ up: true });
  };
  const pidIn = (...file: string[]): number => Number(readFileSync(inLab(...file), "utf8").split(" ")[0]);

  test("an engine that was killed, whose containers run again", async () => {
    const socket = path.join(folderOf(site.name), "docker.sock");
    await startContainer(socket);
    process.kill(pidIn("hosts", site.name, "dockerd.pid"), "SIGKILL");
    await sleep(200);
    await serves();
    const names = ["ps", "--format", "{{.Names}}"];
    expect((await execa("docker", names, { env: { DOCKER_HOST: `unix://${socket}` } })).stdout).toBe(
      "hms-test",
    );
  });

  test("daemons that were killed, and one that hangs", async () => {
    for (const file of [
      ["registry", "registry.pid"],
      ["hosts", otherSite.name, "sshd.pid"],
      ["hosts", "usgs", "usgs.pid"],
    ]) {
      process.kill(pidIn(...file), "SIGKILL");
    }
    process.kill(pidIn("receiver", "receiver.pid"), "SIGSTOP");
    await sleep(200);
    await serves();
  });

  test("a namespace that was removed", async () => {
    await execa("ip", ["netns", "del", namespaceOf(site.name)]);
    await serves();
  });

  test("a line that is down, and the fence", async () => {
    await link(otherSite.name, "down");
    await execa("ip", ["route", "del", "unreachable", "10.96.0.0/16", "metric", "1000"]);
    await execa("ip", ["rule", "del", "priority", "7703"]);
    await serves();
    expect(await run("ip", "route")).toContainEqual(expect.stringMatching(/^unreachable 10\.96\.0\.0\/16/));
    expect(await run("ip", "rule")).toContainEqual(expect.stringMatching(/^7703:.*unreachable$/));
  });

  test("a repository, keys, images and stacks that are gone", async () => {
    rmSync(serviceRepository, { recursive: true });
    rmSync(inLab("keys"), { recursive: true });
    rmSync(inLab("images"), { recursive: true });
    rmSync(inLab("registry", "data"), { recursive: true });
    rmSync(inLab("state"), { recursive: true });
    await serves();
    for (const file of [
      ["keys", "deploy.pub"],
      ["images", "caddy"],
      ["state", ".pulumi", "stacks", "hms", "onprem.json"],
    ]) {
      expect(existsSync(inLab(...file))).toBe(true);
    }
  });

  test("not a port that another program has taken, and says so", async () => {
    const daemon = { name: "registry", folder: inLab("registry") };
    process.kill(pidIn("registry", "registry.pid"), "SIGKILL");
    await sleep(200);
    const { hostname, port } = new URL(`http://${registry}`);
    const other = createServer();
    await new Promise<void>((listens) => other.listen(Number(port), hostname, listens));
    try {
      await expect(up({ kubernetes: false })).rejects.toThrow(
        "127.0.0.1:5000 is taken by another program, and registry needs it. Stop that program first.",
      );
    } finally {
      other.close();
    }
    await serves();
    expect(readFileSync(logFile(daemon), "utf8")).not.toContain("address already in use");
  });
});
