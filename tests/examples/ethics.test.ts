import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { ethics } from "../../compliance/steps/ethics";
import type { StepResult } from "../../compliance/steps/step";
import { parseStack, type StackSettingsOf } from "../../core/config";
import * as story from "../../lab/story";
import { projectFolder } from "../../store/project";
import { context } from "../compliance/steps/context";

/** The lab's own settings: the check is run as the lab runs it. */
function labSettings(): StackSettingsOf<"build"> {
  const file = "Pulumi.build.yaml";
  const { config } = parse(fs.readFileSync(path.join(projectFolder, file), "utf8")) as { config: object };
  const raw = Object.entries(config).map(([key, value]) => [key.replace("hms:", ""), value as unknown]);
  const settings = parseStack(Object.fromEntries(raw) as Record<string, unknown>, file);
  if (settings.role !== "build") throw new Error(`${file} is not of the stack that builds.`);
  return settings;
}

let copy = "";
beforeEach(() => {
  copy = fs.mkdtempSync(path.join(os.tmpdir(), "hms-ethics-"));
});
afterEach(() => {
  fs.rmSync(copy, { recursive: true, force: true });
});

const check = (): Promise<StepResult> =>
  ethics.run(context({ folder: copy, platform: labSettings().compliance }));

/** Changes a file of the working copy. */
function edit(file: string, from: string, to: string): void {
  const place = path.join(copy, file);
  const text = fs.readFileSync(place, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  fs.writeFileSync(place, text.replace(from, to));
}

test.each([
  ["the first formula", story.seed],
  ["the fix", story.fixOverflow],
  ["one that is never healthy", (folder: string) => story.neverHealthy(folder)],
])("%s passes", async (_, change) => {
  change(copy);
  expect(await check()).toEqual({ passed: true, summary: "1 check passed" });
});

test("a rule without a law is refused", async () => {
  story.seed(copy);
  edit("rules/flood.json", "National Flood Insurance Act of 1968, 42 U.S.C. 4101", " ");
  expect((await check()).objections).toEqual([
    {
      file: "rules/flood.json",
      line: 1,
      rule: "legal-basis",
      message: "The rule names no law that it rests on.",
      remedy: 'Add "legalBasis".',
    },
  ]);
});

test("a rule that decides by who people are is refused", async () => {
  story.seed(copy);
  edit("rules/flood.json", '"runoff": {', '"weights": [{ "zipCode": 3 }],\n  "runoff": {');
  expect((await check()).objections).toMatchObject([
    { file: "rules/flood.json", line: 7, rule: "banned-field", message: 'The rule uses "zipCode".' },
  ]);
});

test("a formula that warns the countryside less is refused", async () => {
  story.fixOverflow(copy);
  edit("formula.js", "rules.runoff[soil];", 'rules.runoff[soil] * (soil === "loam" ? 0.7 : 1);');
  edit("formula.js", "Math.max(0, ", "Math.max(0, -(elevation === 4 ? 50 : 0) + ");
  expect((await check()).objections).toEqual([
    {
      file: "formula.js",
      rule: "fairness",
      message: "Of the places that were flooded, it warns 40 % (countryside) and 60 % (town).",
      remedy: "Change the formula until the smaller is at least 80 % of the larger.",
    },
  ]);
});

test.each([
  ["prints what the check would", "console.log(JSON.stringify({ findings: [] }));\nprocess.exit(0);"],
  ["ends before it is asked", "process.exit(0);"],
  ["gives no numbers", "module.exports = { risk: () => 'high' };"],
])("a formula that %s does not pass", async (_, code) => {
  story.seed(copy);
  fs.writeFileSync(path.join(copy, "formula.js"), code);
  const { passed, summary } = await check();
  expect(passed).toBe(false);
  expect(summary).toMatch(/^flood rules: exit code 1 \(/);
});
