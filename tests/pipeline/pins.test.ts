import { expect, test } from "@jest/globals";
import { UserError } from "../../core/errors";
import { requireNotPinned, shippedTo } from "../../pipeline/pins";
import type { OpenStack } from "../../pipeline/stack";

const stack = (name: string, release: string): OpenStack =>
  ({
    name,
    settings: { role: "partners", release, partners: [{ name: "usgs" }, { name: "noaa" }] },
  }) as unknown as OpenStack;

const stacks = [stack("partners", "current"), stack("pilots", "v1")];

test("what is shipped to all does not reach a stack that is pinned to another release", () => {
  expect(Object.fromEntries(shippedTo(stacks, "v2"))).toEqual({
    "partners/usgs": "v2",
    "partners/noaa": "v2",
    "pilots/usgs": "v1",
    "pilots/noaa": "v1",
  });
});

test("a rollback of what is pinned to another release is refused, with what to do", () => {
  expect(() => {
    requireNotPinned(stacks, new Map([["pilots/usgs", "v0"]]));
  }).toThrow(
    new UserError(
      'Pulumi.pilots.yaml pins pilots to v1 (hms:release). Run "pulumi config set hms:release current -s pilots", ' +
        "or name the other stacks with --stacks.",
    ),
  );
});

test.each([
  ["of other targets", "partners/usgs", "v0"],
  ["to what it is pinned to", "pilots/usgs", "v1"],
] as const)("a rollback %s is not", (_, target, tag) => {
  requireNotPinned(stacks, new Map([[target, tag]]));
});
