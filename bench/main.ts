/** `npm run bench -- NAME… [--json]`: measures, and says how that compares with what is promised. */
import { UserError, messageOf } from "../core/errors";
import type { Bench } from "./bench";

/** Each bench by its name; the file is loaded when it is asked for. */
const benches: Readonly<Record<string, string>> = {
  guard: "./guard",
  pii: "./pii",
  trail: "./trail",
};

/** Runs the benches that are named, or all; with `--json`, one object of their numbers is all that stdout has. */
export async function main(argv: readonly string[]): Promise<number> {
  const names = argv.filter((arg) => !arg.startsWith("--"));
  const unknown = [
    ...names.filter((name) => !(name in benches)),
    ...argv.filter((arg) => arg.startsWith("--") && arg !== "--json"),
  ];
  try {
    if (unknown.length > 0) {
      throw new UserError(
        `There is no bench "${unknown.join(" ")}". Use ${Object.keys(benches).join(", ")}.`,
      );
    }
    const results: Record<string, unknown> = {};
    for (const name of names.length > 0 ? names : Object.keys(benches)) {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- a bench loads what it needs, and no other waits for it
      const { bench } = require(benches[name] ?? "") as { bench: Bench };
      const { numbers, text } = await bench((line) => process.stderr.write(`${line}\n`));
      results[name] = numbers;
      if (!argv.includes("--json")) process.stdout.write(`${text}\n`);
    }
    if (argv.includes("--json")) process.stdout.write(`${JSON.stringify(results)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof UserError ? error.message : messageOf(error)}\n`);
    return 1;
  }
}
