/** Runs ast-grep, once for all files. */
import { createRequire } from "node:module";
import path from "node:path";
import { execa } from "execa";
import { UserError } from "../../core/errors";

/** What ast-grep says of one place. */
export interface Match {
  /** As it was given to ast-grep. */
  readonly file: string;
  readonly ruleId: string;
  readonly severity: "error" | "warning" | "info" | "hint";
  /** The code. */
  readonly text: string;
  /** From 0. */
  readonly range: { readonly start: { readonly line: number; readonly column: number } };
}

/** Milliseconds that it may take. */
const timeout = 600_000;

/** How many files ast-grep leaves out when they are larger, in bytes. It says nothing of them, so we must. */
export const largestFile = 3_000_000;
/** And when they have more lines. */
export const mostLines = 200_000;

/**
 * What the rules find in a folder, which holds nothing but what is to be read: no ignore file and no configuration of the
 * service can lie there.
 */
export async function runEngine(folder: string, rulesFile: string): Promise<Match[]> {
  const matches: Match[] = [];
  const child = execa(binary(), argv(rulesFile), { cwd: folder, reject: false, timeout, stdin: "ignore" });
  for await (const line of child) {
    if (line !== "") matches.push(JSON.parse(line) as Match);
  }
  const { exitCode, stderr, timedOut } = await child;
  // 1: it found something that its rule calls an error.
  if (exitCode !== 0 && exitCode !== 1) {
    const why = timedOut ? `not done after ${timeout / 1000} s` : reasonIn(stderr);
    throw new UserError(`ast-grep did not read the code: ${why}. Look at the rules that were added last.`);
  }
  return matches;
}

/** The last of the causes that ast-grep draws as a tree. */
function reasonIn(stderr: string): string {
  const causes = stderr.split(/Caused by|╰▻/).map((cause) => cause.replaceAll(/\s+/g, " ").trim());
  return (causes.at(-1) ?? "").replace(/\.+$/, "");
}

/** Links are followed: in this folder, each is one that we made. */
export const argv = (rulesFile: string): string[] => [
  "scan",
  `--rule=${rulesFile}`,
  "--json=stream",
  "--color=never",
  "--follow",
  ...["hidden", "dot", "exclude", "global", "parent", "vcs"].map((what) => `--no-ignore=${what}`),
  ".",
];

/** ast-grep's binary lies in the package of its platform; no install script is needed to find it. */
function binary(): string {
  const platform = `${process.platform}-${process.arch}${process.platform === "linux" ? "-gnu" : process.platform === "win32" ? "-msvc" : ""}`;
  const from = createRequire(require.resolve("@ast-grep/cli/package.json"));
  try {
    const manifest = from.resolve(`@ast-grep/cli-${platform}/package.json`);
    return path.join(path.dirname(manifest), process.platform === "win32" ? "ast-grep.exe" : "ast-grep");
  } catch {
    throw new UserError(`There is no ast-grep for ${platform}. Run "npm install" on this machine.`);
  }
}
