/** Toxiproxy, built from its Go module: what makes a line slow, deaf and short-lived, for the tests. */
import { existsSync } from "node:fs";
import path from "node:path";
import { inCache, once } from "./cache";
import { goBuild, requiredVersion } from "./go-build";
import { step } from "./progress";

const goModule = path.join(__dirname, "toxiproxy");
const toxiproxyModule = "github.com/Shopify/toxiproxy/v2";

/**
 * The path of its server, which needs no library. It is built where it is missing.
 *
 * @throws one sentence with the remedy when it can't be built
 */
export async function toxiproxyBinary(): Promise<string> {
  const version = await requiredVersion(goModule, toxiproxyModule);
  const name = `toxiproxy-${version}`;
  const binary = inCache(name, "toxiproxy");
  if (existsSync(binary)) return binary;
  await step(
    `building Toxiproxy ${version}`,
    () =>
      once(name, (folder) =>
        goBuild(
          {
            module: goModule,
            package: `${toxiproxyModule}/cmd/server`,
            output: path.join(folder, "toxiproxy"),
            variables: { [`${toxiproxyModule}.Version`]: version },
          },
          "toxiproxy",
        ),
      ),
    "about a minute, once",
  );
  return binary;
}
