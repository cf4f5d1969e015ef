import { expect, test } from "@jest/globals";
import { healthOf } from "../../core/receipt";

const bundle = { kind: "holds", sha256: "ab".repeat(32), size: 7, since: "" } as const;
const runs = { kind: "runs", image: "sha256:ab", health: "unhealthy", since: "", units: [] } as const;

test("a bundle is whole only when it is one of ours", () => {
  expect([healthOf(bundle, true), healthOf(bundle, false)]).toEqual(["whole", "unknown"]);
});

test("what runs says itself how it is, and nothing is nothing", () => {
  expect([healthOf(runs, true), healthOf({ kind: "nothing" }, false)]).toEqual(["unhealthy", "nothing"]);
});
