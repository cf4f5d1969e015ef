/** The main job, end to end, on real engines and servers: one push reaches every target, or none. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { open } from "../../core/dsse";
import { down, up } from "../../lab/lab";
import { folderOf, inLab, labRoot, receiver } from "../../lab/layout";
import { link } from "../../lab/network";
import { breakTest, changeFormula, leakSsn, neverHealthy, touchReadme } from "../../lab/story";
import { directoryTrail } from "../../store/trail";
import { projectFolder } from "../../store/project";
import type { RollbackResult } from "../../pipeline/rollback";
import { type Answers, startLoad } from "./steady-load";
import * as world from "./world";

jest.setTimeout(300_000);

beforeAll(async () => {
  await down();
  await up({ kubernetes: true });
});
afterAll(down);

const trail = () => directoryTrail(inLab("trail")).entries();
const releases = () => trail().filter(({ body }) => body.type === "release").length;

test("a push reaches the cluster, docker, both sites, and every partner", async () => {
  await world.commit((folder) => changeFormula(folder, "p1"));
  const log = await world.push();
  expect(log).toMatch(/\[\d\d:\d\d\] ✅ compliance passed \(\d+ tests, 0 findings\)/);
  expect(log).toMatch(/📦 image flood-formula:[0-9a-f]{7} built, sha256:/);
  expect(log).toMatch(/🚚 synced to mississippi \(rsync, [\d.]+ [KM]B of [\d.]+ MB sent\)/);
  expect(log).toMatch(/📤 uploaded bundle to ftp:\/\/usgs\/inbox/);
  expect(await world.formulas()).toEqual(world.everywhere("p1"));
  const { targets } = await world.status();
  expect(targets.map(({ target, state }) => [target, state])).toEqual(Object.entries(world.all("current")));
});

describe("after a second release", () => {
  let before: Record<string, unknown>;
  let answers: Record<string, Answers>;
  beforeAll(async () => {
    const loads = Object.entries(await world.places()).map(
      ([where, url]) => [where, startLoad(`${url}${world.question}`, undefined, 100)] as const,
    );
    const result = await world.ship((folder) => changeFormula(folder, "p2"));
    answers = Object.fromEntries(
      await Promise.all(loads.map(async ([where, load]) => [where, await load.stop()] as const)),
    );
    expect(world.states(result)).toEqual(world.all("current"));
    before = await now();
  });
  const now = async (): Promise<Record<string, unknown>> => {
    const [formulas, units] = await Promise.all([world.formulas(), world.units()]);
    return { formulas, bundles: world.bundles(), units };
  };

  test("everyone answers with the new formula, and partners hold the release's bundle", () => {
    const { body } = trail().findLast((entry) => entry.body.type === "release") ?? {};
    const sha256 = body?.type === "release" ? body.release.bundle.sha256 : "";
    expect(before["formulas"]).toEqual(world.everywhere("p2"));
    expect(world.bundles()).toEqual({ usgs: sha256, noaa: sha256, fema: sha256 });
  });

  test("no request was lost while the cluster, docker and the sites changed to it", () => {
    const failures = Object.entries(answers).map(([where, answer]) => [where, answer.failures]);
    expect(failures).toEqual(Object.keys(world.everywhere("")).map((where) => [where, []]));
    for (const { requests, bodies } of Object.values(answers)) {
      expect(requests).toBeGreaterThan(200);
      expect(bodies.size).toBe(2);
    }
  });

  test("an annotation is at the receiver", async () => {
    const requests = (await (await fetch(`${receiver}/requests`)).json()) as { path: string; body: string }[];
    const texts = requests
      .filter((request) => request.path === "/annotate")
      .map(({ body }) => (JSON.parse(body) as { text: string }).text);
    expect(texts).toContainEqual(expect.stringMatching(/^Deploy #\d+ \(formula p2\)$/));
  });

  test("the same content under a new commit restarts nothing", async () => {
    const result = await world.ship(touchReadme);
    expect(world.states(result)).toEqual(world.all("current"));
    const { units, formulas } = await now();
    expect({ units, formulas }).toEqual({ units: before["units"], formulas: before["formulas"] });
    before = await now();
  });

  test("a failing unit test moves nothing, anywhere", async () => {
    const result = await world.ship((folder) => breakTest(folder));
    expect(result).toMatchObject({ exitCode: 1, targets: {}, refused: { stage: "compliance" } });
    expect(await now()).toEqual(before);
  });

  test("personal data moves nothing, anywhere", async () => {
    const result = await world.ship((folder) => leakSsn(folder));
    expect(result).toMatchObject({ exitCode: 1, targets: {}, refused: { stage: "compliance" } });
    expect(await now()).toEqual(before);
  });

  test("an image that never gets healthy: the old one answers, and the run says which target and why", async () => {
    const result = await world.ship((folder) => neverHealthy(folder));
    expect(result.exitCode).toBe(1);
    const running = world.allTargets.filter((id) => !id.startsWith("partners/"));
    for (const id of running) {
      expect(result.targets[id]).toMatchObject({
        state: "failed",
        why: expect.stringMatching(/^unhealthy: /),
      });
    }
    expect(await world.formulas()).toEqual(world.everywhere("p2"));
  });

  test("a site that can't be reached is stale, and everyone else is served", async () => {
    await link("anchorage", "down");
    try {
      const result = await world.ship((folder) => changeFormula(folder, "p3"));
      expect(result.exitCode).toBe(3);
      expect(world.states(result)).toEqual({ ...world.all("current"), "onprem/anchorage": "stale" });
      expect(result.targets["onprem/anchorage"]).toMatchObject({
        why: expect.stringMatching(/^unreachable: /),
      });
    } finally {
      await link("anchorage", "up");
    }
    expect(await world.formulas()).toEqual({ ...world.everywhere("p3"), anchorage: "p2" });
  });

  test("it is brought up to date by the next run", async () => {
    const { exitCode } = await world.hms("pipeline", "run", "--json");
    expect(exitCode).toBe(0);
    expect(await world.formulas()).toEqual(world.everywhere("p3"));
  });

  test("a rollback brings the old formula back everywhere, and builds nothing", async () => {
    const buildState = () =>
      fs.readFileSync(inLab("state", ".pulumi", "stacks", "hms", "build.json"), "utf8");
    const built = [releases(), buildState()];
    const { stdout } = await world.hms("pipeline", "rollback", "--reason", "wrong risk", "--json");
    const result = JSON.parse(stdout) as RollbackResult;
    expect(result).toMatchObject({ exitCode: 0, reason: "wrong risk" });
    expect(world.states(result)).toEqual(world.all("current"));
    expect(await world.formulas()).toEqual(world.everywhere("p2"));
    expect([releases(), buildState()]).toEqual(built);
  });

  test("what was rolled back does not come back by the next run", async () => {
    const { exitCode, stderr } = await world.hms("pipeline", "run", "--json");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/was rolled back \(wrong risk\)/);
    expect(await world.formulas()).toEqual(world.everywhere("p2"));
  });
});

test("what --json prints is documented, field by field", async () => {
  const text = fs.readFileSync(path.join(projectFolder, "docs", "command-line.md"), "utf8");
  const named = new Set([...text.matchAll(/`(\w+)(?:\[\])?`/g)].map(([, name = ""]) => name));
  const { targets, runs, ...status } = await world.status();
  const watched = await world.hms("pipeline", "watch", "--json");
  const lines = watched.stdout.split("\n").map((line) => JSON.parse(line) as object);
  const again = await world.hms("pipeline", "run", "--json");
  const printed = [status, ...targets, ...runs, ...lines, JSON.parse(again.stdout) as object];
  const fields = new Set(printed.flatMap((each) => Object.keys(each)));
  expect(fields.size).toBeGreaterThan(15);
  expect([...fields].filter((name) => !named.has(name))).toEqual([]);
});

describe("plain Pulumi", () => {
  test.each(["build", "cloud", "cloud-docker", "onprem", "partners"])(
    "finds nothing to change in %s",
    async (stack) => {
      const { exitCode, stdout, stderr } = await world.pulumi("preview", "-s", stack, "--expect-no-changes");
      expect([exitCode, exitCode === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
    },
  );
  test("passes the policy pack", async () => {
    const { stdout } = await world.pulumi("preview", "-s", "onprem", "--policy-pack", "policy");
    expect(stdout).toMatch(/✅ hms@/);
  });
  test("refuses a wrong setting before anything is touched", async () => {
    const text = fs.readFileSync(path.join(projectFolder, "Pulumi.cloud-docker.yaml"), "utf8");
    const file = inLab("wrong.yaml");
    fs.writeFileSync(file, text.replace("publishPort: 18080", "publishPort: 0"));
    const units = await world.units();
    const up = ["up", "-s", "cloud-docker", "--config-file", file, "--yes", "--skip-preview"];
    const { exitCode, stdout } = await world.pulumi(...up);
    expect([exitCode === 0, stdout]).toEqual([
      false,
      expect.stringContaining(
        "Pulumi.cloud-docker.yaml: hms:dockerHosts[0].publishPort: found 0; allowed: a whole number from 1 to 65535",
      ),
    ]);
    expect(stdout).not.toMatch(/^ +at /m);
    expect(await world.units()).toEqual(units);
  });
  test("rolls one stack back by a setting, and the command line brings it forward again", async () => {
    const tags = trail().flatMap(({ body }) => (body.type === "release" ? [body.release.tag] : []));
    const text = fs.readFileSync(path.join(projectFolder, "Pulumi.cloud-docker.yaml"), "utf8");
    const file = inLab("rollback.yaml");
    fs.writeFileSync(
      file,
      text.replace("hms:release: current", `hms:release: "${tags[0] ?? ""}"\n  hms:reason: try`),
    );
    const up = await world.pulumi(
      "up",
      "-s",
      "cloud-docker",
      "--config-file",
      file,
      "--yes",
      "--skip-preview",
    );
    expect([up.exitCode, up.exitCode === 0 ? "" : up.stdout]).toEqual([0, ""]);
    expect(await world.formulas()).toEqual({ ...world.everywhere("p2"), docker: "p1" });

    const forward = ["--to", tags[1] ?? "", "--target", "cloud-docker", "--reason", "enough tried"];
    expect((await world.hms("pipeline", "rollback", ...forward)).exitCode).toBe(0);
    expect(await world.formulas()).toEqual(world.everywhere("p2"));
  });

  test("refreshes, destroys and brings back every stack", async () => {
    const stacks = ["cloud", "cloud-docker", "onprem", "partners"];
    const each = async (...args: string[]): Promise<void> => {
      const done = await Promise.all(
        stacks.map((stack) => world.pulumi(...args, "-s", stack, "--yes", "--skip-preview")),
      );
      expect(done.map(({ exitCode, stdout }) => (exitCode === 0 ? "" : stdout))).toEqual(["", "", "", ""]);
    };
    await each("refresh", "--expect-no-changes");
    await each("destroy");
    expect(fs.readdirSync(path.join(folderOf("usgs"), "inbox"))).toEqual([]);
    expect(fs.readdirSync(path.join(folderOf("anchorage"), "srv"))).toEqual([".trusted"]);
    const { targets } = await world.status();
    expect(targets.map(({ health }) => health)).toEqual(targets.map(() => "nothing"));
    await each("up");
    expect(await world.formulas()).toEqual(world.everywhere("p2"));
  });
});

/** What is in the trail's envelopes, which hold it as Base64. */
async function payloads(): Promise<string> {
  const { stdout } = await execa("grep", ["-rlF", '"payloadType"', inLab("trail")]);
  const files = stdout.split("\n").map((file) => fs.readFileSync(file, "utf8"));
  return files.map((text) => open(text).payload).join("\n");
}

