/** What the script does on a site: on a real engine, under load, killed at each step, without power, without space. */
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { siteEngine, startDocker, stopDocker } from "../../lab/docker";
import { up } from "../../lab/lab";
import { folderOf } from "../../lab/layout";
import { parseServing } from "../../probe/serving";
import * as site from "../lab/site-world";
import { type Load, startLoad } from "../lab/steady-load";

jest.setTimeout(300_000);

/** With any value, the script is killed at each of its steps, and not at some. */
const everyStep = process.env["HMS_EVERY_STEP"] !== undefined;

const releases: site.Shipped[] = [];
const release = (n: number): site.Shipped => {
  const found = releases[n];
  if (found === undefined) throw new Error(`there is no release ${String(n)}`);
  return found;
};
const nameOf = ({ image }: site.Shipped): string => `${site.service}-${image}`;

/** A load that ends with its test, however that ends. */
const loads: Load[] = [];
const loaded = (...args: Parameters<typeof startLoad>): Load => {
  const load = startLoad(...args);
  loads.push(load);
  return load;
};
afterEach(async () => {
  await Promise.all(loads.splice(0).map((load) => load.stop()));
});
const inFolder = (...parts: string[]): string => path.join(site.serviceFolder, ...parts);

beforeAll(async () => {
  await up({ kubernetes: false });
  await site.remove();
  for (const version of ["v0", "v1", "v2", "v3"]) {
    releases.push(await site.makeRelease(version));
  }
}, 600_000);
afterAll(site.remove, 60_000);

test("no request fails in six swaps forth and back, whether connections are kept, fresh, or waited on", async () => {
  await site.ship(release(0));
  await site.bring(release(1));
  const load = loaded(site.url, site.slowUrl);
  for (let swap = 1; swap <= 6; swap += 1) {
    expect(await site.activate(release(swap % 2))).toMatchObject({ exitCode: 0 });
    expect(await site.answer()).toBe(`v${String(swap % 2)}`);
  }
  const { requests, failures, bodies } = await load.stop();
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(1000);
  expect([...bodies.keys()].sort()).toEqual(["v0", "v1"]);
});

test("what serves is read back from the engine", async () => {
  const { stdout } = await site.activate(release(0));
  expect(parseServing(stdout)).toMatchObject({
    kind: "runs",
    image: release(0).imageId,
    health: "healthy",
    units: [nameOf(release(0))],
  });
});

describe("a release that is not well", () => {
  test.each([
    ["never healthy", "sick", "false", "did not become healthy in 3 s"],
    ["healthy until it has the traffic", "faint", "!asked", "did not stay healthy once it had the traffic"],
  ])("%s is stopped, and the old one goes on without a failed request", async (_, version, well, why) => {
    await site.ship(release(0));
    const bad = await site.makeRelease(version, well);
    await site.bring(bad);
    const load = loaded(site.url, site.slowUrl);
    const { exitCode, stderr } = await site.activate(bad, { seconds: 3 });
    expect(exitCode).toBe(1);
    expect(stderr.split("\n").at(-1)).toContain(
      `unhealthy: ${nameOf(bad)} ${why}; ${nameOf(release(0))} serves. Its last words:`,
    );
    expect((await load.stop()).failures).toEqual([]);
    expect(await site.answer()).toBe("v0");
    expect(await site.containers()).toMatchObject({
      [nameOf(bad)]: "exited",
      [nameOf(release(0))]: "running",
    });
    // It goes with the next release that is well.
    await site.ship(release(1));
    expect(await site.containers()).not.toHaveProperty(nameOf(bad));
    expect(fs.existsSync(inFolder("releases", bad.release))).toBe(false);
    await expect(site.docker("image", "inspect", bad.imageId)).rejects.toThrow(/No such image/);
  });
});

