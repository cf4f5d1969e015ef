import fs from "node:fs";
import { beforeEach, expect, test } from "@jest/globals";
import type { Release } from "../../../core/release";
import { releaseEvidence } from "../../../policy/rules/release";
import { directoryBlobs } from "../../../store/blobs";
import { aReleaseOfTheTrail } from "../../components/released";
import { type Described, said, unknown, violations } from "../analyzer";

let release: Release;
beforeEach(() => {
  release = aReleaseOfTheTrail();
});

const site = (given: object): Described => ({
  type: "hms:onprem:Site",
  props: { target: "onprem/anchorage", release: given },
});
const blob = (digest: string): string =>
  directoryBlobs(process.env["HMS_TRAIL"] ?? "").pathOf(digest.replace("sha256:", ""));

test("lets a release pass whose files are what was signed", async () => {
  expect(await said(releaseEvidence, site(release))).toEqual([]);
});

test("refuses one whose report was edited, and one whose provenance was", async () => {
  fs.appendFileSync(blob(release.provenance), " ");
  expect(await violations(releaseEvidence, site(release))).toEqual([
    expect.stringMatching(
      /^anchorage: The provenance of 8e9a12c is missing, or was changed after it was signed\./,
    ),
  ]);
  fs.appendFileSync(blob(release.report), " ");
  expect(await violations(releaseEvidence, site(release))).toEqual([
    expect.stringMatching(
      /^anchorage: The report of 8e9a12c is missing, or was changed after it was signed\./,
    ),
  ]);
});

test("refuses what a preview can't know", async () => {
  expect(await said(releaseEvidence, site({ ...release, tag: unknown }))).toMatchObject([
    { level: "mandatory" },
  ]);
});
