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
  load("@grpc/grpc-js");
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
