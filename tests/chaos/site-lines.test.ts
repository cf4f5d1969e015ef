/** Shipping to a site over lines as field offices have them: what travels, what is gone on with, when it is given up. */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { shipCommand } from "../../components/site/commands";
import { parseStack, type SiteSettings } from "../../core/config";
import { hasLine } from "../../core/config/onprem";
import type { Progress } from "../../core/transfer";
import { down, up } from "../../lab/lab";
import { folderOf, registry, sites } from "../../lab/layout";
import { makeKey } from "../../lab/keys";
import { bytesAt, mend, silence, spoil } from "../../lab/lines";
import { link } from "../../lab/network";
import { imageDigest, writeImage } from "../../lab/oci";
import { probeSite } from "../../probe/site";
import { knownHostsFile } from "../../probe/ssh";
import { projectFolder } from "../../store/project";
import { clearProgress, readProgress } from "../../store/progress";
import { parse } from "yaml";

jest.setTimeout(180_000);

const [, site] = sites;
const run = 1_000_000;
const layerBytes = 3_000_000;
const trail = fs.mkdtempSync(path.join(os.tmpdir(), "hms-lines-"));
const manifest = createHash("sha256").update("hms-release 1\n").digest("hex");
let image: string;

beforeAll(async () => {
  await up({ kubernetes: false });
  fs.mkdirSync(path.join(trail, "blobs", "sha256"), { recursive: true });
  fs.writeFileSync(path.join(trail, "blobs", "sha256", manifest), "hms-release 1\n");
  image = await pushImage();
  clearProgress(run);
}, 600_000);
afterEach(() => mend(site));
afterAll(async () => {
  await down();
  fs.rmSync(trail, { recursive: true });
});

/** An image whose layer nothing can make smaller. */
async function pushImage(): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-image-"));
  fs.mkdirSync(path.join(folder, "root"));
  fs.writeFileSync(path.join(folder, "root", "ballast"), randomBytes(layerBytes));
  await writeImage(path.join(folder, "root"), folder, { Env: [], Cmd: ["none"] });
  const name = `${registry}/lines`;
  await execa("skopeo", [
    ...["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"],
    ...[`oci:${folder}:latest`, `docker://${name}:latest`],
  ]);
  const digest = await imageDigest(folder);
  fs.rmSync(folder, { recursive: true });
  return `${name}@${digest}`;
}

function settings(parts: Record<string, unknown> = {}): SiteSettings {
  const file = "Pulumi.onprem.yaml";
  const { config } = parse(fs.readFileSync(path.join(projectFolder, file), "utf8")) as {
    config: Record<string, unknown>;
  };
  const raw = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.slice("hms:".length), value]),
  );
  const listed = raw["sites"] as { name: string }[];
  raw["sites"] = listed.filter(({ name }) => name === site.name).map((each) => ({ ...each, ...parts }));
  const stack = parseStack(raw, file);
  const [found] = stack.role === "onprem" ? stack.sites.filter(hasLine) : [];
  if (found === undefined) throw new Error("the lab has no such site");
  return found;
}

let services = 0;
/** A service that the site has never heard of. */
const newService = (): string => `lines-${String(++services)}`;

const commandOf = (service: string, parts?: Record<string, unknown>): string => {
  const shipment = {
    service,
    release: { image, imageId: "", manifest: { sha256: manifest, signature: "AAAA" } },
    proxyImage: image,
    settings: settings(parts),
  };
  return shipCommand(shipment, knownHostsFile(shipment.settings));
};

const environment = { HMS_TRAIL: trail, HMS_RUN: String(run) };

async function ship(service: string, parts?: Record<string, unknown>) {
  const began = performance.now();
  const { stdout, stderr, exitCode } = await execa("sh", ["-c", commandOf(service, parts)], {
    cwd: projectFolder,
    env: environment,
    reject: false,
  });
  return { stdout, stderr, exitCode, seconds: (performance.now() - began) / 1000 };
}

