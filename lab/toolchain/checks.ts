/** `npm test`: format, lint, types, unit tests and the tests on the lab, each in turn, and one sum at the end. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { say } from "./progress";

const root = path.join(__dirname, "..", "..");

/** How many tests passed and failed. */
export interface Score {
  readonly passed: number;
  readonly failed: number;
}

/** What of Jest's own report we read. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Test files that did not even load: none of their tests is counted elsewhere. */
  readonly numRuntimeErrorTestSuites: number;
}

/** What comes before the tests: its name, and its command. Each counts as one test. */
export const staticChecks: readonly (readonly [string, readonly string[]])[] = [
  ["format", ["prettier", "--check", "."]],
  ["lint", ["eslint", "."]],
  ["types", ["tsc", "-p", "."]],
];

/**
 * The arguments of Jest for one of its projects. The lab is one place, so its tests take turns. The project comes last:
 * Jest would take what follows it for more projects.
 */
export const jestArguments = (project: "unit" | "lab" | "chaos", args: readonly string[]): string[] => [
  // Jest would leave one core for others.
  project !== "unit" ? "--runInBand" : "--maxWorkers=100%",
  ...args,
  "--selectProjects",
  project,
];

/** The score of one run of Jest. A run that failed without a failed test, or left no report, is one failure. */
export function scoreOf(report: JestReport | undefined, failed: boolean): Score {
  const bad = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  return { passed: report?.numPassedTests ?? 0, failed: bad === 0 && failed ? 1 : bad };
}

/** The sum of all, as `npm test` prints it at the very end. */
export const sum = (scores: readonly Score[]): Score => ({
  passed: scores.reduce((total, { passed }) => total + passed, 0),
  failed: scores.reduce((total, { failed }) => total + failed, 0),
});

/** One failure where no test ran at all, as after a path with a slip in it. */
export const ran = (tests: readonly Score[]): Score => ({
  passed: 0,
  failed: tests.every(({ passed, failed }) => passed + failed === 0) ? 1 : 0,
});

/**
 * Runs every check there is; one that fails does not keep the others from running.
 *
 * @param args more arguments for Jest, such as a path
 * @returns the exit code
 */
export async function everything(args: string[]): Promise<number> {
  const scores: Score[] = [];
  for (const [title, command] of staticChecks) {
    say(`${title}: ${command.join(" ")}`);
    const passed = await succeeds(command);
    scores.push({ passed: passed ? 1 : 0, failed: passed ? 0 : 1 });
  }
  const tests: Score[] = [];
  for (const project of ["unit", "lab"] as const) {
    say(`tests: ${project}`);
    // With a path in the arguments, one of the two projects may have nothing to run.
    tests.push(await jest(project, args));
  }
  const { passed, failed } = sum([...scores, ...tests, ran(tests)]);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** Runs the tests that need neither lab nor engine. */
export async function unitTests(args: string[]): Promise<number> {
  return await inScratch("unit", async (env) =>
    (await succeeds(["jest", ...jestArguments("unit", args)], env)) ? 0 : 1,
  );
}

/** Runs the tests that break lines, programs and sites on purpose, at many moments: too long for every day. */
export async function chaosTests(args: string[]): Promise<number> {
  return await inScratch("chaos", async (env) =>
    (await succeeds(["jest", ...jestArguments("chaos", args)], env)) ? 0 : 1,
  );
}

/**
 * Gives tests a folder of their own for temporary files, and removes it. Unit tests write hundreds of trails, each entry down to
 * the disk: theirs lies in memory, where the machine has such a folder from which programs may run.
 */
async function inScratch<T>(
  project: "unit" | "lab" | "chaos",
  work: (env: Record<string, string>) => Promise<T>,
): Promise<T> {
  const memory =
    project === "unit" ? memoryFolder(await readFile("/proc/mounts", "utf8").catch(() => "")) : undefined;
  const folder = await mkdtemp(path.join(memory ?? os.tmpdir(), "hms-test-"));
  try {
    return await work({ TMPDIR: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder in memory from which programs may run; undefined where there is none. */
export function memoryFolder(mounts: string): string | undefined {
  const options = /^\S+ \/dev\/shm tmpfs (\S+)/m.exec(mounts)?.[1]?.split(",") ?? ["ro"];
  return options.includes("noexec") || options.includes("ro") ? undefined : "/dev/shm";
}

function jest(project: "unit" | "lab", args: string[]): Promise<Score> {
  return inScratch(project, async (env) => {
    const file = path.join(env["TMPDIR"] ?? "", "report.json");
    const passed = await succeeds(
      ["jest", "--json", `--outputFile=${file}`, ...jestArguments(project, ["--passWithNoTests", ...args])],
      env,
    );
    const text = await readFile(file, "utf8").catch(() => undefined);
    return scoreOf(text === undefined ? undefined : (JSON.parse(text) as JestReport), !passed);
  });
}

/** Runs a command of node_modules in the project's root, in front of the user. */
async function succeeds(
  [command, ...args]: readonly string[],
  variables: Record<string, string> = {},
): Promise<boolean> {
  const result = await execa(command ?? "", args, {
    cwd: root,
    preferLocal: true,
    localDir: root,
    // Jest imports ECMAScript modules as they are only under this flag.
    env: {
      ...variables,
      NODE_OPTIONS: `${process.env["NODE_OPTIONS"] ?? ""} --experimental-vm-modules --no-warnings`.trim(),
    },
    stdio: "inherit",
    reject: false,
  });
  if (result.code === "ENOENT") process.stderr.write(`${command ?? ""} is missing. Run "npm ci".\n`);
  return !result.failed;
}
