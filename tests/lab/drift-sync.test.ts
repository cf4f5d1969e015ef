/** What somebody changed by hand, and what could not be reached: told by `drift`, put right by `sync` and by the next run. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import type { Body } from "../../core/entry";
import { siteEngine, socketOf } from "../../lab/docker";
import { down, up } from "../../lab/lab";
import { cloudDocker, inLab, sites } from "../../lab/layout";
import { link } from "../../lab/network";
import { inboxOf } from "../../lab/partner-files";
import { changeFormula } from "../../lab/story";
import type { Drift } from "../../pipeline/drift";
import type { Status } from "../../pipeline/status";
import type { SyncResult } from "../../pipeline/sync";
import { directoryTrail } from "../../store/trail";
import * as world from "./world";

jest.setTimeout(300_000);

const names = "cloud-docker,onprem,partners";
const ids = [
  "cloud-docker/cloud-docker",
  "onprem/mississippi",
  "onprem/anchorage",
  "partners/usgs",
  "partners/noaa",
  "partners/fema",
];

const trail = () => directoryTrail(inLab("trail")).entries();
const bodies = <T extends Body["type"]>(type: T, after = 0) =>
  trail().flatMap(({ number, body }) =>
    body.type === type && number > after ? [body as Extract<Body, { type: T }>] : [],
  );
const end = (): number => trail().at(-1)?.number ?? 0;

async function drift(): Promise<{ exitCode: number; found: Record<string, string>; result: Drift }> {
  const { exitCode, stdout } = await world.hms("pipeline", "drift", "--stacks", names, "--json");
  const result = JSON.parse(stdout) as Drift;
  return {
    exitCode,
    result,
    found: Object.fromEntries(result.targets.map((each) => [each.target, each.found])),
  };
}

async function sync(...args: string[]): Promise<SyncResult> {
  const { exitCode, stdout, stderr } = await world.hms(
    "pipeline",
    "sync",
    "--stacks",
    names,
    "--json",
    ...args,
  );
  if (stdout === "") throw new Error(`no result: ${stderr}`);
  const result = JSON.parse(stdout) as SyncResult;
  expect(result.exitCode).toBe(exitCode);
  return result;
}

async function rowOf(id: string): Promise<Status["targets"][number] | undefined> {
  const { stdout } = await world.hms("pipeline", "status", "--stacks", names, "--json");
  return (JSON.parse(stdout) as Status).targets.find(({ target }) => target === id);
}

const same = Object.fromEntries(ids.map((id) => [id, "same"]));
const everywhere = (formula: string): Record<string, string> => ({
  docker: formula,
  mississippi: formula,
  anchorage: formula,
});

const sockets: Record<string, string> = {
  docker: cloudDocker.socket,
  ...Object.fromEntries(sites.map((site) => [site.name, socketOf(siteEngine(site))])),
};

/** Docker as somebody uses it by hand on a host. */
async function docker(where: string, ...args: string[]): Promise<string> {
  return (await execa("docker", args, { env: { DOCKER_HOST: `unix://${sockets[where] ?? ""}` } })).stdout;
}

/** The container that serves somewhere, and another release's image that lies there. */
async function serving(where: string): Promise<{ name: string; otherImage: string }> {
  const names = await docker(where, "ps", "--filter", "label=hms.role=app", "--format", "{{.Names}}");
  const all = await docker(where, "ps", "-a", "--filter", "label=hms.role=app", "--format", "{{.Names}}");
  const name = names.split("\n")[0] ?? "";
  const other = all.split("\n").find((each) => each !== name) ?? "";
  return { name, otherImage: await docker(where, "inspect", "-f", "{{.Image}}", other) };
}

/** Another image under the name of the one that serves. */
async function replaceByHand(where: string, labels: readonly string[] = []): Promise<void> {
  const { name, otherImage } = await serving(where);
  await docker(where, "rm", "-f", name);
  const options = labels.flatMap((label) => ["--label", label]);
  await docker(where, "run", "-d", "--name", name, "--network", "hms-flood-formula", ...options, otherImage);
}

const releases: string[] = [];
async function ship(version: string): Promise<number> {
  const result = await world.ship((folder) => changeFormula(folder, version), names);
  releases.push(result.tag);
  return result.exitCode;
}

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
  expect([await ship("d1"), await ship("d2")]).toEqual([0, 0]);
});
afterAll(down);

