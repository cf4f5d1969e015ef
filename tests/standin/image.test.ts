import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { buildQuery, registryAddress } from "../../lab/standin/docker/image/build";
import { contextArchive, contextDigest, goMode } from "../../lab/standin/docker/image/context";
import { Ignore, ignoreLines } from "../../lab/standin/docker/image/ignore";
import { buildOf, registryOf } from "../../lab/standin/docker/image/inputs";
import { imageResource } from "../../lab/standin/docker/image/resource";
import { Docker } from "../../lab/standin/docker/session";
import type { Context } from "../../lab/standin/provider/provider";
import { Secret, unknown, type Values } from "../../lab/standin/provider/values";

let context = "";
let dockerfile = "";

beforeEach(() => {
  context = mkdtempSync(path.join(tmpdir(), "hms-context-"));
  dockerfile = path.join(context, "Dockerfile");
  writeFileSync(dockerfile, "FROM scratch\n", { mode: 0o644 });
  mkdirSync(path.join(context, "sub"));
  writeFileSync(path.join(context, "sub", "b.txt"), "b", { mode: 0o644 });
  writeFileSync(path.join(context, "a.sh"), "a");
  chmodSync(path.join(context, "a.sh"), 0o755);
});

afterEach(() => {
  rmSync(context, { recursive: true });
});

function ignore(...lines: string[]): void {
  writeFileSync(path.join(context, ".dockerignore"), lines.join("\n"));
}