describe("of the releases", () => {
  beforeAll(async () => {
    await site.remove();
    for (const each of releases) await site.ship(each);
  });

  test("three are kept, with containers, images, blobs, manifests and signatures", async () => {
    const names = releases.slice(1).map(nameOf);
    expect(Object.keys(await site.containers())).toEqual([...names, `${site.service}-proxy`].sort());
    for (const { release: name, imageId, blobs } of releases.slice(1)) {
      expect(fs.readdirSync(inFolder("releases", name))).toEqual(
        expect.arrayContaining(["manifest", "signature"]),
      );
      await site.docker("image", "inspect", imageId);
      for (const blob of blobs) expect(fs.existsSync(inFolder("blobs", "sha256", blob))).toBe(true);
    }
  });

  test("the oldest is gone, with its image, but not what others still need of it", async () => {
    const old = release(0);
    await expect(site.docker("image", "inspect", old.imageId)).rejects.toThrow(/No such image/);
    expect(fs.existsSync(inFolder("releases", old.release))).toBe(false);
    expect(fs.existsSync(inFolder("images", old.image))).toBe(false);
    const left = old.blobs.filter((blob) => fs.existsSync(inFolder("blobs", "sha256", blob)));
    // The base's layer.
    expect(left).toEqual(release(1).blobs.filter((blob) => old.blobs.includes(blob)));
    expect(left.length).toBeGreaterThan(0);
  });

  test("one that is kept comes back by hand, by its tag, without a transfer and without any blob", async () => {
    const hidden = inFolder("hidden");
    fs.renameSync(inFolder("blobs"), hidden);
    try {
      const listed = (await site.start([site.service])).stdout;
      expect(listed).toContain(`kept release=${release(2).release} tag=${release(2).tag} commit=`);
      expect(listed).toContain(`serves release=${release(3).release} `);
      expect(await site.start([site.service, release(2).tag])).toMatchObject({ exitCode: 0 });
      expect(await site.answer()).toBe("v2");
    } finally {
      fs.renameSync(hidden, inFolder("blobs"));
    }
  });

  test("images of others stay, also those that they have named like ours, and what is on its way", async () => {
    await site.docker("tag", release(1).imageId, "theirs");
    await site.bring(release(0));
    await site.ship(release(3), { keep: 2 });
    expect(Object.keys(await site.containers())).toEqual(
      [nameOf(release(2)), nameOf(release(3)), `${site.service}-proxy`].sort(),
    );
    await site.docker("image", "inspect", "theirs");
    // Brought, and not activated yet.
    expect(await site.activate(release(0))).toMatchObject({ exitCode: 0 });
    await site.docker("rmi", "theirs");
  });
});

describe("what somebody did by hand", () => {
  test("another container in the place of ours is seen, and ours comes back without a failed request", async () => {
    await site.ship(release(3));
    await site.ship(release(0));
    const network = ["--network", `hms-${site.service}`];
    await site.docker("rm", "-f", nameOf(release(0)));
    await site.docker(
      ...["run", "-d", "--name", nameOf(release(0)), "--label", `hms.service=${site.service}`],
      ...["--label", "hms.role=app", ...network, release(3).imageId],
    );
    expect(await site.answer()).toBe("v3");
    const load = loaded(site.url);
    const { exitCode, stdout } = await site.activate(release(0));
    expect((await load.stop()).failures).toEqual([]);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`image=${release(0).imageId}`)]);
    expect(await site.answer()).toBe("v0");
  });

  test("a container that was made by half, a network and a proxy that are gone, are made again", async () => {
    await site.ship(release(1));
    await site.docker("rm", "-f", nameOf(release(0)));
    await site.docker("create", "--name", nameOf(release(0)), release(0).imageId);
    expect(await site.activate(release(0))).toMatchObject({ exitCode: 0 });
    const all = Object.keys(await site.containers());
    await site.docker("stop", "-t", "0", ...all);
    await site.docker("network", "rm", `hms-${site.service}`);
    expect(await site.activate(release(0))).toMatchObject({ exitCode: 0 });
    expect(await site.answer()).toBe("v0");
    await site.docker("rm", "-f", `${site.service}-proxy`);
    expect(await site.activate(release(0))).toMatchObject({ exitCode: 0 });
    expect(await site.answer()).toBe("v0");
  });
});

