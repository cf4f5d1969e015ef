/** Caddy, built from its Go module: the proxy that owns a target's port. */
import { existsSync } from "node:fs";
import path from "node:path";
import { inCache, once } from "./cache";
import { goBuild, requiredVersion } from "./go-build";
import { step } from "./progress";

const goModule = path.join(__dirname, "caddy");
const caddyModule = "github.com/caddyserver/caddy/v2";

/**
 * The path of the binary, which needs no library. It is built where it is missing.
 *
 * @throws one sentence with the remedy when it can't be built
 */
export async function caddyBinary(): Promise<string> {
  const version = await requiredVersion(goModule, caddyModule);
  const name = `caddy-${version}`;
  const binary = inCache(name, "caddy");
  if (existsSync(binary)) return binary;
  await step(`building Caddy ${version} (about 2 minutes, once)`, () =>
    once(name, (folder) =>
      goBuild(
        {
          module: goModule,
          package: `${caddyModule}/cmd/caddy`,
          output: path.join(folder, "caddy"),
          variables: { [`${caddyModule}.CustomVersion`]: `v${version}` },
        },
        "caddy",
      ),
    ),
  );
  return binary;
}
