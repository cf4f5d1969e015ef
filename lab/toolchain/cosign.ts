/** Cosign, built from its Go module: the tool with which an auditor checks the trail, for the tests. */
import { existsSync } from "node:fs";
import path from "node:path";
import { inCache, once } from "./cache";
import { goBuild, requiredVersion } from "./go-build";
import { step } from "./progress";

const goModule = path.join(__dirname, "cosign");
const cosignModule = "github.com/sigstore/cosign/v3";

/**
 * The path of the binary, which needs no library. It is built where it is missing.
 *
 * @throws one sentence with the remedy when it can't be built
 */
export async function cosignBinary(): Promise<string> {
  const version = await requiredVersion(goModule, cosignModule);
  const name = `cosign-${version}`;
  const binary = inCache(name, "cosign");
  if (existsSync(binary)) return binary;
  await step(
    `building cosign ${version}`,
    () =>
      once(name, (folder) =>
        goBuild(
          {
            module: goModule,
            package: `${cosignModule}/cmd/cosign`,
            output: path.join(folder, "cosign"),
            variables: { "sigs.k8s.io/release-utils/version.gitVersion": `v${version}` },
          },
          "cosign",
        ),
      ),
    "about 5 minutes, once",
  );
  return binary;
}