describe("the proxy", () => {
  test("that can't have its new port gives way to the old one", async () => {
    await site.ship(release(0));
    await site.bring(release(1));
    const args = site.argumentsOf(release(1)).map((arg) => (arg === "0.0.0.0:8080" ? "0.0.0.0:22" : arg));
    const { exitCode, stderr } = await site.start(args);
    expect([exitCode, stderr.split("\n").at(-1)]).toEqual([
      1,
      expect.stringMatching(
        /^refused: docker can't start the proxy of flood-formula on 0\.0\.0\.0:22: .*address already in use/,
      ),
    ]);
    // It has just been started again.
    expect(await answerWithin(5)).toBe("v0");
  });

  test("of another image takes the port over within seconds, with its route", async () => {
    const proxy = await site.makeOtherProxy();
    const load = loaded(site.url);
    await site.ship(release(0), { proxy });
    const { failures } = await load.stop();
    const times = failures.map((line) => Date.parse(line.split(" ")[0] ?? ""));
    const gapMs = times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
    process.stdout.write(`the port was nobody's for ${String(gapMs)} ms\n`);
    expect(gapMs).toBeLessThan(8000);
    expect(failures.filter((line) => !/ECONNREFUSED|ECONNRESET|socket hang up/.test(line))).toEqual([]);
    expect(await site.answer()).toBe("v0");
    await site.ship(release(1));
  });
});

test("two at once do not interleave, and both come to their end", async () => {
  await site.ship(release(0));
  await Promise.all([site.bring(release(1)), site.bring(release(2))]);
  const noted = site.killedAt(-1, "before", "script");
  const both = await Promise.all(
    [1, 2].map((n) => site.activate(release(n), { env: { ...noted.env, NOTE: String(n) } })),
  );
  expect(both).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
  const turns = noted
    .calls()
    .map((line) => line[0])
    .filter((who, index, all) => who !== all[index - 1]);
  expect(turns).toHaveLength(2);
  expect(await site.answer()).toBe(`v${turns[1] ?? ""}`);
});

describe("killed", () => {
  /** Activates release after release, two of which are kept: each is loaded, swapped to, and prunes another. */
  let turn = 0;
  const next = (): site.Shipped => release((turn += 1) % 4);
  beforeAll(() => site.ship(release(0), { keep: 2 }), 60_000);

  test("at its steps, it is mended by the next run, and no request fails meanwhile", async () => {
    const whole = site.killedAt(-1, "before", "script");
    const first = next();
    await site.bring(first);
    expect(await site.activate(first, { keep: 2, env: whole.env })).toMatchObject({ exitCode: 0 });
    const calls = whole.calls().length;
    const steps = Array.from({ length: calls }, (_, index) => index + 1).filter(
      (step) => everyStep || step % 6 === 2,
    );
    const load = loaded(site.url);
    for (const step of steps) {
      const before = await site.answer();
      const wanted = next();
      await site.bring(wanted);
      const kill = site.killedAt(
        step,
        step % 2 === 0 ? "before" : "after",
        step % 4 < 2 ? "script" : "session",
      );
      const started = site.start(site.argumentsOf(wanted, { keep: 2 }), kill.env);
      kill.begins(started.pid ?? 0);
      const { signal } = await started;
      expect([step, signal]).toEqual([step, "SIGKILL"]);
      const version = `v${String(releases.indexOf(wanted))}`;
      expect([before, version]).toContain(await site.answer());
      const { exitCode, stderr } = await site.activate(wanted, { keep: 2 });
      expect([step, exitCode, stderr]).toEqual([step, 0, ""]);
      expect(await site.answer()).toBe(version);
      // As after an activation that nobody disturbed.
      expect(Object.values(await site.containers()).sort()).toEqual(["exited", "running", "running"]);
      expect((await site.docker("images", "-q")).split("\n")).toHaveLength(3);
    }
    const { requests, failures } = await load.stop();
    process.stdout.write(
      `killed at ${String(steps.length)} of ${String(calls)} steps, with ${String(requests)} requests meanwhile\n`,
    );
    expect(failures).toEqual([]);
  }, 2_400_000);

  test("at any moment, too", async () => {
    const load = loaded(site.url);
    for (const ms of [150, 700, 1900]) {
      const wanted = next();
      await site.bring(wanted);
      const started = site.start(site.argumentsOf(wanted, { keep: 2 }));
      await sleep(ms);
      process.kill(-(started.pid ?? 0), "SIGKILL");
      await started;
      expect(await site.activate(wanted, { keep: 2 })).toMatchObject({ exitCode: 0, stderr: "" });
      expect(await site.answer()).toBe(`v${String(releases.indexOf(wanted))}`);
    }
    expect((await load.stop()).failures).toEqual([]);
  });

  test("with the engine and its containerd, it is mended, and what served serves again by itself", async () => {
    for (const ms of [600, 1500, 3000]) {
      const before = await site.answer();
      const wanted = next();
      await site.bring(wanted);
      const started = site.start(site.argumentsOf(wanted, { keep: 2 }));
      await sleep(ms);
      await powerOff();
      const { stderr } = await started;
      if (stderr !== "") expect(stderr.split("\n").at(-1)).toMatch(/^(refused|unhealthy): /);
      // The engine comes back, as its supervisor has it.
      await startDocker(siteEngine(site.site));
      const version = `v${String(releases.indexOf(wanted))}`;
      expect([before, version]).toContain(await answerWithin(20));
      expect(await site.activate(wanted, { keep: 2 })).toMatchObject({ exitCode: 0, stderr: "" });
      expect(await site.answer()).toBe(version);
    }
  });
});

