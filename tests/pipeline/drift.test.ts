/** What drift and status print for people. */
import { expect, test } from "@jest/globals";
import { formatDrift } from "../../pipeline/drift";
import { formatStatus } from "../../pipeline/status";

test("drift is a table: what each target should have, what it has, and how it differs", () => {
  const targets = [
    { target: "cloud/cloud", desired: "v2", release: "v2", found: "same" },
    { target: "partners/usgs", desired: "v2", found: "gone", why: "the bundle is gone: it should have v2" },
  ] as const;
  expect(formatDrift({ targets, updating: false }).split("\n")).toEqual([
    "TARGET         SHOULD  HAS  FOUND  WHY",
    "cloud/cloud    v2      v2   same",
    "partners/usgs  v2      -    gone   the bundle is gone: it should have v2",
  ]);
  expect(formatDrift({ targets, updating: true })).toMatch(/\nA run is going on: .*\.$/);
});

test("status says of a stale target since when, how often, when it was last seen, and why", () => {
  const row = { target: "onprem/anchorage", desired: "v2", release: "v1", state: "stale" } as const;
  const stale = {
    staleSince: "2026-11-23T10:00:00.000Z",
    staleBecause: "unreachable: no route",
    tries: 2,
    lastSeen: "2026-11-23T09:00:00.000Z",
  };
  const said = (health: string, why: string): string =>
    formatStatus({
      time: "2026-11-23T13:00:00.000Z",
      targets: [{ ...row, ...stale, health, why }],
    }).split("\n")[1] ?? "";
  const facts = "stale for 3 h, 2 tries, last seen 2026-11-23T09:00:00Z; unreachable: no route";
  expect(said("unreachable", stale.staleBecause)).toMatch(new RegExp(` unreachable +${facts}$`));
  expect(said("healthy", "it should have v2")).toMatch(
    new RegExp(` healthy +${facts}\\. It answers again: it should have v2$`),
  );
});
