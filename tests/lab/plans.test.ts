/** What runs and rollbacks say that they would do, before they touch anything; and whether there is anything to put back. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import type { TargetId } from "../../core/entry";
import { releaseOf } from "../../core/history";
import { down, up } from "../../lab/lab";
import { cloudDocker, inLab, serviceRepository } from "../../lab/layout";
import { changeFormula, leakSsn } from "../../lab/story";
import type { Plan } from "../../pipeline/plan";
import type { RunResult } from "../../pipeline/run";
import type { RollbackResult } from "../../pipeline/rollback";
import type { RollbackPlan } from "../../pipeline/rollback-plan";
import type { Status } from "../../pipeline/status";
import { partsOf } from "../../probe/registry";
import { directoryBlobs } from "../../store/blobs";
import { projectFolder, workFolder } from "../../store/project";
import { scratchFolder } from "../../store/scratch";
import { directoryTrail } from "../../store/trail";
import * as world from "./world";

jest.setTimeout(180_000);

const stacks = "cloud-docker,partners";
const trail = directoryTrail(inLab("trail"));
let [old, current]: string[] = [];

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
  for (const version of ["r1", "r2"]) {
    const result = await world.ship((copy) => changeFormula(copy, version), stacks);
    expect([result.exitCode, (result as world.Refused).refused]).toEqual([0, undefined]);
    [old, current] = [current, result.tag];
  }
});
afterAll(down);

const rollback = async (...args: string[]) => {
  const all = ["pipeline", "rollback", "--reason", "look first", "--stacks", stacks, "--json", ...args];
  return JSON.parse((await world.hms(...all)).stdout) as RollbackPlan & RollbackResult;
};
const whatIsThere = async () => [await world.formulas(), world.bundles()];

describe("a saved plan", () => {
  const file = inLab("next.plan");
  const save = (...args: string[]) =>
    world.hms("pipeline", "plan", "main", "--stacks", stacks, "--json", "--save", file, ...args);
  const doIt = () => world.hms("pipeline", "run", "--json", "--plan", file);

  test("is refused when something has changed since, before anything is touched", async () => {
    const saved = JSON.parse((await save()).stdout) as Plan;
    expect([saved.exitCode, saved.saved?.file]).toEqual([0, file]);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);

    await world.commit((copy) => changeFormula(copy, "r3"));
    const copy = inLab("test-copy");
    await execa("git", ["-C", serviceRepository, "fetch", "--quiet", copy, "+HEAD:refs/heads/main"]);
    const settings = "policy-config.json";
    const text = fs.readFileSync(settings, "utf8");
    fs.writeFileSync(settings, text.replace(/\}\s*$/, "}\n\n"));
    const before = [trail.entries().length, ...(await whatIsThere())];
    try {
      const { exitCode, stdout, stderr } = await doIt();
      expect([exitCode, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(
        new RegExp(
          `^hms: ${file} is not true any more: main is \\w{7} now, and was ${current ?? ""}; the policy has changed\\. ` +
            `Nothing was touched\\. Plan again: npx hms pipeline plan main --save ${file}$`,
          "m",
        ),
      );
      expect([trail.entries().length, ...(await whatIsThere())]).toEqual(before);
    } finally {
      fs.writeFileSync(settings, text);
    }
  });

  test("is done as it is, and the run's entry names it", async () => {
    const { saved, tag } = JSON.parse((await save()).stdout) as Plan;
    const { exitCode, stdout, stderr } = await doIt();
    expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
    const result = JSON.parse(stdout) as RunResult;
    expect([result.tag, Object.keys(result.targets).length]).toEqual([tag, 4]);
    const started = trail.entries().findLast(({ body }) => body.type === "run-started")?.body;
    expect(started).toMatchObject({ run: result.run, plan: saved?.digest });
    expect(directoryBlobs(inLab("trail")).text(saved?.digest ?? "")).toBe(fs.readFileSync(file, "utf8"));
    expect((await world.hms("audit", "verify")).exitCode).toBe(0);
    [old, current] = [current, tag];

    // Once done, it is not done again: the targets have another release now.
    const again = await doIt();
    expect([again.exitCode, again.stdout]).toEqual([1, ""]);
    expect(again.stderr).toContain(
      `${tag} was built meanwhile; cloud-docker/cloud-docker should have ${tag} now`,
    );
  });
});

test("a plan says what a commit would do, and writes nothing", async () => {
  const commit = await world.commit((copy) => leakSsn(copy));
  await world.toRepository("next");
  const before = trail.entries().length;
  const planned = async (revision: string): Promise<Plan> => {
    const { stdout } = await world.hms("pipeline", "plan", revision, "--stacks", stacks, "--json");
    return JSON.parse(stdout) as Plan;
  };
  const bad = await planned("next");
  expect(bad).toMatchObject({ commit, exitCode: 1, built: false, refused: { stage: "compliance" } });
  expect(bad.commits).toEqual({ [current ?? ""]: [`${bad.tag} ${bad.subject}`] });
  expect(bad.targets["cloud-docker/cloud-docker"]).toEqual({ answers: "ready", release: current });

  const good = await planned("main");
  expect([good.exitCode, good.built, good.refused, good.tag]).toEqual([0, true, undefined, current]);
  expect(good.targets["cloud-docker/cloud-docker"]).toEqual({
    answers: "ready",
    release: current,
    kept: true,
    bytes: 0,
    changes: [],
  });
  expect(trail.entries().length).toBe(before);
});

describe("a plan of what was never built", () => {
  const all = `${stacks},onprem`;
  const planned = async (...args: string[]): Promise<Plan> => {
    const { stdout, stderr } = await world.hms(
      "pipeline",
      "plan",
      "next",
      "--stacks",
      all,
      "--json",
      ...args,
    );
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as Plan;
  };
  const env = { DOCKER_HOST: `unix://${cloudDocker.socket}` };
  const deadProcess = async (): Promise<number> => {
    const child = execa("true");
    await child;
    return child.pid ?? 0;
  };
  const leftovers = async (): Promise<[number, string[], ...unknown[]]> => [
    trail.entries().length,
    (await execa("docker", ["image", "ls", "--all", "--quiet", "--no-trunc"], { env })).stdout
      .split("\n")
      .sort(),
    fs.readdirSync(inLab("registry/data/docker/registry/v2/blobs/sha256"), { recursive: true }).length,
    fs.readdirSync(directoryBlobs(inLab("trail")).pathOf("")).length,
    fs.readdirSync(workFolder).filter((name) => name.startsWith("draft-")),
  ];

  test("builds it, says what would change and travel as a run then does it, and leaves nothing behind", async () => {
    await world.commit((copy) => changeFormula(copy, "r4"));
    await world.toRepository("next");
    const before = await leftovers();
    // What a plan that was killed has left goes, too.
    const ours = scratchFolder(workFolder, "draft");
    fs.rmdirSync(ours);
    const dead = path.basename(ours).replace(`-${String(process.pid)}-`, `-${String(await deadProcess())}-`);
    const image = `127.0.0.1:5000/flood-formula:${dead}`;
    const some = before[1][0] ?? "";
    await execa("docker", ["image", "tag", some, image], { env });
    fs.mkdirSync(path.join(workFolder, dead));
    const plan = await planned();
    expect((await execa("docker", ["image", "inspect", image], { env, reject: false })).exitCode).toBe(1);
    expect([plan.exitCode, plan.refused, plan.built, plan.draft]).toEqual([0, undefined, false, true]);
    expect(await leftovers()).toEqual(before);

    const {
      "cloud-docker/cloud-docker": host,
      "onprem/anchorage": site,
      "partners/usgs": partner,
    } = plan.targets;
    expect(host?.changes).toContainEqual(
      expect.objectContaining({ op: "create", type: "docker:index/container:Container" }),
    );
    expect(host?.kept).toBe(false);
    // One layer is the formula's, on top of those that the host has.
    expect(host?.layers?.sent).toBe(1);
    expect(host?.bytes).toBeLessThan(20_000);
    // It never had a release.
    expect(site?.layers).toEqual({ sent: host?.layers?.all, all: host?.layers?.all });
    expect(partner?.changes).toContainEqual({ op: "update", type: expect.any(String), name: "usgs-drop" });

    await world.toRepository();
    const result = await world.hms("pipeline", "run", "--stacks", stacks, "--json");
    expect(result.exitCode).toBe(0);
    [old, current] = [current, plan.tag];
    const release = releaseOf(trail.entries(), plan.tag);
    expect(partner?.bytes).toBe(release?.bundle.size);
    const { configSize, layers } = await partsOf(release?.image ?? "");
    const truth = configSize + layers.reduce((sum, { size }) => sum + size, 0);
    expect(layers.length).toBe(host?.layers?.all);
    expect(Math.abs((site?.bytes ?? 0) / truth - 1)).toBeLessThan(0.05);
    // What only the pipeline makes is in the trail now: nothing is left to be built.
    expect(await planned()).toMatchObject({ built: true, draft: false });
  });

  test("is judged by the policy, though it is in no trail", async () => {
    await world.commit((copy) => changeFormula(copy, "r5"));
    await world.toRepository("next");
    const settings = "policy-config.json";
    const text = fs.readFileSync(settings, "utf8");
    fs.writeFileSync(settings, text.replace('"2027-12-31"', '"2020-12-31"'));
    try {
      const plan = await planned();
      expect([plan.exitCode, plan.refused?.stage]).toEqual([1, "policy"]);
      expect(plan.refused?.why).toMatch(/^partners: partner-encrypted: (?!.*release-)/);
    } finally {
      fs.writeFileSync(settings, text);
    }
  });

  test("says so when it can't be built, and builds nothing when it is told not to", async () => {
    await world.commit((copy) => {
      changeFormula(copy, "r6");
      fs.appendFileSync(path.join(copy, "Dockerfile"), "COPY nowhere.txt ./\n");
      return "a file that is not there";
    });
    await world.toRepository("next");
    const before = await leftovers();
    const plan = await planned();
    expect([plan.exitCode, plan.draft, plan.refused?.stage]).toEqual([1, false, "build"]);
    expect(plan.refused?.why).toMatch(/^It can't be built: .*nowhere\.txt/);
    expect(plan.targets["onprem/anchorage"]).toEqual({ answers: "ready" });
    // What an engine without BuildKit has built until there it keeps for the next try.
    const [entries, , ...others] = await leftovers();
    expect([entries, ...others]).toEqual([before[0], ...before.slice(2)]);
    expect(await planned("--no-build")).toMatchObject({ exitCode: 0, built: false, draft: false });
  });
});

test("a dry run says what would be done, target by target, and does nothing", async () => {
  const before = [trail.entries().length, ...(await whatIsThere())];
  const plan = await rollback("--dry-run");
  expect([plan.exitCode, plan.refused, plan.dryRun]).toEqual([0, undefined, true]);
  expect(Object.values(plan.moves)).toEqual(Object.keys(plan.moves).map(() => ({ from: current, to: old })));
  const { size } = releaseOf(trail.entries(), old ?? "")?.bundle ?? {};
  const ready = { answers: "ready", release: current, changes: expect.any(Array) };
  expect(plan.targets).toEqual({
    "cloud-docker/cloud-docker": { ...ready, kept: true, bytes: 0 },
    "partners/usgs": { ...ready, kept: false, bytes: size },
    "partners/noaa": { ...ready, kept: false, bytes: size },
    "partners/fema": { ...ready, kept: false, bytes: size },
  });
  const ops = (id: TargetId) => plan.targets[id]?.changes?.map(({ op, name }) => `${op} ${name}`);
  expect(ops("partners/usgs")).toEqual(["update usgs-intent", "update usgs-drop", "update usgs-receipt"]);
  expect(ops("cloud-docker/cloud-docker")).toContain("update cloud-docker-swap");
  expect(plan.seconds).toBeGreaterThan(0);
  expect([trail.entries().length, ...(await whatIsThere())]).toEqual(before);
});

test("what a target can't be given any more refuses all of it, before anything is touched", async () => {
  const before = await whatIsThere();
  const release = releaseOf(trail.entries(), old ?? "");
  if (release === undefined) throw new Error("the trail has no such release");
  const file = directoryBlobs(inLab("trail")).pathOf(release.bundle.sha256);
  fs.renameSync(file, `${file}.away`);
  const revisions = inLab("registry/data/docker/registry/v2/repositories/flood-formula/_manifests/revisions");
  const manifest = path.join(revisions, "sha256", release.image.replace(/^.*@sha256:/, ""));
  fs.renameSync(manifest, `${manifest}.away`);
  const env = { DOCKER_HOST: `unix://${cloudDocker.socket}` };
  // Its container stays, and keeps the layers: by its name the image is gone.
  await execa("docker", ["image", "rm", "-f", release.image], { env });
  try {
    const result = await rollback();
    expect([result.exitCode, result.targets, result.refused?.stage]).toEqual([1, {}, "artefacts"]);
    expect(result.refused?.why).toMatch(
      /^cloud-docker can't get the image of \w+: The registry does not give /,
    );
    expect(result.refused?.why).toMatch(
      /; usgs can't get the bundle of \w+: it is not beside the trail any more/,
    );
    expect(trail.entries().at(-2)?.body).toMatchObject({ type: "refusal", stage: "artefacts" });
    expect(await whatIsThere()).toEqual(before);
  } finally {
    fs.renameSync(`${file}.away`, file);
    fs.renameSync(`${manifest}.away`, manifest);
  }
});

test("what a docker host had kept, and somebody removed, is made anew by the rollback itself", async () => {
  const env = { DOCKER_HOST: `unix://${cloudDocker.socket}` };
  const list = ["ps", "-aq", "--filter", "label=hms.role=app", "--filter", "status=exited"];
  const kept = (await execa("docker", list, { env })).stdout.split("\n");
  expect(kept).toEqual([expect.stringMatching(/./)]);
  await execa("docker", ["rm", ...kept], { env });
  const before = trail.entries().length;
  const result = await rollback();
  expect([result.exitCode, result.refused, world.states(result)["cloud-docker/cloud-docker"]]).toEqual([
    0,
    undefined,
    "current",
  ]);
  expect((await world.formulas())["docker"]).toBe("r3");
  const since = trail.entries().slice(before);
  expect(since.filter(({ body }) => body.type === "drift" || body.type === "refusal")).toEqual([]);
});

test("what may not come back by a run may when somebody says why", async () => {
  const again = await world.hms("pipeline", "run", "--stacks", stacks);
  expect([again.exitCode, again.stderr + again.stdout]).toEqual([
    1,
    expect.stringContaining("was rolled back (look first)"),
  ]);

  const back = ["--to", current ?? ""];
  const plan = await rollback("--dry-run", ...back);
  const lifts = { tag: current, rolledBack: "look first" };
  expect([plan.exitCode, plan.refused, plan.lifts]).toEqual([0, undefined, lifts]);
  const partly = await rollback("--dry-run", "--target", "partners", ...back);
  expect([partly.exitCode, partly.lifts, partly.refused?.stage]).toEqual([1, undefined, "policy"]);

  const lifted = await world.hms("release", "unquarantine", current ?? "", "--reason", "the gauge was wrong");
  expect(lifted.stdout).toBe(`${current ?? ""} may ship again. It was rolled back: look first.`);
  expect((await world.hms("pipeline", "run", "--stacks", stacks)).exitCode).toBe(0);
  expect((await world.formulas())["docker"]).toBe("r4");
});

describe("a stack that its settings pin", () => {
  const file = path.join(projectFolder, "Pulumi.partners.yaml");
  const settings = fs.readFileSync(file, "utf8");
  let pinned = "";
  const rows = async () => {
    const { stdout } = await world.hms("pipeline", "status", "--stacks", stacks, "--json");
    return (JSON.parse(stdout) as Status).targets;
  };

  beforeAll(async () => {
    pinned = (await rows()).find(({ target }) => target === "partners/usgs")?.release ?? "";
    fs.writeFileSync(file, settings.replace("hms:release: current", `hms:release: "${pinned}"`));
  });
  afterAll(() => {
    fs.writeFileSync(file, settings);
  });

  test("keeps its release in a run, which ships to the others and says so", async () => {
    const before = world.bundles();
    const result = await world.ship((copy) => changeFormula(copy, "r5"), stacks);
    const kept = { state: "current", tag: pinned };
    expect(result).toMatchObject({
      exitCode: 0,
      targets: {
        "cloud-docker/cloud-docker": { state: "current", tag: result.tag },
        ...{ "partners/usgs": kept, "partners/noaa": kept, "partners/fema": kept },
      },
    });
    expect((await world.formulas())["docker"]).toBe("r5");
    expect(world.bundles()).toEqual(before);
    const { stdout } = await world.hms("pipeline", "watch");
    expect(stdout).toContain(`partners keeps ${pinned}: its settings say so (hms:release)`);
  });

  test("should run what it is pinned to, says the status", async () => {
    const partners = (await rows()).filter(({ target }) => target.startsWith("partners/"));
    expect(partners.map(({ desired, state }) => [desired, state])).toEqual(
      partners.map(() => [pinned, "current"]),
    );
  });

  test("refuses a rollback, before anything is touched", async () => {
    const before = [trail.entries().length, ...(await whatIsThere())];
    const done = await world.hms(
      "pipeline",
      "rollback",
      "--reason",
      "try",
      "--stacks",
      stacks,
      "--to",
      old ?? "",
    );
    expect([done.exitCode, done.stderr]).toEqual([
      1,
      expect.stringContaining(`Pulumi.partners.yaml pins partners to ${pinned} (hms:release).`),
    ]);
    expect([trail.entries().length, ...(await whatIsThere())]).toEqual(before);
  });

  test("gets what the others have by the next run after its pin was taken away", async () => {
    fs.writeFileSync(file, settings);
    expect((await world.hms("pipeline", "run", "--stacks", stacks)).exitCode).toBe(0);
    expect(new Set((await rows()).map(({ release }) => release)).size).toBe(1);
  });
});
