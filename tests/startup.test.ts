import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "@jest/globals";
import ts from "typescript";
import { projectFolder } from "../store/project";

/** What V8 said of the compiled code that was kept, in a process that loads some modules, and what else that process loaded. */
function load(...modules: string[]): {
  readonly accepted: number;
  readonly rejected: number;
  readonly loaded: string;
} {
  const program = `
    ${JSON.stringify(modules)}.forEach(require);
    process.stdout.write(Object.keys(require.cache).join("\\n"));`;
  const argv = [`--require=${path.join(projectFolder, "startup.js")}`, "-e", program];
  const env = { ...process.env, NODE_OPTIONS: "", NODE_DEBUG_NATIVE: "COMPILE_CACHE" };
  const { stdout, stderr } = spawnSync(process.execPath, argv, { cwd: projectFolder, env, encoding: "utf8" });
  const count = (words: string): number => stderr.split(words).length - 1;
  return { accepted: count("was accepted"), rejected: count("was rejected"), loaded: stdout };
}

test("compiled code that a process has kept is taken by one that begins as a policy pack does, with Pulumi's flags", () => {
  // One that loads Pulumi late, and one from which the rest is kept: nothing need have run here before.
  load("@grpc/grpc-js");
  load("@pulumi/pulumi");
  const { accepted, rejected, loaded } = load("@pulumi/pulumi/runtime/closure/v8Hooks", "@pulumi/pulumi");
  expect(rejected).toBe(0);
  expect(accepted).toBeGreaterThan(200);
  for (const slow of ["@npmcli/arborist", "typescript/lib", "ts-node"]) {
    expect(loaded).not.toContain(slow);
  }
});

test("who needs TypeScript all the same has it", () => {
  const program =
    'const ts = require("typescript"); console.log(ts.version, ts.SyntaxKind.ClassDeclaration);';
  const argv = [`--require=${path.join(projectFolder, "startup.js")}`, "-e", program];
  const { stdout } = spawnSync(process.execPath, argv, { cwd: projectFolder, encoding: "utf8" });
  expect(stdout).toBe(`${ts.version} ${String(ts.SyntaxKind.ClassDeclaration)}\n`);
});

test.each([
  [
    "20.20.2",
    1,
    "hms: This is Node 20.20.2; 22.12 or newer is needed. Put one first on PATH, or the lab's: ",
  ],
  ["22.9.0", 1, "hms: This is Node 22.9.0; 22.12 or newer is needed. Put one first on PATH, or the lab's: "],
  ["22.12.0", 0, ""],
  ["100.0.0", 0, ""],
])("on Node %s it exits with %i", (node, exitCode, said) => {
  const program = `
    Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${node}" } });
    require("./startup");`;
  const { status, stderr } = spawnSync(process.execPath, ["-e", program], {
    cwd: projectFolder,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([
    exitCode,
    said === "" ? "" : `${said}eval "$(npm run --silent lab -- env)".\n`,
  ]);
});