test("nothing differs: drift says so, sync has nothing to do, and neither leaves a mark", async () => {
  const before = end();
  const [{ exitCode, found }, synced] = [await drift(), await sync()];
  expect([exitCode, found]).toEqual([0, same]);
  expect(synced).toEqual({ exitCode: 0, targets: {}, stages: {} });
  expect(end()).toBe(before);
});

test("a run of the same commit updates no stack: its previews find nothing to do, and each target is asked", async () => {
  const states = (): Record<string, string> =>
    Object.fromEntries(
      names
        .split(",")
        .map((name) => [
          name,
          fs.readFileSync(inLab("state", ".pulumi", "stacks", "hms", `${name}.json`), "utf8"),
        ]),
    );
  const before = states();
  const { exitCode, stdout } = await world.hms("pipeline", "run", "--stacks", names);
  expect([exitCode, stdout]).toEqual([
    0,
    expect.stringMatching(/nothing to do in cloud-docker, onprem, partners\n.*6 of 6 targets are current/),
  ]);
  expect(states()).toEqual(before);
});

describe("after hands were at every target", () => {
  let before: number;
  beforeAll(async () => {
    before = end();
    await replaceByHand("docker");
    await replaceByHand("mississippi", ["hms.service=flood-formula", "hms.role=app"]);
    await docker("anchorage", "rm", "-f", (await serving("anchorage")).name);
    fs.rmSync(path.join(inboxOf("usgs"), "bundle.zip"));
    fs.writeFileSync(path.join(inboxOf("noaa"), "bundle.zip"), "not a zip");
    fs.rmSync(path.join(inboxOf("fema"), "bundle.zip.sig"));
  });

  test("drift says of each what it is, and writes nothing", async () => {
    const { exitCode, found, result } = await drift();
    expect(exitCode).toBe(1);
    expect(found).toEqual({
      "cloud-docker/cloud-docker": "stranger",
      "onprem/mississippi": "image",
      "onprem/anchorage": "not-running",
      "partners/usgs": "gone",
      "partners/noaa": "changed",
      "partners/fema": "changed",
    });
    expect(result.targets[1]).toMatchObject({
      desired: releases[1],
      release: releases[0],
      why: expect.stringMatching(/^it runs another image, sha256:[0-9a-f]{12}: it should have /),
    });
    expect(end()).toBe(before);
  });

  test("sync puts each right, as a run with a number, and builds nothing", async () => {
    const result = await sync();
    expect([result.exitCode, world.states(result)]).toEqual([
      0,
      Object.fromEntries(ids.map((id) => [id, "current"])),
    ]);
    expect(await world.formulas()).toEqual(everywhere("d2"));
    expect((await drift()).found).toEqual(same);
    expect(new Set(Object.values(world.bundles())).size).toBe(1);
    expect(bodies("run-started", before)).toMatchObject([{ run: result.run, trigger: "sync" }]);
    expect(
      bodies("drift", before)
        .map(({ target, run }) => [target, run])
        .sort(),
    ).toEqual(ids.map((id) => [id, result.run]).sort());
    expect(
      bodies("receipt", before)
        .map(({ target, tag, run }) => [target, tag, run])
        .sort(),
    ).toEqual(ids.map((id) => [id, releases[1], result.run]).sort());
    expect([...bodies("release", before), ...bodies("report", before), ...bodies("desired", before)]).toEqual(
      [],
    );
  });

  test.each(["cloud-docker", "onprem", "partners"])(
    "then plain Pulumi finds nothing to do in %s",
    async (stack) => {
      const { exitCode, stdout } = await world.pulumi("preview", "-s", stack, "--expect-no-changes");
      expect([exitCode, exitCode === 0 ? "" : stdout]).toEqual([0, ""]);
    },
  );
});

test("a run of the same commit puts right what stands still, is sick, or is gone", async () => {
  await docker("docker", "stop", "flood-formula-proxy");
  await docker("mississippi", "pause", (await serving("mississippi")).name);
  await docker("anchorage", "stop", (await serving("anchorage")).name);
  fs.rmSync(path.join(inboxOf("fema"), "bundle.zip"));
  expect((await drift()).found).toEqual({
    ...same,
    "cloud-docker/cloud-docker": "not-running",
    "onprem/mississippi": "unhealthy",
    "onprem/anchorage": "not-running",
    "partners/fema": "gone",
  });
  const { exitCode } = await world.hms("pipeline", "run", "--stacks", names);
  expect([exitCode, await world.formulas(), (await drift()).found]).toEqual([0, everywhere("d2"), same]);
});

