import { expect, test } from "@jest/globals";
import type { Receipt } from "../../core/receipt";
import type { Probe } from "../../core/target";
import { askSettled } from "../../probe/settled";
import { aRelease } from "../fixtures";

const release = aRelease();
const probe = { kind: "docker" } as Probe;
const runs = (health: "healthy" | "unhealthy", image = release.imageId): Receipt => ({
  kind: "runs",
  image,
  health,
  since: "2026-11-23T10:00:00Z",
  units: ["flood-formula-1"],
});
const quick = { times: 3, pauseMilliseconds: 0 };

/** A target that says one thing after the other, and how often it was asked. */
function target(...says: Receipt[]) {
  let asked = 0;
  const ask = (): Promise<Receipt> => Promise.resolve(says[Math.min(asked++, says.length - 1)] as Receipt);
  return { ask, asked: () => asked };
}

test("a release that is well is told at once", async () => {
  const { ask, asked } = target(runs("healthy"));
  expect(await askSettled(probe, release, quick, ask)).toEqual(runs("healthy"));
  expect(asked()).toBe(1);
});

test("a moment in which its health was missed is no failure", async () => {
  const { ask, asked } = target(runs("unhealthy"), runs("healthy", "sha256:old"), runs("healthy"));
  expect(await askSettled(probe, release, quick, ask)).toEqual(runs("healthy"));
  expect(asked()).toBe(3);
});

test("what stays unwell is told as it is", async () => {
  const { ask, asked } = target(runs("unhealthy"));
  expect(await askSettled(probe, release, quick, ask)).toEqual(runs("unhealthy"));
  expect(asked()).toBe(3);
});

test.each<Receipt>([
  { kind: "nothing" },
  { kind: "holds", sha256: "66".repeat(32), size: 1, since: "2026-11-23T10:00:00Z" },
])("%j does not settle, and is asked for once", async (receipt) => {
  const { ask, asked } = target(receipt);
  expect(await askSettled(probe, release, quick, ask)).toEqual(receipt);
  expect(asked()).toBe(1);
});
