/** Values that tests have in common. */
import type { BuildFacts, Recipe } from "../core/provenance";
import type { Release } from "../core/release";

/** A release, with what a test is about set in it. */
export function aRelease(parts: Partial<Release> = {}): Release {
  const commit = "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a";
  return {
    tag: commit.slice(0, 7),
    commit,
    tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    subject: "Fix overflow",
    service: "flood-formula",
    image: `registry.example.gov/flood-formula@sha256:${"41".repeat(32)}`,
    imageId: `sha256:${"1d".repeat(32)}`,
    bundle: { sha256: "b5".repeat(32), size: 1234, signature: "YnVuZGxl" },
    report: `sha256:${"4e".repeat(32)}`,
    provenance: `sha256:${"9c".repeat(32)}`,
    manifest: { sha256: "3a".repeat(32), signature: "c2lnbmVk" },
    ...parts,
  };
}

/** What {@link aRelease} is built from. */
export const aRecipe: Recipe = {
  repository: "https://git.agency.example/flood-formula.git",
  committedAt: 1795392000,
  context: ".",
  dockerfile: "Dockerfile",
  bundle: ["formula.js", "rules/**"],
  args: { BASE: "registry.example.gov/node:24" },
  platform: "linux/amd64",
};

/** What is found out while {@link aRelease} is built. */
export const someBuildFacts: BuildFacts = {
  source: "5c".repeat(32),
  bases: [{ image: "registry.example.gov/node:24", sha256: "ba".repeat(32) }],
  sboms: { image: "51".repeat(32), bundle: "5b".repeat(32) },
  run: { number: 142, startedAt: "2026-11-23T10:00:00.000Z" },
  finishedAt: "2026-11-23T10:00:09.000Z",
  versions: { hms: "0.1.0" },
};
