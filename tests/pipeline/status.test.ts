/** What status prints for people. */
import { describe, expect, test } from "@jest/globals";
import { formatStatus, type Printed } from "../../pipeline/status";

const time = "2026-11-23T13:00:00.000Z";
const stale = {
  staleSince: "2026-11-23T10:00:00.000Z",
  staleBecause: "unreachable: no route",
  tries: 2,
  lastSeen: "2026-11-23T09:00:00.000Z",
};
const status: Printed = {
  time,
  targets: [
    {
      ...{ target: "cloud/cloud", desired: "8e9a12c", release: "8e9a12c", state: "current" },
      ...{
        commit: "8e9a12c0ffee5e7a2b30",
        health: "healthy",
        ageSeconds: 300,
        lastSeen: "2026-11-23T13:00:00.400Z",
      },
    },
    {
      ...{ target: "onprem/anchorage", desired: "8e9a12c", release: "41c0f3e", state: "stale" },
      ...{ health: "unreachable", why: stale.staleBecause, ...stale },
    },
  ],
  runs: [
    {
      ...{ run: 143, subject: "wider gauges", time: "2026-11-23T12:59:50.000Z" },
    },
    {
      ...{ run: 142, subject: "fix overflow", time: "2026-11-23T12:50:00.000Z", exitCode: 3 },
      stages: { compliance: 2.1, build: 5.5, preview: 1.2, update: 61 },
      budget: {
        ...{ minutes: 60, from: "2026-11-23T12:49:00.000Z", usedSeconds: 660, kept: false },
        missing: ["onprem/anchorage"],
      },
    },
  ],
  queue: [{ commit: "0ddba11c3f4b", at: "2026-11-23T12:59:30.000Z", urgent: true }],
};

describe("status", () => {
  test("is a table: what each target should run and runs, its health, since when, when it was seen, and why it is stale", () => {
    const [targets] = formatStatus(status).split("\n\n");
    expect(targets?.split("\n")).toEqual([
      "TARGET            RELEASE  COMMIT        SHOULD RUN  AGE    LAST SEEN  HEALTH       STATE",
      "cloud/cloud       8e9a12c  8e9a12c0ffee  8e9a12c     5 min  now        healthy      current",
      "onprem/anchorage  41c0f3e  -             8e9a12c     -      4 h ago    unreachable  stale for 3 h, 2 tries, last seen 2026-11-23T09:00:00Z; unreachable: no route",
    ]);
  });

  test("has the newest runs, with the time of each stage and what of the hour was used, and what waits", () => {
    const [, runs, queue] = formatStatus(status).split("\n\n");
    expect(runs?.split("\n")).toEqual([
      "RUN   BEGAN       EXIT  STAGES                                                FROM PUSH TO LAST RECEIPT              WHAT",
      "#143  10 s ago    -     -                                                     -                                      wider gauges",
      "#142  10 min ago  3     compliance 2 s, build 5 s, preview 1 s, update 1 min  11 of 60 min, not at onprem/anchorage  fix overflow",
    ]);
    expect(queue).toBe("0ddba11 waits for a run, since 30 s, urgent");
  });

  test("fits on a narrow terminal: a block for each row", () => {
    const text = formatStatus(status, 80);
    expect(text.split("\n").slice(0, 8)).toEqual([
      "cloud/cloud",
      "  release     8e9a12c",
      "  commit      8e9a12c0ffee",
      "  should run  8e9a12c",
      "  age         5 min",
      "  last seen   now",
      "  health      healthy",
      "  state       current",
    ]);
    expect(text).toContain("\n\n#143\n  began                      10 s ago\n");
    expect(text).not.toContain("TARGET");
  });

  test("stays a table where it fits", () => {
    const [first] = status.targets;
    const rows = formatStatus({ time, targets: first === undefined ? [] : [first] }, 90).split("\n");
    expect(rows).toEqual([
      "TARGET       RELEASE  COMMIT        SHOULD RUN  AGE    LAST SEEN  HEALTH   STATE",
      "cloud/cloud  8e9a12c  8e9a12c0ffee  8e9a12c     5 min  now        healthy  current",
    ]);
  });
});
