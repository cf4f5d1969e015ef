/** Stacks of their own for tests of the plugins. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, jest } from "@jest/globals";
import { LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { labEnvironment } from "../../lab/environment";
import { up } from "../../lab/lab";

let folder = "";

/** A file or folder that is gone after the tests. */
export const inTestFolder = (...parts: string[]): string => path.join(folder, ...parts);

/** The stacks of the test that is running. */
const open: Stack[] = [];
/** How many resources saw which operation: `create`, `same`, `update`, `replace`, `delete`. */
export type Changes = Partial<Record<string, number>>;

/** A project with one stack, whose program may be another one each time. */
export async function project(name: string) {
  let program: PulumiFn = () => Promise.resolve();
  const workDir = inTestFolder(name);
  mkdirSync(workDir, { recursive: true });
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "test", projectName: name, program: () => program() },
    { workDir },
  );
  open.push(stack);
  return {
    /** @returns what changed, and the program's outputs */
    async up(next: PulumiFn) {
      program = next;
      const { summary, outputs } = await stack.up();
      return { changes: summary.resourceChanges as Changes, outputs };
    },
    async preview(next: PulumiFn): Promise<Changes> {
      program = next;
      return (await stack.preview()).changeSummary;
    },
    async refresh(): Promise<Changes> {
      return (await stack.refresh()).summary.resourceChanges as Changes;
    },
    destroy: () => stack.destroy(),
    /** The state as it lies on the disk. */
    state: () => readFileSync(path.join(folder, ".pulumi", "stacks", name, "test.json"), "utf8"),
  };
}

/** Gives the tests of a file the lab, and a backend of their own. What a test leaves in its stacks is destroyed after it. */
export function usePlugins(): void {
  jest.setTimeout(180_000);

  beforeAll(async () => {
    await up({ kubernetes: false });
    folder = mkdtempSync(path.join(tmpdir(), "hms-plugins-"));
    Object.assign(process.env, await labEnvironment(), {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
    });
  }, 300_000);

  afterEach(async () => {
    for (const stack of open.splice(0)) await stack.destroy();
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
}
