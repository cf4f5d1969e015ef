/** Builds commands from Go modules whose versions and checksums are committed. */
import { execa } from "execa";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { logOf } from "./cache";

/** One command to build. */
export interface GoBuild {
  /** The folder of the committed `go.mod` and `go.sum`. */
  readonly module: string;
  /** The package to build: an import path, or `.` for the module's own. */
  readonly package: string;
  /** The file to write. */
  readonly output: string;
  /** Values for string variables of the program, by their full name, such as `example.org/version.Version`. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The arguments of `go` for a build: no paths of this machine in the file, no symbol table. */
export const goBuildArguments = (build: GoBuild): string[] => [
  "build",
  "-trimpath",
  "-ldflags",
  ["-s -w", ...Object.entries(build.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`)].join(" "),
  "-o",
  build.output,
  build.package,
];

/** The settings of `go` that a build depends on. Where modules come from (`GOPROXY`) stays the user's choice. */
export const goSettings = {
  GOFLAGS: "-mod=readonly -buildvcs=false",
  GOWORK: "off",
  CGO_ENABLED: "0",
} as const;

/**
 * Builds one command.
 *
 * @param log name of the log in the cache's `logs` folder
 * @throws one sentence with the remedy and the end of the log
 */
export async function goBuild(build: GoBuild, log: string): Promise<void> {
  await go(build.module, goBuildArguments(build), log);
}

/** The version of a module that a folder's `go.mod` requires, without the leading `v`. */
export async function requiredVersion(folder: string, module: string): Promise<string> {
  const text = await readFile(path.join(folder, "go.mod"), "utf8");
  const found = text.split("\n").map((line) =>
    line
      .trim()
      .replace(/^require\s+/, "")
      .split(/\s+/),
  );
  const version = found.find(([name]) => name === module)?.[1];
  if (!version) throw new Error(`${folder}/go.mod requires no ${module}. Restore the file with git.`);
  return version.replace(/^v/, "");
}

/** The folder in which a required module lies unpacked; it is downloaded where it is missing. */
export async function moduleFolder(folder: string, module: string, log: string): Promise<string> {
  await go(folder, ["mod", "download", module], log);
  return await go(folder, ["list", "-m", "-f", "{{.Dir}}", module], log);
}

async function go(cwd: string, args: string[], log: string): Promise<string> {
  await mkdir(path.dirname(logOf(log)), { recursive: true });
  const result = await execa("go", args, {
    cwd,
    env: goSettings,
    reject: false,
    stdout: ["pipe", { file: logOf(log), append: true }],
    stderr: ["pipe", { file: logOf(log), append: true }],
  });
  if (!result.failed) return result.stdout;
  if (result.code === "ENOENT")
    throw new Error("Go is missing. Install Go 1.25 or newer and put it on PATH.");
  const end = result.stderr.split("\n").slice(-5).join("\n");
  throw new Error(
    `"go ${args[0] ?? ""}" failed. Is the Go module proxy in reach? All of it: ${logOf(log)}\n${end}`,
  );
}
