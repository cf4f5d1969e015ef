import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { projectFolder } from "../../store/project";
import { folderWith, remove } from "../compliance/folder";
import { ssn } from "../compliance/numbers";

let folder = "";
afterEach(() => {
  remove(folder);
});

/** Runs `hms compliance scan` in the folder, without anything that a stack would need. */
const scan = (...args: string[]) =>
  execa("node", [path.join(projectFolder, "cli/hms.js"), "compliance", "scan", ...args], {
    cwd: folder,
    reject: false,
    extendEnv: false,
    env: { PATH: path.dirname(process.execPath), HOME: os.homedir() },
  });

const leaky = (): Record<string, string> => ({
  "docs/contact.md": `# Contact\n\nssn ${ssn()}\n`,
  "src/a.js": "eval(text);\n",
  "good/a.txt": "nothing\n",
});

describe("a scan of any files", () => {
  test("tells a line for each finding, and a sentence; it ends with 1", async () => {
    folder = folderWith(leaky());
    const { exitCode, stdout } = await scan("docs", "src/a.js");
    const lines = stdout.split("\n");
    expect(exitCode).toBe(1);
    expect(lines[0]).toMatch(/^docs\/contact\.md:3:5 us-ssn \*\*\*-\*\*-\*\*\*\*: /);
    expect(lines[1]).toBe(
      "src/a.js:1:1 js-eval eval(text): Text is run as code. Parse the text (JSON.parse), or choose among functions by name.",
    );
    expect(lines.at(-1)).toBe("2 findings (1 personal data, 1 banned API) in 2 files");
    expect(stdout).not.toContain(ssn());
  });

  test("ends with 0 when there is nothing", async () => {
    folder = folderWith(leaky());
    const { exitCode, stdout, stderr } = await scan("good");
    expect([exitCode, stdout, stderr]).toEqual([0, "0 findings in 1 file", ""]);
  });

  test("--json prints one object; files are named so that they are found from here", async () => {
    folder = folderWith(leaky());
    const { stdout } = await scan(".", "./docs", path.join(folder, "src"), "--json");
    const { findings, skipped, files } = JSON.parse(stdout) as Record<string, unknown> & {
      findings: { file: string }[];
    };
    expect([skipped, files]).toEqual([[], 5]);
    expect(findings.map(({ file }) => file)).toEqual([
      "docs/contact.md",
      "src/a.js",
      "docs/contact.md",
      path.join(folder, "src/a.js"),
    ]);
    for (const { file } of findings) expect(fs.existsSync(path.resolve(folder, file))).toBe(true);
    expect(findings[0]).toEqual({
      file: "docs/contact.md",
      line: 3,
      column: 5,
      rule: "us-ssn",
      category: "pii",
      severity: "high",
      sample: "***-**-****",
      remedy: expect.any(String),
    });
  });

  test("--sarif and --junit print what they say", async () => {
    folder = folderWith(leaky());
    const [sarif, junit] = await Promise.all([scan(".", "--sarif"), scan(".", "--junit")]);
    expect([sarif.exitCode, junit.exitCode]).toEqual([1, 1]);
    expect(JSON.parse(sarif.stdout)).toMatchObject({ version: "2.1.0" });
    expect(junit.stdout).toMatch(/^<\?xml [^]*<testsuite name="findings" tests="2" failures="2" errors="0">/);
  });
});

describe("wrong usage ends with 2", () => {
  test.each([
    [[], "error: missing required argument 'path'"],
    [
      ["nowhere"],
      "hms: nowhere can't be read (ENOENT: no such file or directory). Name files or folders that are there.",
    ],
    [["a", "--json", "--sarif"], "error: option '--json' cannot be used with option '--sarif'"],
  ])("%j", async (args, sentence) => {
    folder = folderWith({ a: "a" });
    const { exitCode, stdout, stderr } = await scan(...args);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr.split("\n")[0]).toBe(sentence);
  });
});
