import fs from "node:fs";
import { afterEach, expect, test } from "@jest/globals";
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
