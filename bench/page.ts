/** `docs/benchmarks.md`: what was measured last, on which machine, and when. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { projectFolder } from "../store/project";
import type { Numbers } from "./bench";

const file = path.join(projectFolder, "docs", "benchmarks.md");

/** Results as they are kept in the page, by their names. */
export type Results = Readonly<Record<string, { readonly numbers: Numbers; readonly text: string }>>;

/** Two digits that say something, however small it is. */
const shortened = (ratio: number): string => String(Number(ratio.toPrecision(ratio < 1 ? 2 : 3)));

/** A line of the table. */
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const head = ["bench", "ratio", "goal", "samples", "measured", "what the ratio is of", "in words"];

/** The rows of the page's table, by the name that each begins with. */
export function rowsIn(page: string): Map<string, string> {
  return new Map(
    page
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => [line.split("`")[1] ?? "", line]),
  );
}

/** The page with new results in it; those of benches that were not run stay. */
export function withResults(page: string, results: Results, when: string, machine: string): string {
  const rows = rowsIn(page);
  for (const [name, { numbers, text }] of Object.entries(results)) {
    const { ratio, goal, samples, unit } = numbers;
    const verdict = ratio <= goal ? "" : " (missed)";
    rows.set(
      name,
      row([
        `\`${name}\``,
        `${shortened(ratio)}${verdict}`,
        String(goal),
        String(samples),
        `${when}, ${machine}`,
        unit,
        text.trim().split("\n").at(-1) ?? "",
      ]),
    );
  }
  const table = [
    row(head),
    row(head.map(() => "---")),
    ...[...rows].sort(([a], [b]) => a.localeCompare(b)).map(([, line]) => line),
  ];
  const [before = "", after = ""] = page.split(/<!-- table[^>]*-->/);
  const mark = "<!-- table: npm run bench writes it -->";
  return `${before}${mark}\n\n${table.join("\n")}\n\n${mark}${page.split(/<!-- table[^>]*-->/)[2] ?? after}`;
}

/** Writes the results into the page, formatted as all pages are. */
export async function writePage(results: Results): Promise<void> {
  const cores = os.availableParallelism();
  const machine = `${cores} cores of ${os.cpus()[0]?.model ?? "an unknown processor"}, ${Math.round(os.totalmem() / 2 ** 30)} GiB`;
  const page = fs.readFileSync(file, "utf8");
  const text = withResults(page, results, new Date().toISOString().slice(0, 10), machine);
  fs.writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}