test("a refresh and an update by plain Pulumi put it right, too", async () => {
  await docker("mississippi", "rm", "-f", (await serving("mississippi")).name);
  const before = end();
  for (const verb of ["refresh", "up"]) {
    const { exitCode, stdout } = await world.pulumi(verb, "-s", "onprem", "--yes", "--skip-preview");
    expect([verb, exitCode, exitCode === 0 ? "" : stdout]).toEqual([verb, 0, ""]);
  }
  expect(await world.formulas()).toEqual(everywhere("d2"));
  expect(bodies("drift", before)).toMatchObject([{ target: "onprem/mississippi", found: "not-running" }]);
});

describe("a site out of reach", () => {
  const id = "onprem/anchorage";
  beforeAll(() => link("anchorage", "down"));
  afterAll(() => link("anchorage", "up"));

  test("is stale while two releases come, with since when, why, how often, and when it was last seen", async () => {
    const before = end();
    expect([await ship("d3"), await ship("d4")]).toEqual([3, 3]);
    const [first] = trail().filter(({ number, body }) => number > before && body.type === "run-finished");
    const seen = trail().findLast(({ body }) => body.type === "receipt" && body.target === id);
    expect(await rowOf(id)).toMatchObject({
      state: "stale",
      health: "unreachable",
      desired: releases[3],
      release: releases[1],
      staleSince: first?.time,
      staleBecause: expect.stringMatching(/^unreachable: /),
      tries: 2,
    });
    expect(Date.parse((await rowOf(id))?.lastSeen ?? "")).toBeGreaterThanOrEqual(
      Date.parse(seen?.time ?? ""),
    );
    const { stdout } = await world.hms("pipeline", "status", "--stacks", names);
    expect(stdout).toMatch(/^onprem\/anchorage .*stale for \d+ .*, 2 tries, last seen .*; unreachable: /m);
  });

  test("can't be asked by drift, and is tried by sync", async () => {
    const { exitCode, found } = await drift();
    expect([exitCode, found]).toEqual([3, { ...same, [id]: "unreachable" }]);
    const result = await sync();
    expect(result).toMatchObject({ exitCode: 3, targets: { [id]: { state: "stale", tag: releases[3] } } });
    expect(result.stale?.[id]).toMatchObject({
      tries: 3,
      staleBecause: expect.stringMatching(/^unreachable: /),
    });
  });

  test("gets the latest release by sync when it is back, and none of those between", async () => {
    await link("anchorage", "up");
    const before = end();
    expect(await drift()).toMatchObject({ exitCode: 1, found: { ...same, [id]: "behind" } });
    expect(await rowOf(id)).toMatchObject({ state: "stale", health: "healthy", tries: 3 });
    const result = await sync("--target", id);
    expect(result.targets[id]).toEqual({ state: "current", tag: releases[3] });
    expect([result.exitCode, await world.formulas()]).toEqual([0, everywhere("d4")]);
    expect(bodies("receipt", before).map(({ target, tag }) => [target, tag])).toEqual([[id, releases[3]]]);
    expect(bodies("receipt").filter(({ target, tag }) => target === id && tag === releases[2])).toEqual([]);
    expect(await rowOf(id)).not.toHaveProperty("staleSince");
    expect(bodies("drift", before)).toEqual([]);
  });

  test("takes a rollback that it missed", async () => {
    await link("anchorage", "down");
    expect([await ship("d5"), await ship("d6")]).toEqual([3, 3]);
    const { exitCode } = await world.hms("pipeline", "rollback", "--stacks", names, "--reason", "wrong risk");
    expect(exitCode).toBe(3);
    await link("anchorage", "up");
    expect(await world.formulas()).toEqual({ ...everywhere("d5"), anchorage: "d4" });
    expect(await sync()).toMatchObject({ exitCode: 0 });
    expect(await world.formulas()).toEqual(everywhere("d5"));
    expect((await drift()).exitCode).toBe(0);
  });
});

test("a host that answers and says no is refused, and not stale", async () => {
  const [site] = sites;
  const file = path.join(inLab("hosts"), site.name, "authorized_keys");
  const keys = fs.readFileSync(file);
  fs.writeFileSync(file, "");
  try {
    const { exitCode, result } = await drift();
    expect([exitCode, result.targets[1]]).toMatchObject([
      1,
      { found: "refused", why: expect.stringMatching(/^refused: .*Permission denied/) },
    ]);
  } finally {
    fs.writeFileSync(file, keys);
  }
});
