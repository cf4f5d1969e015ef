import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { projectFolder } from "../../store/project";

const hms = (...args: string[]) =>
  execa("node", ["cli/hms.js", ...args], { cwd: projectFolder, reject: false });

describe("wrong usage ends with 2, and says what is allowed", () => {
  test.each([
    [["pipeline", "rollback"], "required option '--reason <text>' not specified"],
    [["pipeline", "watch", "--run", "0"], "Allowed: a whole number from 1."],
    [["pipeline", "run", "--trigger", "cron"], "Allowed: push, schedule, manual."],
    [["pipeline", "ship"], "unknown command 'ship'"],
    [["pipeline", "status", "--stacks", ","], "Allowed: names with commas."],
    [["pipeline", "drift", "--stacks", ","], "Allowed: names with commas."],
    [["pipeline", "run", "--trigger", "sync"], "Allowed: push, schedule, manual."],
    [["pipeline", "sync", "--target"], "option '--target <stack[/name]>' argument missing"],
    [
      ["policy", "break-glass", "--by", "Jo", "--reason", "r", "--minutes", "x"],
      "Allowed: a whole number from 1.",
    ],
  ])("hms %j", async (args, sentence) => {
    const { exitCode, stderr, stdout } = await hms(...args);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(sentence);
  });
});

test("the version is that of the package", async () => {
  const { exitCode, stdout } = await hms("--version");
  const { version } = JSON.parse(fs.readFileSync(path.join(projectFolder, "package.json"), "utf8")) as {
    version: string;
  };
  expect([exitCode, stdout]).toEqual([0, version]);
});

test("a reader that goes before the end is no mistake", async () => {
  const piped = '{ node cli/hms.js --help; echo "ended with $?" >&2; } | :';
  const { stderr } = await execa("sh", ["-c", piped], { cwd: projectFolder });
  expect(stderr).toBe("ended with 0");
});

/** The verbs that the reference lists. */
function documented(): string[] {
  const reference = fs.readFileSync(path.join(projectFolder, "docs/command-line.md"), "utf8");
  return [...reference.matchAll(/^\| `hms ([a-z-]+ [a-z-]+)/gm)].map(([, verb = ""]) => verb);
}

test("help is no mistake, and each verb shows an example", async () => {
  const verbs = documented();
  expect(verbs).toEqual(
    expect.arrayContaining([
      "pipeline run",
      "pipeline watch",
      "pipeline status",
      "pipeline drift",
      "pipeline sync",
      "pipeline rollback",
      "compliance run",
      "compliance scan",
      "policy break-glass",
      "audit verify",
      "audit show",
      "audit export",
      "keys init",
      "keys rotate",
      "keys show",
      "hook install",
    ]),
  );
  const helps = await Promise.all(verbs.map((verb) => hms(...verb.split(" "), "--help")));
  for (const [index, { exitCode, stdout }] of helps.entries()) {
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Example:\n  npx hms ${verbs[index] ?? ""}`);
  }
  expect((await hms("--help")).stdout).toMatch(/Exit codes:\n {2}0 {2}done/);
});
