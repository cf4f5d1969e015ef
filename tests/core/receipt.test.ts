import { expect, test } from "@jest/globals";
import { describe, healthOf, isHealthy, isOf } from "../../core/receipt";

const bundle = { kind: "holds", sha256: "ab".repeat(32), size: 7, since: "" } as const;
const runs = { kind: "runs", image: "sha256:ab", health: "unhealthy", since: "", units: [] } as const;

test("a bundle is whole only when it is one of ours", () => {
  expect([healthOf(bundle, true), healthOf(bundle, false)]).toEqual(["whole", "unknown"]);
});

test("a bundle that the partner has taken is as good as one that lies there", () => {
  const taken = { kind: "taken", sha256: "ab".repeat(32), since: "2026-11-26T10:00:00.000Z" } as const;
  const release = { image: "i", imageId: "i", bundle: { sha256: "ab".repeat(32) } };
  expect([isOf(taken, release), isOf(taken, { ...release, bundle: { sha256: "cd" } })]).toEqual([
    true,
    false,
  ]);
  expect([isHealthy(taken), healthOf(taken, true)]).toEqual([true, "taken"]);
  expect(describe(taken)).toBe(
    "was given a bundle, sha256:abababababab, at 2026-11-26T10:00:00.000Z, and has taken it",
  );
});

test("what runs says itself how it is, and nothing is nothing", () => {
  expect([healthOf(runs, true), healthOf({ kind: "nothing" }, false)]).toEqual(["unhealthy", "nothing"]);
});