test("no secret of the lab is in the state, the trail or a log", async () => {
  // The passphrase of the lab's stacks is no secret: it is the lab's own name.
  const secrets = fs
    .readdirSync(inLab("secrets"))
    .filter((name) => name.endsWith(".password"))
    .map((name) => fs.readFileSync(inLab("secrets", name), "utf8").trim());
  const key = fs.readFileSync(inLab("keys", "deploy"), "utf8").split("\n")[2] ?? "";
  expect(secrets.length).toBeGreaterThan(0);
  expect(key.length).toBeGreaterThan(20);
  const signed = await payloads();
  expect(signed).toContain("onprem/anchorage");
  const folders = ["state", "trail"].map((name) => path.join(labRoot, name));
  for (const secret of [...secrets, key]) {
    const { exitCode } = await execa("grep", ["-rqF", "--", secret, ...folders], { reject: false });
    expect([exitCode, signed.includes(secret)]).toEqual([1, false]);
  }
});

test("a stack that there is not is one sentence, and nothing ships", async () => {
  const tag = (await world.status()).targets[0]?.release ?? "";
  const { exitCode, stdout } = await world.hms(
    "pipeline",
    "run",
    "--commit",
    tag,
    "--stacks",
    "cloud-docker,moon",
  );
  expect([exitCode, stdout]).toEqual([
    1,
    expect.stringContaining('There is no stack moon in the backend. Run "pulumi stack init moon".'),
  ]);
});

test("the working tree is as it was", async () => {
  const { stdout } = await execa("git", ["status", "--porcelain", "--", "Pulumi*.yaml"], {
    cwd: projectFolder,
  });
  expect(stdout).toBe("");
});
