/** What the npm SDK of a package says about itself. */
import { readFileSync } from "node:fs";

/** The version of the installed npm SDK, which is the one that the engine asks the plugin for. */
export function sdkVersion(name: string): string {
  const file = require.resolve(`@pulumi/${name}/package.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