/** Kills a site's engine with its containerd: no one of them has a chance to tidy up. */
async function powerOff(): Promise<void> {
  const folder = folderOf(site.site.name);
  for (const file of ["dockerd.pid", "run/containerd/containerd.pid"]) {
    const pid = Number(fs.readFileSync(path.join(folder, file), "utf8").trim().split(" ")[0]);
    process.kill(pid, "SIGKILL");
  }
  await sleep(300);
}

/** What is answered as soon as anything is. */
async function answerWithin(seconds: number): Promise<string> {
  const limit = Date.now() + seconds * 1000;
  for (;;) {
    const found = await site.answer();
    if (found !== "nothing" || Date.now() > limit) return found;
    await sleep(200);
  }
}

describe("on a full disk", () => {
  const data = path.join(folderOf(site.site.name), "docker");
  const filler = path.join(data, "filler");
  beforeAll(async () => {
    await site.remove();
    await stopDocker(siteEngine(site.site));
    await execa("mount", ["-t", "tmpfs", "-o", "size=1500m", "tmpfs", data]);
    await startDocker(siteEngine(site.site));
    await site.ship(release(0));
  });
  afterAll(async () => {
    await site.remove();
    await stopDocker(siteEngine(site.site));
    await execa("umount", [data]);
    await startDocker(siteEngine(site.site));
  });

  test("a release is refused in a clear sentence, nothing is left of it, and the old one serves", async () => {
    const big = await site.makeRelease("big", "true", 8);
    await site.bring(big);
    const free = fs.statfsSync(data);
    const handle = fs.openSync(filler, "w");
    const room = 4 * 1024 * 1024;
    const chunk = Buffer.alloc(1024 * 1024);
    for (let left = free.bavail * free.bsize - room; left > 0; left -= chunk.length)
      fs.writeSync(handle, chunk);
    fs.closeSync(handle);
    const used = await usage();
    const { exitCode, stderr } = await site.activate(big);
    expect([exitCode, stderr.split("\n").at(-1)]).toEqual([
      1,
      `refused: the disk is full: docker can't load image ${big.image}. Free some space below ${data}, and run it again.`,
    ]);
    expect(await site.answer()).toBe("v0");
    expect((await usage()) - used).toBeLessThan(64);
    await expect(site.docker("image", "inspect", big.imageId)).rejects.toThrow(/No such image/);
    expect(await site.containers()).not.toHaveProperty(nameOf(big));
    fs.rmSync(filler);
    expect(await site.activate(big)).toMatchObject({ exitCode: 0 });
    expect(await site.answer()).toBe("big");
  });

  /** Kilobytes below the engine's folder. */
  const usage = async (): Promise<number> => Number((await execa("du", ["-sk", data])).stdout.split("\t")[0]);
});
