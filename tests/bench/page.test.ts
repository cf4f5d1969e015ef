import fs from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { rowsIn, withResults } from "../../bench/page";
import { projectFolder } from "../../store/project";

const page = fs.readFileSync(path.join(projectFolder, "docs", "benchmarks.md"), "utf8");
const result = (ratio: number) => ({
  numbers: { ratio, goal: 1, samples: 5, unit: "apples over pears" },
  text: "a table\nratio and more",
});

test("a new result takes the place of the old one, and all others stay", () => {
  const empty = page.replace(/^\| `.*\n/gm, "");
  const first = withResults(empty, { swap: result(0.5), deploy: result(2) }, "2026-01-02", "2 cores");
  const second = withResults(first, { deploy: result(0.25) }, "2026-02-03", "4 cores");
  expect([...rowsIn(second)]).toEqual([
    ["deploy", "| `deploy` | 0.25 | 1 | 5 | 2026-02-03, 4 cores | apples over pears | ratio and more |"],
    ["swap", "| `swap` | 0.5 | 1 | 5 | 2026-01-02, 2 cores | apples over pears | ratio and more |"],
  ]);
  expect(rowsIn(first).get("deploy")).toContain("| 2 (missed) | 1 |");
});

test("the text around the table stays as it is", () => {
  const text = (of: string): string => of.replace(/<!-- table[^]*<!-- table[^>]*-->/, "");
  expect(text(withResults(page, { swap: result(1) }, "2026-01-02", "2 cores"))).toBe(text(page));
});