const sha256 = (...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

const record = (name: string, mode: string, content: string) => [
  name,
  mode,
  sha256(content),
  Buffer.from([0]),
];

describe("what a build ignores", () => {
  const ignored = (lines: string[], name: string) => new Ignore(ignoreLines(lines.join("\n"))).ignores(name);

  test.each<[string, string[], string, boolean]>([
    ["a name", ["a"], "a", true],
    ["a name elsewhere", ["a"], "x/a", false],
    ["what lies in a folder", ["a/"], "a/b/c", true],
    ["a leading slash", ["/a"], "a", true],
    ["one star stays in a folder", ["*.md"], "x/y.md", false],
    ["two stars do not", ["**/*.md"], "x/y.md", true],
    ["two stars also mean no folder", ["**/*.md"], "y.md", true],
    ["a question mark", ["a?c"], "abc", true],
    ["a comment", ["# a", "b"], "# a", false],
    ["an exception", ["*.md", "!keep.md"], "keep.md", false],
    ["an exception in an ignored folder", ["docs", "!docs/keep.md"], "docs/keep.md", false],
    ["an exception taken back", ["*.md", "!keep.md", "keep.*"], "keep.md", true],
  ])("%s", (_, lines, name, result) => {
    expect(ignored(lines, name)).toBe(result);
  });
});

describe("the digest of a build", () => {
  test("is made of the Dockerfile and every file, by name, permissions and content", () => {
    ignore("sub", "!sub/b.txt");
    symlinkSync("a.sh", path.join(context, "link"));
    const expected = sha256(
      ...record("Dockerfile", "----------", "FROM scratch\n"),
      ...record(".dockerignore", "-rw-r--r--", "sub\n!sub/b.txt"),
      ...record("Dockerfile", "-rw-r--r--", "FROM scratch\n"),
      ...record("a.sh", "-rwxr-xr-x", "a"),
      ...record("link", "Lrwxrwxrwx", realpathSync(path.join(context, "a.sh"))),
      ...record("sub/b.txt", "-rw-r--r--", "b"),
    );
    expect(contextDigest(context, dockerfile)).toBe(expected.toString("hex"));
  });

  test("changes with a file, but not with one that the build ignores", () => {
    ignore("sub");
    const digest = contextDigest(context, dockerfile);
    writeFileSync(path.join(context, "sub", "b.txt"), "changed");
    expect(contextDigest(context, dockerfile)).toBe(digest);
    chmodSync(path.join(context, "a.sh"), 0o644);
    expect(contextDigest(context, dockerfile)).not.toBe(digest);
  });

  test.each<[string, number, string]>([
    ["a file", 0o640, "-rw-r-----"],
    ["one that runs as its owner", 0o4755, "urwxr-xr-x"],
    ["a sticky one", 0o1777, "trwxrwxrwx"],
  ])("permissions of %s are written as Go does", (_, mode, written) => {
    const no = () => false;
    expect(goMode({ mode, isSymbolicLink: no, isFIFO: no, isSocket: no })).toBe(written);
  });
});

test("the archive holds what the build sees, and the Dockerfile even if it is ignored", async () => {
  ignore("Dockerfile", "sub", ".dockerignore");
  symlinkSync("a.sh", path.join(context, "link"));
  const archive = await buffer(contextArchive(context, dockerfile));
  const names = execFileSync("tar", ["-tf", "-"], { input: archive }).toString().trim().split("\n");
  expect(names).toEqual([".dockerignore", "Dockerfile", "a.sh", "link"]);
});

describe("a build's inputs", () => {
  test("leave out the context and the Dockerfile in it", () => {
    expect(buildOf({})).toMatchObject({ context: ".", dockerfile: "Dockerfile", builder: "2" });
    expect(buildOf({ build: { context: "app", builderVersion: "BuilderV1" } })).toMatchObject({
      dockerfile: "app/Dockerfile",
      builder: "1",
    });
    expect(() => buildOf({ build: { builderVersion: "3" } })).toThrow("invalid Docker Builder version");
  });

  test("become the engine's query", () => {
    const build = buildOf({
      build: { context: "app", args: { A: "b" }, platform: "linux/arm64", target: "run" },
    });
    const query = buildQuery({ name: "r/a:v1", build, registry: registryOf({}), push: true });
    expect(query).toMatchObject({
      t: "r/a:v1",
      version: "2",
      dockerfile: "Dockerfile",
      buildargs: '{"A":"b"}',
      platform: "linux/arm64",
      target: "run",
      cachefrom: undefined,
    });
  });

  test("name the registry, or the image's name does", () => {
    expect(registryAddress(registryOf({ registry: { server: "https://r:5000/v2" } }), "a")).toBe("r:5000");
    expect(registryAddress(registryOf({}), "r:5000/a")).toBe("r:5000");
    expect(() => registryAddress(registryOf({}), "app/a")).toThrow("repository name must be canonical");
  });
});

describe("an image", () => {
  const image = imageResource(new Docker());
  const messages: string[] = [];
  const told: Context = {
    signal: new AbortController().signal,
    log: (_severity, message) => messages.push(message),
  };
  const check = async (inputs: Values) =>
    image.check({ name: "i", oldInputs: {}, inputs, seed: new Uint8Array() }, told);
  const inputs = (build: Values = {}): Values => ({
    imageName: "r:5000/a:v1",
    build: { context, dockerfile, platform: "linux/amd64", ...build },
    registry: { server: "r:5000", username: "u", password: new Secret("p") },
  });

  test("gets the digest of its files as an input", async () => {
    const checked = await check(inputs());
    expect(checked.failures).toEqual([]);
    expect(checked.inputs["build"]).toMatchObject({ contextDigest: contextDigest(context, dockerfile) });
    expect(checked.inputs["buildOnPreview"]).toBe(false);
  });

  test("gets none while its files are not known", async () => {
    const checked = await check(inputs({ context: unknown }));
    expect(checked.inputs["build"]).not.toHaveProperty("contextDigest");
  });

  test("is told when nobody chose a platform", async () => {
    const checked = await check(inputs({ platform: undefined }));
    expect(checked.inputs["build"]).toHaveProperty("platform", expect.stringMatching(/^linux\//));
    expect(messages.join()).toContain("consider explicitly setting the `platform` field");
  });

  test.each<[string, Values, string]>([
    ["an unknown input", { imageName: "r:5000/a", tags: [] }, '"tags" is not an input of this resource.'],
    [
      "one within",
      { imageName: "r:5000/a", registry: { user: "u" } },
      '"registry.user" is not an input of this resource.',
    ],
    ["a missing name", {}, '"imageName" is missing: it must be given.'],
  ])("is refused for %s", async (_, given, reason) => {
    const build = { context, dockerfile, platform: "p" };
    expect((await check({ build, ...given })).failures.map((failure) => failure.reason)).toEqual([reason]);
  });

  test("a Dockerfile that is not there is told", async () => {
    const build = { context, dockerfile: "no/Dockerfile" };
    await expect(check({ ...inputs(), build })).rejects.toThrow(
      'could not open dockerfile at relative path "no/Dockerfile": stat no/Dockerfile: no such file or directory',
    );
  });

  test("is built anew for another file or argument, and never replaced", async () => {
    const state = { __inputs: (await check(inputs())).inputs };
    expect(image.diff({ state, inputs: (await check(inputs())).inputs }).changes).toEqual([]);
    writeFileSync(path.join(context, "a.sh"), "changed");
    const changed = image.diff({ state, inputs: (await check(inputs())).inputs });
    expect(changed).toEqual({ changes: [{ path: "build", kind: "update", replaces: false }] });
  });

  test("another log-in is no change", async () => {
    const state = { __inputs: (await check(inputs())).inputs };
    const registry = { server: "r:5000", username: "v", password: new Secret("q") };
    expect(image.diff({ state, inputs: (await check({ ...inputs(), registry })).inputs }).changes).toEqual(
      [],
    );
  });

  test("a preview promises its inputs, and no digest", async () => {
    const checked = (await check(inputs())).inputs;
    const { id, outputs } = await image.create({ name: "i", inputs: checked, preview: true }, told);
    expect(id).toBe("");
    expect(outputs).not.toHaveProperty("repoDigest");
  });
});
