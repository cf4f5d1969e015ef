/** Values that tests have in common. */
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
    bundle: { sha256: "b5".repeat(32), size: 1234 },
    report: `sha256:${"4e".repeat(32)}`,
    manifest: { sha256: "3a".repeat(32), signature: "c2lnbmVk" },
    ...parts,
  };
}
