/** The files behind a release: whether a gate sees that they are no longer what was signed. */
import { generateKeyPairSync } from "node:crypto";
import fs from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Release } from "../../core/release";
import { provenanceOf, sbomsOf } from "../../core/provenance";
import { open } from "../../core/dsse";
import type { Statement } from "../../core/statement";
import { attest } from "../../store/attest";
import { directoryBlobs } from "../../store/blobs";
import { provenanceAltered, reportAltered, whyRefused } from "../../store/evidence";
import { directoryTrail } from "../../store/trail";
import { addRelease, aReleaseOfTheTrail } from "../components/released";
import { aRecipe, someBuildFacts } from "../fixtures";

const again = "Put it back from a copy of the trail, or ship a new commit.";
const blob = (digest: string): string =>
  directoryBlobs(process.env["HMS_TRAIL"] ?? "").pathOf(digest.replace("sha256:", ""));
const readProvenance = (of: Release): Statement =>
  JSON.parse(open(fs.readFileSync(blob(of.provenance), "utf8")).payload) as Statement;

let release: Release;
beforeEach(() => {
  release = aReleaseOfTheTrail();
});
afterEach(() => {
  delete process.env["HMS_SIGNING_KEY"];
});

describe("provenance", () => {
  test("that is as it was signed is no reason", () => {
    expect(provenanceAltered(release)).toBeUndefined();
    expect(whyRefused("cloud/main", release)).toBeUndefined();
  });

  test("that is gone, or was edited, stops the release at every target", () => {
    const why = `The provenance of 8e9a12c is missing, or was changed after it was signed. ${again}`;
    const file = blob(release.provenance);
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("ey", "eY"));
    expect(provenanceAltered(release)).toBe(why);
    fs.rmSync(file);
    expect(provenanceAltered(release)).toBe(why);
    expect(whyRefused("cloud/main", release)).toBe(why);
  });

  test("of an unknown key is none", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    process.env["HMS_SIGNING_KEY"] = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const provenance = attest(provenanceOf(release, aRecipe, someBuildFacts));
    expect(provenanceAltered({ ...release, provenance })).toBe(
      `The provenance of 8e9a12c is not signed by a trusted key. ${again}`,
    );
  });

  test("that is no envelope is none", () => {
    const provenance = `sha256:${directoryBlobs(process.env["HMS_TRAIL"] ?? "").put(Buffer.from("{}"))}`;
    expect(provenanceAltered({ ...release, provenance })).toBe(
      `The provenance of 8e9a12c is not signed by a trusted key. ${again}`,
    );
  });

  test("of another release stops it", () => {
    const other = addRelease({ commit: "ab".repeat(20), tag: "abababa" });
    expect(provenanceAltered({ ...release, provenance: other.provenance })).toBe(
      `The provenance of 8e9a12c is of commit abababa. ${again}`,
    );
    const image = `registry.example.gov/flood-formula@sha256:${"66".repeat(32)}`;
    expect(provenanceAltered({ ...release, image })).toBe(
      `The provenance of 8e9a12c is of another image. ${again}`,
    );
    expect(
      provenanceAltered({ ...release, bundle: { sha256: "77".repeat(32), size: 1, signature: "" } }),
    ).toBe(`The provenance of 8e9a12c is of another bundle. ${again}`);
  });

  test("is not whole without its bills of materials", () => {
    const [image] = sbomsOf(readProvenance(release));
    fs.writeFileSync(blob(image?.sha256 ?? ""), "altered");
    expect(provenanceAltered(release)).toBe(
      `The file image.cdx.json of 8e9a12c is missing, or was changed after it was signed. ${again}`,
    );
  });
});

test("a report that says of itself that it is another commit's, or did not pass, is no proof", () => {
  const folder = process.env["HMS_TRAIL"] ?? "";
  const file = directoryBlobs(folder).pathOf(release.report.replace("sha256:", ""));
  const text = fs.readFileSync(file, "utf8");
  const other = (from: string, to: string): string | undefined => {
    const digest = `sha256:${directoryBlobs(folder).put(Buffer.from(text.replace(from, to)))}`;
    const trail = directoryTrail(folder);
    const { body } = trail.entries().find((entry) => entry.body.type === "report") ?? {};
    if (body?.type !== "report") throw new Error("there is no report");
    trail.append({ ...body, digest });
    return reportAltered(trail.entries(), { ...release, report: digest });
  };
  const remedy =
    'Put it back from a copy of the trail, or run "npx hms compliance run 8e9a12c" and build it again.';
  expect(other(release.commit, "ab".repeat(20))).toBe(
    `The report of 8e9a12c is about commit abababa, which passed. ${remedy}`,
  );
  expect(other('"passed":true,"startedAt"', '"passed":false,"startedAt"')).toBe(
    `The report of 8e9a12c is about commit 8e9a12c, which did not pass. ${remedy}`,
  );
});