const blobsOn = (service: string): string =>
  path.join(folderOf(site.name), "srv", service, "blobs", "sha256");

/** The layer's file on the site. */
function layerOn(service: string): string {
  const [name = ""] = fs
    .readdirSync(blobsOn(service))
    .filter((blob) => fs.statSync(path.join(blobsOn(service), blob)).size > 10_000);
  return path.join(blobsOn(service), name);
}

/** Bytes of the layer that the site has by now. */
function received(service: string): number {
  const names = fs.existsSync(blobsOn(service)) ? fs.readdirSync(blobsOn(service)) : [];
  return Math.max(0, ...names.map((name) => fs.statSync(path.join(blobsOn(service), name)).size));
}

/** Whether all blobs are what their names say. */
function isWhole(service: string): boolean {
  const names = fs.readdirSync(blobsOn(service));
  return (
    names.length === 2 &&
    names.every((name) => {
      const bytes = fs.readFileSync(path.join(blobsOn(service), name));
      return createHash("sha256").update(bytes).digest("hex") === name;
    })
  );
}

/** Looks at the shipment's progress until a promise is settled. */
async function watching<T>(
  work: Promise<T>,
): Promise<{ result: T; seen: (Progress & { atSite: number })[] }> {
  const seen: (Progress & { atSite: number })[] = [];
  const before = await bytesAt(site, "lo");
  const state = { over: false };
  const result = work.finally(() => (state.over = true));
  while (!state.over) {
    const progress = readProgress(run).get(site.name);
    const atSite = (await bytesAt(site, "lo")).in - before.in;
    if (progress !== undefined) seen.push({ ...progress, atSite });
    await sleep(250);
  }
  return { result: await result, seen };
}

describe("a thin line", () => {
  test("of 1 Mbit/s, 300 ms each way and 2 % loss brings it, and shows how far it is", async () => {
    const service = newService();
    await spoil(site, { kbitPerSecond: 1000, delayMilliseconds: 300, lossPercent: 2 });
    const { result, seen } = await watching(ship(service));
    expect([result.exitCode, isWhole(service)]).toEqual([0, true]);
    expect(result.stdout).toMatch(/^sent=30\d{5} total=30\d{5}$/);
    expect(seen.length).toBeGreaterThan(40);
    for (const [n, { bytes, total, atSite }] of seen.entries()) {
      expect(bytes).toBeGreaterThanOrEqual(seen[n - 1]?.bytes ?? 0);
      expect(total).toBeGreaterThan(layerBytes);
      // What is shown has arrived, but for what is on the line and in the delay.
      expect(bytes).toBeLessThan(atSite + 300_000);
    }
    const late = seen.at(Math.floor(seen.length / 2));
    expect(late?.bytesPerSecond).toBeGreaterThan(60_000);
    expect(late?.bytesPerSecond).toBeLessThan(140_000);
    expect(result.stderr.split("\n").length).toBeLessThan(8);
    expect(result.stderr).toMatch(/^anchorage: \d+ %, [\d.]+ MB of 3.0 MB, \d+ KB\/s, \d+ s left$/m);
  });

  test("says nothing of what is over at once", async () => {
    const { result, seen } = await watching(ship(newService()));
    expect([result.exitCode, result.stderr, seen]).toEqual([0, "", []]);
  });
});

