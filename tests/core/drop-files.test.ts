import { describe, expect, test } from "@jest/globals";
import { fileNameOf, isFileName, isLeftover, isVersioned } from "../../core/drop-files";
import { aRelease } from "../fixtures";

describe("a file name", () => {
  test.each(["bundle.zip", "flood-{tag}.zip", "{commit}", "{date}_{tag}.zip", "A1"])("may be %s", (name) => {
    expect(isFileName(name)).toBe(true);
  });

  test.each([
    "",
    ".bundle.zip",
    "../bundle.zip",
    "a/b.zip",
    "a b.zip",
    "{run}.zip",
    "a{tag",
    "a}.zip",
    "-a.zip",
    "a\r\nDELE b",
    "bündel.zip",
  ])("can't be %j", (name) => {
    expect(isFileName(name)).toBe(false);
  });

  test("holds what it is to say of the release", () => {
    const release = aRelease();
    const made = "2026-11-26T23:59:59.000Z";
    expect(fileNameOf("{date}-{tag}-{tag}.zip", release, made)).toBe("2026-11-26-8e9a12c-8e9a12c.zip");
    expect(fileNameOf("{commit}", release, made)).toBe(release.commit);
    expect(fileNameOf("bundle.zip", release, made)).toBe("bundle.zip");
    expect(["bundle.zip", "{tag}.zip", "{tag}.zip"].map(isVersioned)).toEqual([false, true, true]);
  });
});

describe("what is left of an earlier delivery", () => {
  const release = `.flood-8e9a12c.zip`;
  test.each([
    [".bundle.zip.01234567.part", "bundle.zip"],
    [".bundle.zip.sha256.01234567.part", "bundle.zip"],
    [".bundle.zip.sig.01234567.part", "bundle.zip"],
    [`${release}.01234567.part`, "flood-{tag}.zip"],
    [`${release}.sig.01234567.part`, "flood-{tag}.zip"],
    [".2026-11-26.zip.01234567.part", "{date}.zip"],
  ])("%s is ours", (file, pattern) => {
    expect(isLeftover(file, pattern)).toBe(true);
  });

  test.each([
    ["bundle.zip", "bundle.zip"],
    ["bundle.zip.01234567.part", "bundle.zip"],
    [".bundle.zip.part", "bundle.zip"],
    [".bundle.zip.0123456.part", "bundle.zip"],
    [".bundleXzip.01234567.part", "bundle.zip"],
    [".other.zip.01234567.part", "bundle.zip"],
    [".bundle.zip.01234567.part2", "bundle.zip"],
    ["x.bundle.zip.01234567.part", "bundle.zip"],
    [".bundle.zip.01234567.part\nx", "bundle.zip"],
    [".flood-theirs.zip.01234567.part", "flood-{tag}.zip"],
  ])("%j is not", (file, pattern) => {
    expect(isLeftover(file, pattern)).toBe(false);
  });
});
