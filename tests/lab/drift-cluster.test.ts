/** What somebody changed by hand in a cluster: told by `drift`, put right by `sync` and by the next run. */
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { down, up } from "../../lab/lab";
import { inLab, kubeconfig } from "../../lab/layout";
import { changeFormula } from "../../lab/story";
import { kubernetesBinary } from "../../lab/toolchain/kubernetes/cluster";
import type { Drift } from "../../pipeline/drift";
import type { SyncResult } from "../../pipeline/sync";
import { directoryTrail } from "../../store/trail";
import * as world from "./world";

jest.setTimeout(300_000);

const id = "cloud/cloud";
const stacks = ["--stacks", "cloud", "--json"];

async function kubectl(...args: string[]): Promise<string> {
  const options = ["kubectl", "--kubeconfig", kubeconfig, "--namespace", "flood-formula"];
  return (await execa(await kubernetesBinary(), [...options, ...args])).stdout;
}

/** Waits until what somebody did by hand has come through. */
const rolledOut = (): Promise<string> =>
  kubectl("rollout", "status", "deployment/flood-formula", "--timeout=90s");

async function drift(): Promise<Drift["targets"][number] | undefined> {
  const { exitCode, stdout } = await world.hms("pipeline", "drift", ...stacks);
  const result = JSON.parse(stdout) as Drift;
  expect(result.exitCode).toBe(exitCode);
  return result.targets[0];
}

async function sync(): Promise<SyncResult> {
  const { stdout, stderr } = await world.hms("pipeline", "sync", ...stacks);
  if (stdout === "") throw new Error(`no result: ${stderr}`);
  return JSON.parse(stdout) as SyncResult;
}

const cluster = async (): Promise<string | undefined> => (await world.formulas())["cluster"];
const imageOf = (version: number): string => {
  const releases = directoryTrail(inLab("trail"))
    .entries()
    .flatMap(({ body }) => (body.type === "release" ? [body.release] : []));
  return releases[version]?.image ?? "";
};

beforeAll(async () => {
  await down();
  await up({ kubernetes: true });
  for (const version of ["k1", "k2"]) {
    const result = await world.ship((folder) => changeFormula(folder, version), "cloud");
    expect(result).toMatchObject({ exitCode: 0, targets: { [id]: { state: "current" } } });
  }
}, 1_800_000);
afterAll(down);

test("nothing differs, and nothing is to be done", async () => {
  expect(await drift()).toMatchObject({ target: id, found: "same" });
  expect(await sync()).toEqual({ exitCode: 0, targets: {}, stages: {} });
});

describe("a Deployment that somebody changed is as it should be after a sync:", () => {
  test.each([
    ["scaled up", "replicas", ["scale", "deployment/flood-formula", "--replicas=3"]],
    ["scaled down", "replicas", ["scale", "deployment/flood-formula", "--replicas=1"]],
    ["scaled to nothing", "not-running", ["scale", "deployment/flood-formula", "--replicas=0"]],
    ["deleted", "not-running", ["delete", "deployment/flood-formula", "--wait", "--cascade=foreground"]],
  ])("%s", async (_how, found, args) => {
    await kubectl(...args);
    if (args[0] === "scale") await rolledOut();
    expect(await drift()).toMatchObject({ found });
    expect(await sync()).toMatchObject({ exitCode: 0, targets: { [id]: { state: "current" } } });
    expect([await drift(), await cluster()]).toMatchObject([{ found: "same" }, "k2"]);
  });

  test("another image", async () => {
    await kubectl("set", "image", "deployment/flood-formula", `flood-formula=${imageOf(0)}`);
    await rolledOut();
    expect([await drift(), await cluster()]).toMatchObject([{ found: "image" }, "k1"]);
    expect(await sync()).toMatchObject({ exitCode: 0 });
    expect([await drift(), await cluster()]).toMatchObject([{ found: "same" }, "k2"]);
  });
});

test("a run of the same commit takes back an image that never came, while the old pods serve", async () => {
  await kubectl(
    "set",
    "image",
    "deployment/flood-formula",
    `flood-formula=${imageOf(1).replace(/@.*/, ":no-such")}`,
  );
  expect(await drift()).toMatchObject({ found: "unhealthy" });
  const { exitCode } = await world.hms("pipeline", "run", ...stacks);
  expect([exitCode, await drift(), await cluster()]).toMatchObject([0, { found: "same" }, "k2"]);
});

test("then plain Pulumi finds nothing to do", async () => {
  const { exitCode, stdout } = await world.pulumi("preview", "-s", "cloud", "--expect-no-changes");
  expect([exitCode, exitCode === 0 ? "" : stdout]).toEqual([0, ""]);
});
