import { expect, test } from "@jest/globals";
import type { Body, Entry } from "../../core/entry";
import { releasesIn } from "../../core/releases";
import { formatReleases } from "../../pipeline/releases";
import { aRelease } from "../fixtures";

const entriesOf = (...bodies: Body[]): Entry[] =>
  bodies.map((body, index) => ({
    number: index + 1,
    previous: "0".repeat(64),
    time: `2026-11-26T10:0${String(index)}:00.000Z`,
    by: "test@here",
    body,
  }));
const made = (tag: string, subject: string, run?: number): Body => ({
  type: "release",
  release: aRelease({ tag, subject }),
  ...(run !== undefined && { run }),
});
const receipt = (target: `${string}/${string}`, tag: string): Body => ({
  type: "receipt",
  target,
  tag,
  receipt: { kind: "nothing" },
});

test("releases are listed newest first, with the targets that said last that they have them", () => {
  const entries = entriesOf(
    made("1111111", "one", 1),
    receipt("onprem/anchorage", "1111111"),
    receipt("cloud/cloud", "1111111"),
    made("2222222", "two"),
    receipt("cloud/cloud", "2222222"),
    {
      type: "rollback-started",
      run: 3,
      reason: "wrong risk",
      everywhere: true,
      targets: [{ target: "cloud/cloud", from: "2222222", to: "1111111" }],
    },
  );
  const found = releasesIn(entries);
  expect(found).toMatchObject([
    { tag: "2222222", targets: ["cloud/cloud"], quarantined: "wrong risk" },
    { tag: "1111111", run: 1, targets: ["onprem/anchorage"] },
  ]);
  expect(formatReleases(found).split("\n")).toEqual([
    "RELEASE  MADE (UTC)        LAST SEEN AT      SUBJECT",
    "2222222  2026-11-26 10:03  cloud/cloud       (rolled back: wrong risk) two",
    "1111111  2026-11-26 10:00  onprem/anchorage  one",
  ]);
});

test("a trail without releases says how one is made", () => {
  expect(formatReleases([])).toBe('There is no release yet. "npx hms pipeline run" makes one.');
});
