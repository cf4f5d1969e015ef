/** `npm run bench -- [NAME…] [--json]`: measures, and says how that compares with what is promised. */
import { UserError, messageOf } from "../core/errors";
import type { Bench, BenchResult } from "./bench";
import { closeLab } from "./lab";
import { writePage } from "./page";

/** Each bench by its name; the file is loaded when it is asked for. */
const benches: Readonly<Record<string, string>> = {
  deploy: "./deploy",
  far: "./far",
  rollback: "./rollback",
  bytes: "./bytes",
  noop: "./noop",
  sites: "./sites",
  swap: "./swap",
  guard: "./guard",
  pii: "./pii",
  trail: "./trail",
};

/** Those that need no lab, and none of its packages. bootstrap.sh has the same list. */
export const withoutLab: readonly string[] = ["guard", "pii", "trail"];

/** The benches that the arguments name, or all. @throws UserError when one is none */
export function benchesIn(argv: readonly string[]): string[] {
  const names = argv.filter((arg) => !arg.startsWith("--"));
  const unknown = [
    ...names.filter((name) => !Object.hasOwn(benches, name)),
    ...argv.filter((arg) => arg.startsWith("--") && arg !== "--json"),
  ];
  if (unknown.length > 0) {
    throw new UserError(`There is no bench "${unknown.join(" ")}". Use ${Object.keys(benches).join(", ")}.`);
  }
  return names.length > 0 ? names : Object.keys(benches);
}

/** Whether what the arguments name needs the lab. */
export const needsLab = (argv: readonly string[]): boolean => {
  try {
    return benchesIn(argv).some((name) => !withoutLab.includes(name));
  } catch {
    return false;
  }
};

/**
 * Runs the benches that are named, or all, and writes `docs/benchmarks.md`; with `--json`, one object of their numbers is all that
 * stdout has.
 *
 * @returns 0 when all were measured, whatever the numbers say; 1 when one could not be, 2 when there is none of a name
 */
export async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes("--json");
  const results: Record<string, BenchResult> = {};
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  let names: string[];
  try {
    names = benchesIn(argv);
  } catch (error) {
    tell(`bench: ${messageOf(error)}`);
    return 2;
  }
  let failed = 0;
  try {
    for (const name of names) {
      try {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- a bench loads what it needs, and no other waits for it
        const { bench } = require(benches[name] ?? "") as { bench: Bench };
        results[name] = await bench(tell);
        if (!json) process.stdout.write(`${results[name].text}\n`);
      } catch (error) {
        failed += 1;
        tell(`bench ${name}: ${messageOf(error)}`);
      }
    }
  } finally {
    await closeLab();
  }
  await writePage(results);
  if (json) {
    const numbers = Object.entries(results).map(([name, result]) => [name, result.numbers]);
    process.stdout.write(`${JSON.stringify(Object.fromEntries(numbers))}\n`);
  }
  return failed > 0 ? 1 : 0;
}
