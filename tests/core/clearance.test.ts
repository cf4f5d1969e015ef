import { describe, expect, test } from "@jest/globals";
import { isOlder } from "../../core/clearance";
import type { Body, Entry } from "../../core/entry";
import { aRelease } from "../fixtures";

const target = "onprem/anchorage";
const [old, current] = [aRelease({ tag: "0000001" }), aRelease({ tag: "0000002" })];
const desired = (tag: string, cause: Extract<Body, { type: "desired" }>["cause"]): Body => ({
  type: "desired",
  target,
  tag,
  cause,
  run: 3,
});
const before: readonly Body[] = [
  { type: "release", release: old },
  { type: "release", release: current },
  desired(current.tag, "run"),
  { type: "receipt", target, tag: current.tag, receipt: { kind: "nothing" } },
];
const rolledBack: readonly Body[] = [
  {
    type: "rollback-started",
    run: 3,
    reason: "wrong risk",
    everywhere: true,
    targets: [{ target, from: current.tag, to: old.tag }],
  },
  desired(old.tag, "rollback"),
];
const why = (...bodies: readonly Body[]): string | undefined =>
  isOlder(
    [...before, ...bodies].map((body, index) => ({ number: index + 1, body }) as Entry),
    target,
    old,
  );

describe("a release that is older than what the target runs", () => {
  test("may not go there without a word", () => {
    expect(why()).toMatch(/^0000001 is older than 0000002, which onprem\/anchorage runs\. Say why: /);
  });
  test("may by a rollback, also after that failed and the target went back by itself", () => {
    expect(why(...rolledBack)).toBeUndefined();
    expect(why(...rolledBack, desired(current.tag, "restore"))).toBeUndefined();
  });
  test("may not once something newer was wanted since", () => {
    expect(why(...rolledBack, desired(current.tag, "run"))).toMatch(/is older than/);
  });
});
