import fs from "node:fs";
import { afterEach, describe, expect, test } from "@jest/globals";
import { findBannedApis } from "../../../compliance/banned-apis";
import { argv } from "../../../compliance/banned-apis/engine";
import { folderWith, remove } from "../folder";

let folder = "";
afterEach(() => {
  remove(folder);
});

/** The files with findings. */
async function filesIn(files: Record<string, string | Uint8Array>): Promise<string[]> {
  folder = folderWith(files);
  return (await findBannedApis(folder)).findings.map(({ file, line }) => `${file}:${String(line)}`);
}

const bad = "eval(text);\n";

test("what the service's own files say about ignoring is not listened to", async () => {
  const found = await filesIn({
    ".gitignore": "*.js\n",
    ".ignore": "*\n",
    ".gitattributes": "*.js linguist-generated\n",
    "sgconfig.yml": "ruleDirs: [none]\nlanguageGlobs: { html: ['*.js'] }\n",
    ".hidden/a.js": bad,
    "node_modules/b/index.js": bad,
    "sub/sgconfig.yml": "ruleDirs: []\n",
    "sub/c.js": bad,
  });
  expect(found).toEqual([".hidden/a.js:1", "node_modules/b/index.js:1", "sub/c.js:1"]);
});

test("nor is a comment", async () => {
  const found = await filesIn({
    "a.js": `// ast-grep-ignore\n${bad}`,
    "b.js": `// ast-grep-ignore: js-eval\n\n${bad}`,
    "c.js": `${bad.trim()} // ast-grep-ignore`,
  });
  expect(found).toEqual(["a.js:2", "b.js:3", "c.js:1"]);
});

test("code is read whatever it is written in, and however it is called", async () => {
  const found = await filesIn({
    "latin.js": Buffer.from(`// caf\xe9\n${bad}`, "latin1"),
    "wide.js": Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(bad, "utf16le")]),
    "UPPER.JS": bad,
    script: `#!/usr/bin/env node\n${bad}`,
    "tool.d/run": "#!/bin/sh\neval $x\n",
  });
  expect(found).toEqual(["UPPER.JS:1", "latin.js:2", "script:2", "tool.d/run:2", "wide.js:1"]);
});

test("a call is found however it is laid out", async () => {
  const found = await filesIn({
    "a.js": "eval\n(text)",
    "c.js": "(0, eval )(text)",
    "d.js": "const token = Math\n  .random ();",
    "e.js": "spawn(a, { 'shell' : true })",
    "g.go": 'package a\nfunc f() { exec .Command ("sh", "-c", a) }',
  });
  expect(found.map((place) => place[0])).toEqual(["a", "c", "d", "e", "g"]);
});

test("what does not parse is no error", async () => {
  expect(await filesIn({ "a.js": "function ( {{{\n", "b.py": "def (:\n  eval(", "c.js": bad })).toContain(
    "c.js:1",
  );
});

test("code that ast-grep would pass over is said", async () => {
  folder = folderWith({
    "large.js": Buffer.alloc(3_000_001, "a"),
    "long.js": `eval(a);\n${"\n".repeat(200_000)}`,
    "data.csv": Buffer.alloc(3_000_001, "a"),
  });
  const { findings, skipped } = await findBannedApis(folder);
  expect(findings).toEqual([]);
  expect([...skipped].sort((a, b) => (a.file < b.file ? -1 : 1))).toEqual([
    { file: "large.js", why: "banned APIs: larger than 3 MB (3000001 bytes)" },
    { file: "long.js", why: "banned APIs: more than 200000 lines" },
  ]);
});

test("a sample has nothing of what stands in quotes, and is cut", async () => {
  folder = folderWith({ "a.js": `eval("password=hunter2", 'x"y', ${"a".repeat(100)});\n` });
  const [finding] = (await findBannedApis(folder)).findings;
  expect(finding?.sample).toBe(`eval("…", '…', ${"a".repeat(80 - 15)}…`);
  expect(finding?.remedy).toBe(
    "Text is run as code. Parse the text (JSON.parse), or choose among functions by name.",
  );
});

