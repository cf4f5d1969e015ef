import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ethics } from "../../../compliance/steps/ethics";
import type { StepResult } from "../../../compliance/steps/step";
import { projectFolder } from "../../../store/project";
import { folderWith, remove } from "../folder";
import { ssn } from "../numbers";
import { context, platform } from "./context";

let folder = "";
beforeEach(() => {
  folder = folderWith({ "a.txt": "a" });
});
afterEach(() => {
  remove(folder);
});

/** What the step says when a check runs this. */
const run = (...commands: string[]): Promise<StepResult> =>
  ethics.run(
    context({
      folder,
      platform: platform({
        ethics: commands.map((command, index) => ({
          name: `check${index}`,
          run: command,
          timeoutSeconds: 1,
        })),
      }),
    }),
  );

const prints = (value: unknown): string => `echo '${JSON.stringify(value)}'`;

test("a check that finds nothing passes, and may say more on stderr", async () => {
  expect(await run(`echo thinking >&2; ${prints({ findings: [], checked: 12 })}`)).toEqual({
    passed: true,
    summary: "1 check passed",
  });
});

test("what it finds is told, without personal data", async () => {
  const found = {
    findings: [{ file: "rules/a.json", line: 3, rule: "basis", message: `No ${ssn()}`, remedy: "Add it." }],
  };
  const result = await run(
    prints(found),
    prints({ findings: [{ rule: "fairness", message: "It is unfair." }] }),
  );
  expect(result).toEqual({
    passed: false,
    summary: "2 objections (basis in rules/a.json: No ***-**-****; fairness: It is unfair.)",
    objections: [
      { file: "rules/a.json", line: 3, rule: "basis", message: "No ***-**-****", remedy: "Add it." },
      { rule: "fairness", message: "It is unfair." },
    ],
  });
});

test("findings count whatever the exit code", async () => {
  const result = await run(`${prints({ findings: [{ rule: "a", message: "b" }] })}; exit 1`);
  expect(result.summary).toBe("1 objection (a: b)");
});

test.each([
  ["echo fine", 'check0: it printed no findings as JSON. Let it print {"findings": [...]}'],
  ["true", 'check0: it printed no findings as JSON. Let it print {"findings": [...]}'],
  [
    prints({ findings: [{ message: "no rule" }] }),
    'check0: it printed no findings as JSON. Let it print {"findings": [...]}',
  ],
  [prints([]), 'check0: it printed no findings as JSON. Let it print {"findings": [...]}'],
  ["echo no such file >&2; exit 2", "check0: exit code 2 (no such file)"],
  [`${prints({ findings: [] })}; exit 3`, "check0: exit code 3, but it names no finding. Mend the check"],
  [`${prints({ findings: [] })}; sleep 9`, 'check0: not done after 1 s ({"findings":[]})'],
])("%s is no verdict", async (command, summary) => {
  expect(await run(command)).toEqual({ passed: false, summary });
});

test("one that is no verdict does not hide what the others find", async () => {
  const result = await run("exit 2", prints({ findings: [{ rule: "a", message: "b" }] }));
  expect(result.summary).toBe("check0: exit code 2; 1 objection (a: b)");
});

test("a check finds what lies beside the stacks, and runs in a copy of the commit", async () => {
  const rule =
    'echo "{\\"findings\\":[{\\"rule\\":\\"place\\",\\"message\\":\\"$PLATFORM $(ls)\\"}]}"; rm a.txt';
  expect((await run(rule)).summary).toBe(`1 objection (place: ${projectFolder} a.txt)`);
  expect((await run(rule)).summary).toContain("a.txt");
});
