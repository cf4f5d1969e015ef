import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { pickFiles } from "../../components/bundle/zip";
import { scanPaths } from "../../compliance/content";
import { filesChanged, refuseExportSubst } from "../../store/changes";
import { type Commit, exportCommit, resolveCommit } from "../../store/source";
import { folderWith, remove } from "../compliance/folder";
import { ssn } from "../compliance/numbers";

let repository = "";
let exported = "";
beforeEach(async () => {
  repository = folderWith({});
  exported = "";
  await git("init", "--quiet", "--initial-branch=main");
});
afterEach(() => {
  remove(repository);
  if (exported !== "") remove(exported);
});

const git = (...args: string[]) =>
  execa("git", ["-C", repository, "-c", "user.name=T", "-c", "user.email=t@a.example", ...args]);

/** Commits these files; an undefined one is removed. */
async function commit(files: Record<string, string | undefined>): Promise<Commit> {
  for (const [file, text] of Object.entries(files)) {
    const place = path.join(repository, file);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    if (text === undefined) fs.rmSync(place);
    else fs.writeFileSync(place, text);
  }
  await git("add", "--all", "--force");
  await git("commit", "--quiet", "-m", "Next");
  return resolveCommit(repository, "main");
}

describe("the files that a commit changes", () => {
  test("are those that differ, with those that are gone or moved", async () => {
    const first = await commit({ "a.txt": "a\n", "b é.txt": "b\n", "sub/c.txt": "c\n" });
    const second = await commit({ "a.txt": undefined, "moved.txt": "a\n", "b é.txt": "b2\n" });
    expect(await filesChanged(repository, second, first.commit)).toEqual(["a.txt", "b é.txt", "moved.txt"]);
    expect(await filesChanged(repository, second, second.commit)).toEqual([]);
  });

  test("are all, when there is no earlier commit, or the repository has lost it", async () => {
    const only = await commit({ "a.txt": "a", "sub/c.txt": "c" });
    expect(await filesChanged(repository, only)).toEqual(["a.txt", "sub/c.txt"]);
    expect(await filesChanged(repository, only, "8e9a12c0".repeat(5))).toEqual(["a.txt", "sub/c.txt"]);
  });
});

describe("a commit that changes what an export holds", () => {
  test.each([
    [".gitattributes", "*.js export-subst\n"],
    ["sub/.gitattributes", '# ours\n"a#b" text export-subst\n'],
    [".gitattributes", "[attr]ours export-subst\n"],
  ])("is refused for export-subst: %s", async (file, text) => {
    const bad = await commit({ [file]: text });
    await expect(refuseExportSubst(repository, bad)).rejects.toThrow(
      `${file} sets export-subst, so files would change as they are exported. Remove it: what is tested must be what was committed.`,
    );
  });

  test.each(["*.js -export-subst\n", "# a export-subst\n", "*.js export-ignore\n"])(
    "is not: %j",
    async (text) => {
      await expect(
        refuseExportSubst(repository, await commit({ ".gitattributes": text })),
      ).resolves.toBeUndefined();
    },
  );

  test("hides nothing: what is not scanned for export-ignore does not ship either", async () => {
    const hiding = await commit({
      ".gitattributes": "rules/secret.json export-ignore\n",
      "rules/secret.json": ssn(),
      "rules/flood.json": "{}",
    });
    exported = (await exportCommit(repository, hiding)).folder;
    const { findings, files } = await scanPaths([exported]);
    expect([findings, files]).toEqual([[], 2]);
    // The folder that was scanned is the one that the image and the bundle are made of.
    expect(fs.readdirSync(exported, { recursive: true }).sort()).toEqual([
      ".gitattributes",
      "rules",
      "rules/flood.json",
    ]);
    expect(pickFiles(exported, ["rules/**"]).map(({ name }) => name)).toEqual(["rules/flood.json"]);
  });

  test.each([".gitignore", ".secretlintignore", ".ignore", ".dockerignore"])(
    "does not hide a file from the scan by %s",
    async (ignoring) => {
      const hiding = await commit({ [ignoring]: "*\n", "rules/secret.json": ssn() });
      exported = (await exportCommit(repository, hiding)).folder;
      const { findings } = await scanPaths([exported]);
      expect(findings.map(({ file }) => file)).toEqual(["rules/secret.json"]);
    },
  );
});