describe("a line that breaks", () => {
  const cutAfterBytes = 190_000;
  test("at twenty places: it goes on where it was, in one shipment", async () => {
    const service = newService();
    await spoil(site, { kbitPerSecond: 20_000, cutAfterBytes });
    const before = await bytesAt(site, "lo");
    const { result, seen } = await watching(ship(service, { retryDelaySeconds: 1 }));
    const atSite = (await bytesAt(site, "lo")).in - before.in;
    expect([result.exitCode, isWhole(service)]).toEqual([0, true]);
    // A log-in each time, and what rsync had in its hands: two of its chunks at most.
    const tries = Math.ceil(atSite / cutAfterBytes);
    expect(tries).toBeGreaterThanOrEqual(20);
    expect(atSite).toBeLessThan(layerBytes + tries * (2 * 32_768 + 16_000));
    for (const [n, { bytes }] of seen.entries()) {
      expect(bytes).toBeGreaterThanOrEqual(seen[n - 1]?.bytes ?? 0);
    }
  });

  test("and whose shipment is killed: the next run goes on where it was", async () => {
    const service = newService();
    await spoil(site, { kbitPerSecond: 8000 });
    for (const n of [1, 2, 3]) {
      const child = spawn("sh", ["-c", `exec ${commandOf(service)}`], {
        cwd: projectFolder,
        env: { ...process.env, ...environment },
        stdio: "ignore",
      });
      while (received(service) < n * 400_000) await sleep(50);
      const pid = String(child.pid);
      const started = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
      expect(started).toHaveLength(2);
      child.kill("SIGKILL");
      // Neither rsync nor ssh goes on without it, though each is in a group of its own.
      while (started.some((process) => fs.existsSync(`/proc/${process}`))) await sleep(50);
    }
    await sleep(1000);
    const there = fs.statSync(layerOn(service)).size;
    expect(there).toBeGreaterThan(1_000_000);
    expect(there).toBeLessThan(layerBytes - 500_000);
    const { stdout, exitCode } = await ship(service);
    expect([exitCode, isWhole(service)]).toEqual([0, true]);
    expect(Number(/sent=(\d+)/.exec(stdout)?.[1])).toBeLessThan(layerBytes - there + 50_000);
  });

  test("leaves a part that is not right: it is sent again", async () => {
    const service = newService();
    await ship(service);
    const layer = layerOn(service);
    fs.writeFileSync(layer, randomBytes(layerBytes / 2));
    expect([(await ship(service)).exitCode, isWhole(service)]).toEqual([0, true]);
    const right = fs.statSync(layer);
    // As long as it should be, of the right time, and wrong.
    fs.writeFileSync(layer, randomBytes(right.size));
    fs.utimesSync(layer, right.atime, right.mtime);
    expect([(await ship(service)).exitCode, isWhole(service)]).toEqual([0, true]);
  });
});

