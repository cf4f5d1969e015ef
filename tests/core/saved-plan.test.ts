import { describe, expect, test } from "@jest/globals";
import { changesSince, planIn, planStatement, type SavedPlan, type World } from "../../core/saved-plan";

const commit = "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a";
const image = `registry.example.gov/flood-formula@sha256:${"41".repeat(32)}`;
const world: World = {
  ...{ service: "flood-formula", trail: "5d0c1f2e3a4b", commit },
  built: { image, bundle: "b5".repeat(32) },
  settings: { build: "1", cloud: "2", onprem: "3" },
  policy: "4",
  targets: {
    "cloud/cloud": { desired: "41c0f3e", answers: "ready", release: "41c0f3e" },
    "onprem/anchorage": { desired: "41c0f3e", answers: "unreachable" },
  },
};
const plan: SavedPlan = {
  ...world,
  ...{ revision: "main", subject: "fix overflow", stacks: ["cloud", "onprem"] },
  ...{ plannedAt: "2026-11-24T10:00:00.000Z", expiresAt: "2026-11-25T10:00:00.000Z" },
};
const soon = Date.parse("2026-11-24T11:00:00.000Z");
const target = (id: "cloud/cloud" | "onprem/anchorage", parts: object): Partial<World> => ({
  targets: { ...world.targets, [id]: { ...world.targets[id], ...parts } },
});

describe("what has changed since a plan", () => {
  test("is nothing when nothing has", () => {
    expect(changesSince(plan, world, soon)).toEqual([]);
  });

  test.each<[string, Partial<World>]>([
    ["main is 0ddba11 now, and was 8e9a12c", { commit: "0ddba11".padEnd(40, "0") }],
    ["8e9a12c is another release now", { built: { image, bundle: "b6".repeat(32) } }],
    ["the settings of onprem have changed", { settings: { ...world.settings, onprem: "5" } }],
    ["the settings of build, cloud have changed", { settings: { onprem: "3" } }],
    ["the policy has changed", { policy: "5" }],
    ["cloud/cloud should have 0ddba11 now, and 41c0f3e then", target("cloud/cloud", { desired: "0ddba11" })],
    ["cloud/cloud has 0ddba11 now, and had 41c0f3e", target("cloud/cloud", { release: "0ddba11" })],
    [
      "cloud/cloud has no release of ours now, and had 41c0f3e",
      target("cloud/cloud", { release: undefined }),
    ],
    ["cloud/cloud is unreachable now", target("cloud/cloud", { answers: "unreachable", release: undefined })],
    ["cloud/cloud is refused now", target("cloud/cloud", { answers: "refused", release: undefined })],
    [
      "onprem/anchorage should have nothing now, and 41c0f3e then",
      target("onprem/anchorage", { desired: undefined }),
    ],
    [
      "onprem/anchorage is no target any more",
      { targets: { "cloud/cloud": world.targets["cloud/cloud"] ?? { answers: "ready" } } },
    ],
    ["it is about flood-formula, and this is fire-formula", { service: "fire-formula" }],
    ["it is about another trail", { trail: "other" }],
  ])("%s", (sentence, parts) => {
    expect(changesSince(plan, { ...world, ...parts }, soon)).toEqual([sentence]);
  });

  test("is that it was built, or is built no more", () => {
    const without = <T extends object>(facts: T): T => ({ ...facts, built: undefined });
    expect(changesSince(without(plan), world, soon)).toEqual(["8e9a12c was built meanwhile"]);
    expect(changesSince(plan, without(world), soon)).toEqual([
      "the trail has no release of 8e9a12c any more",
    ]);
  });

  test("is its time", () => {
    expect(changesSince(plan, world, Date.parse(plan.expiresAt))).toEqual([
      "it was good until 2026-11-25T10:00:00.000Z",
    ]);
  });

  test("is not that a target is back: the plan says that it takes the release then", () => {
    const back = target("onprem/anchorage", { answers: "ready", release: "41c0f3e" });
    expect(changesSince(plan, { ...world, ...back }, soon)).toEqual([]);
  });

  test("is all that has, at once", () => {
    const now = { ...world, ...target("cloud/cloud", { desired: "x", release: "x" }), policy: "5" };
    expect(changesSince(plan, now, soon)).toHaveLength(3);
  });
});

test("a plan is a statement about the commit and what is built of it", () => {
  const made = planStatement(plan);
  expect(made).toMatchObject({
    predicateType: "https://hms.example/plan/v1",
    subject: [
      { name: "commit", digest: { gitCommit: commit } },
      { name: "image", digest: { sha256: "41".repeat(32) } },
      { name: "bundle", digest: { sha256: "b5".repeat(32) } },
    ],
  });
  expect(planIn(JSON.stringify(made))).toEqual(plan);
  expect(() => planIn(JSON.stringify({ ...made, predicateType: "https://slsa.dev/provenance/v1" }))).toThrow(
    "a signed statement of another kind (https://slsa.dev/provenance/v1)",
  );
});
