/** What checks and runs the GitHub workflows of the example service, built from their Go modules, for the tests. */
import { existsSync } from "node:fs";
import path from "node:path";
import { inCache, once } from "./cache";
import { goBuild, requiredVersion } from "./go-build";
import { step } from "./progress";

/** A program that is built. */
interface Tool {
  readonly name: string;
  /** Its Go module. */
  readonly module: string;
  /** The package of its command. */
  readonly command: string;
  /** The variable that holds its version. */
  readonly version: string;
}

/** Runs workflows on this machine. */
const act: Tool = {
  name: "act",
  module: "github.com/nektos/act",
  command: "github.com/nektos/act",
  version: "main.version",
};

/** Finds mistakes in workflows. */
const actionlint: Tool = {
  name: "actionlint",
  module: "github.com/rhysd/actionlint",
  command: "github.com/rhysd/actionlint/cmd/actionlint",
  version: "github.com/rhysd/actionlint.version",
};

/**
 * The paths of the binaries, which need no library. They are built where they are missing.
 *
 * @throws one sentence with the remedy when one can't be built
 */
export async function workflowTools(): Promise<{ readonly act: string; readonly actionlint: string }> {
  return { act: await built(act), actionlint: await built(actionlint) };
}

async function built({ name: tool, module, command, version: variable }: Tool): Promise<string> {
  const folder = path.join(__dirname, "workflow-tools", tool);
  const version = await requiredVersion(folder, module);
  const name = `${tool}-${version}`;
  const binary = inCache(name, tool);
  if (existsSync(binary)) return binary;
  await step(
    `building ${tool} ${version}`,
    () =>
      once(name, (output) =>
        goBuild(
          {
            module: folder,
            package: command,
            output: path.join(output, tool),
            variables: { [variable]: version },
          },
          tool,
        ),
      ),
    "about a minute, once",
  );
  return binary;
}