describe("a line that is silent", () => {
  test("from the middle of a shipment on is given up within a minute, and the shipment goes on when it speaks", async () => {
    const service = newService();
    await spoil(site, { kbitPerSecond: 2000 });
    const shipping = ship(service, { stallTimeoutSeconds: 3, dialTimeoutSeconds: 2 });
    while (received(service) < 400_000) await sleep(50);
    await silence(site);
    const silent = performance.now();
    const { stderr, exitCode } = await shipping;
    const seconds = (performance.now() - silent) / 1000;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^unreachable: .*(timed out|not responding).* \(3 tries\)$/m);
    expect(seconds).toBeLessThan(20);
    const there = fs.statSync(layerOn(service)).size;
    expect(there).toBeGreaterThan(300_000);
    await mend(site);
    const next = await ship(service);
    expect(Number(/sent=(\d+)/.exec(next.stdout)?.[1])).toBeLessThan(layerBytes - there + 50_000);
    expect(isWhole(service)).toBe(true);
  });

  test("for a while costs a try, and no byte twice", async () => {
    const service = newService();
    await spoil(site, { kbitPerSecond: 2000 });
    const before = await bytesAt(site, "eth0");
    const shipping = ship(service, { stallTimeoutSeconds: 3, dialTimeoutSeconds: 2, retryDelaySeconds: 1 });
    while (received(service) < 1_000_000) await sleep(50);
    await silence(site);
    await sleep(4500);
    await spoil(site, { kbitPerSecond: 20_000 });
    const { exitCode } = await shipping;
    expect([exitCode, isWhole(service)]).toEqual([0, true]);
    // What was on its way when the line fell silent is lost, and no more.
    expect((await bytesAt(site, "eth0")).in - before.in).toBeLessThan(1.05 * layerBytes + 400_000);
  });

  test("from the start: three tries and no more than a minute, for a shipment and for a question", async () => {
    await silence(site);
    const shipped = await ship(newService());
    expect(shipped.stderr).toMatch(
      /^unreachable: ssh: connect to host 10.77.2.2 port 22: Connection timed out \(3 tries\)$/,
    );
    expect(shipped.seconds).toBeGreaterThan(15);
    expect(shipped.seconds).toBeLessThan(60);
    const began = performance.now();
    await expect(probeSite("flood-formula", settings({ dialTimeoutSeconds: 1 }))).rejects.toThrow(
      /^anchorage does not answer: .*timed out \(3 tries\)$/,
    );
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test("once somebody has connected: no log-in takes longer than a dial and a stall", async () => {
    // The server's first word comes after a minute.
    await spoil(site, { delayMilliseconds: 60_000 });
    const shipped = await ship(newService(), { dialTimeoutSeconds: 2, stallTimeoutSeconds: 3, tries: 2 });
    expect(shipped.stderr).toMatch(/^unreachable: .*timed out.* \(2 tries\)$/);
    expect(shipped.seconds).toBeLessThan(15);
  });

  test("is off the line", async () => {
    await link(site.name, "down");
    try {
      const { stderr, seconds } = await ship(newService());
      expect(stderr).toMatch(/^unreachable: .*No route to host \(3 tries\)$/);
      expect(seconds).toBeLessThan(60);
    } finally {
      await link(site.name, "up");
    }
  });

  test("or too thin: the time of all tries ends, and the next run goes on", async () => {
    const service = newService();
    await spoil(site, { kbitPerSecond: 1000 });
    const { stderr, seconds } = await ship(service, { transferTimeoutSeconds: 6 });
    expect(stderr).toMatch(/^unreachable: not all has arrived within 6 s \(1 try\)$/m);
    expect(seconds).toBeLessThan(12);
    expect(fs.statSync(layerOn(service)).size).toBeGreaterThan(100_000);
  });
});

describe("a site that answers", () => {
  test("and is full says so, and is not asked again", async () => {
    const service = newService();
    const folder = path.join(folderOf(site.name), "srv", service);
    fs.mkdirSync(folder, { recursive: true });
    // The site's sshd has mounts of its own.
    const sshd = fs.readFileSync(path.join(folderOf(site.name), "sshd.pid"), "utf8").split(" ")[0] ?? "";
    const there = ["-t", sshd, "--mount", "--"];
    await execa("nsenter", [...there, "mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", folder]);
    try {
      const { stderr, exitCode, seconds } = await ship(service);
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringMatching(/^refused: .*No space left on device \(28\)$/m),
      ]);
      expect(seconds).toBeLessThan(10);
    } finally {
      await execa("nsenter", [...there, "umount", "--lazy", folder]);
    }
  });

  test("and does not know our key says so", async () => {
    const key = path.join(trail, "key");
    await makeKey(key, "stranger");
    const { stderr } = await ship(newService(), { privateKeyFile: key });
    expect(stderr).toMatch(/^refused: root@10.77.2.2: Permission denied/);
  });

  test("by another key is none", async () => {
    const hostKey = fs.readFileSync(path.join(folderOf("mississippi"), "ssh_host_ed25519_key.pub"), "utf8");
    const { stderr } = await ship(newService(), { hostKey });
    expect(stderr).toMatch(/^refused: Host key verification failed\.$/);
  });

  test("and whose folder is no folder says so", async () => {
    const service = newService();
    fs.writeFileSync(path.join(folderOf(site.name), "srv", service), "");
    const { stderr } = await ship(service);
    expect(stderr).toMatch(/^refused: mkdir: cannot create directory .*: File exists$/);
  });

  test("with a space and a quote in its folder's name", async () => {
    const folder = path.join(folderOf(site.name), "it's ours");
    const { exitCode, stderr } = await ship("spaced", { folder });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(fs.readdirSync(path.join(folder, "spaced", "bin"))).toContain("activate.sh");
  });
});