test("links are not followed out of the folder", async () => {
  folder = folderWith({ "in/a.js": "1", "out/b.js": bad });
  fs.symlinkSync("../out", `${folder}/in/link`);
  fs.symlinkSync("../out/b.js", `${folder}/in/b.js`);
  expect((await findBannedApis(`${folder}/in`)).findings).toEqual([]);
});

test("one file", async () => {
  folder = folderWith({ "a.js": bad });
  expect((await findBannedApis(`${folder}/a.js`)).findings).toMatchObject([{ file: "a.js", line: 1 }]);
});

test("a folder without code, and one that is not there", async () => {
  expect(await filesIn({ "a.txt": bad })).toEqual([]);
  await expect(findBannedApis("/nonexistent")).rejects.toThrow(/ENOENT/);
});

test("ast-grep reads the rules that it is given, and ignores every ignore file", () => {
  expect(argv("/r.yml").join(" ")).toBe(
    "scan --rule=/r.yml --json=stream --color=never --follow --no-ignore=hidden --no-ignore=dot --no-ignore=exclude " +
      "--no-ignore=global --no-ignore=parent --no-ignore=vcs .",
  );
});

describe("results are kept", () => {
  const cached = async (folders: string[] = []) => {
    const { findings } = await findBannedApis(`${folder}/code`, folders, `${folder}/cache`);
    return findings;
  };
  const cacheFile = (): string => `${folder}/cache/${fs.readdirSync(`${folder}/cache`)[0] ?? ""}`;

  test("by what the code says: a second run says the same, and parses nothing", async () => {
    folder = folderWith({
      "code/a.js": `${bad}eval("hunter2");\n`,
      "code/b.py": "eval(a)\n",
      "code/c.js": "eval;evaluate (1);\n",
    });
    const first = await cached();
    expect(first.map(({ file, line }) => [file, line])).toEqual([
      ["a.js", 1],
      ["a.js", 2],
      ["b.py", 1],
    ]);
    expect(await cached()).toEqual(first);
    // That it is the kept result shows when that is another.
    const kept = fs.readFileSync(cacheFile(), "utf8");
    expect(kept).not.toMatch(/hunter2|a\.js/);
    expect(fs.statSync(cacheFile()).mode & 0o777).toBe(0o600);
    fs.writeFileSync(cacheFile(), kept.replaceAll('"line":2', '"line":7'));
    expect((await cached()).map(({ line }) => line)).toEqual([1, 7, 1]);
    fs.renameSync(`${folder}/code/a.js`, `${folder}/code/moved.js`);
    fs.writeFileSync(`${folder}/code/b.py`, "\neval(a)\n");
    expect((await cached()).map(({ file, line }) => [file, line])).toEqual([
      ["b.py", 2],
      ["moved.js", 1],
      ["moved.js", 7],
    ]);
  });

  test("for these rules alone", async () => {
    folder = folderWith({
      "code/a.js": bad,
      "rules/a.yml": JSON.stringify({
        id: "js-any",
        language: "JavaScript",
        severity: "hint",
        message: "m",
        note: "n",
        rule: { pattern: "text" },
      }),
    });
    expect(await cached()).toHaveLength(1);
    expect(await cached([`${folder}/rules`])).toHaveLength(2);
    expect(fs.readdirSync(`${folder}/cache`)).toHaveLength(2);
  });

  test.each(["", "{", "[]", '{"a":null}', "null"])(
    "and a file that holds %j is as good as none",
    async (text) => {
      folder = folderWith({ "code/a.js": bad });
      await cached();
      fs.writeFileSync(cacheFile(), text);
      expect(await cached()).toHaveLength(1);
    },
  );

  test("where that can't be written nothing is kept, and nothing is wrong", async () => {
    folder = folderWith({ "code/a.js": bad, cache: "a file" });
    expect(await cached()).toHaveLength(1);
  });
});

test.each(["/", "#", "*/", "/*"])("a decorated comment takes no time: %s", async (sign) => {
  const start = performance.now();
  expect(
    await filesIn({
      "a.js": `// eval ${sign.repeat(200_000)}\n${bad}`,
      "b.py": `# eval ${"#".repeat(200_000)}\n`,
    }),
  ).toEqual(["a.js:2"]);
  expect(performance.now() - start).toBeLessThan(10_000);
});
