/** SLSA provenance, field by field. */
import { describe, expect, test } from "@jest/globals";
import { type Built, provenanceOf, type Recipe, sbomsOf, whyNotProvenance } from "../../core/provenance";
import type { Statement } from "../../core/statement";
import { aRecipe, aRelease, someBuildFacts } from "../fixtures";

const release = aRelease();
const imageSha256 = "41".repeat(32);
const read = (built: Built = release, recipe: Recipe = aRecipe): Statement =>
  JSON.parse(JSON.stringify(provenanceOf(built, recipe, someBuildFacts))) as Statement;

describe("provenance", () => {
  test("is SLSA's predicate, about image and bundle", () => {
    expect(provenanceOf(release, aRecipe, someBuildFacts)).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [
        { name: "registry.example.gov/flood-formula", digest: { sha256: imageSha256 } },
        { name: "bundle.zip", digest: { sha256: release.bundle.sha256 } },
      ],
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: {
        buildDefinition: {
          buildType: "https://hms.example/build/v1",
          externalParameters: {
            repository: aRecipe.repository,
            commit: release.commit,
            build: { context: ".", dockerfile: "Dockerfile" },
            bundle: ["formula.js", "rules/**"],
          },
          internalParameters: { args: aRecipe.args, platform: "linux/amd64" },
          resolvedDependencies: [
            { uri: `git+${aRecipe.repository}@${release.commit}`, digest: { gitCommit: release.commit } },
            { name: "flood-formula.tar", digest: { sha256: "5c".repeat(32) } },
            { uri: "docker://registry.example.gov/node:24", digest: { sha256: "ba".repeat(32) } },
          ],
        },
        runDetails: {
          builder: { id: "https://hms.example/builder/v1", version: { hms: "0.1.0" } },
          metadata: {
            invocationId: "run 142 of 2026-11-23T10:00:00.000Z",
            startedOn: "2026-11-23T10:00:00.000Z",
            finishedOn: "2026-11-23T10:00:09.000Z",
          },
          byproducts: [
            {
              name: "image.cdx.json",
              digest: { sha256: "51".repeat(32) },
              mediaType: "application/vnd.cyclonedx+json",
            },
            {
              name: "bundle.cdx.json",
              digest: { sha256: "5b".repeat(32) },
              mediaType: "application/vnd.cyclonedx+json",
            },
          ],
        },
      },
    });
  });

  test("says no more of a run or a base image than is known", () => {
    const { source, sboms, finishedAt, versions } = someBuildFacts;
    const facts = { source, sboms, finishedAt, versions, bases: [{ image: "a.example/b:1" }] };
    const { predicate } = provenanceOf(release, aRecipe, facts);
    expect(predicate.runDetails.metadata).toEqual({ finishedOn: finishedAt });
    expect(predicate.buildDefinition.resolvedDependencies[2]).toEqual({ uri: "docker://a.example/b:1" });
  });

  test.each([
    ["https://token@git.example/a.git", "https://git.example/a.git"],
    ["https://user:secret@git.example/a.git", "https://git.example/a.git"],
    ["ssh://git:secret@git.example/a.git", "ssh://git@git.example/a.git"],
    ["git@git.example:a.git", "git@git.example:a.git"],
    ["/srv/git/a.git", "/srv/git/a.git"],
  ])("holds no password of %s", (repository, shown) => {
    const { externalParameters } = provenanceOf(release, { ...aRecipe, repository }, someBuildFacts).predicate
      .buildDefinition;
    expect(externalParameters["repository"]).toBe(shown);
    expect(JSON.stringify(read(release, { ...aRecipe, repository }))).not.toMatch(/secret|token/);
  });
});

describe("a statement", () => {
  test("is the provenance of its own release alone", () => {
    expect(whyNotProvenance(read(), release)).toBeUndefined();
    const image = `registry.example.gov/flood-formula@sha256:${"66".repeat(32)}`;
    expect(whyNotProvenance(read({ ...release, image }), release)).toBe("is of another image");
    const bundle = { sha256: "77".repeat(32), size: 1, signature: "" };
    expect(whyNotProvenance(read({ ...release, bundle }), release)).toBe("is of another bundle");
    expect(whyNotProvenance(read({ ...release, commit: "ab".repeat(20) }), release)).toBe(
      "is of commit abababa",
    );
  });
  test("of another type is none", () => {
    expect(whyNotProvenance({ ...read(), predicateType: "https://example.gov/x" }, release)).toBe(
      "is a statement of type https://example.gov/x",
    );
  });
  test("names its bills of materials", () => {
    expect(sbomsOf(read())).toEqual([
      { name: "image.cdx.json", sha256: "51".repeat(32) },
      { name: "bundle.cdx.json", sha256: "5b".repeat(32) },
    ]);
  });
});
