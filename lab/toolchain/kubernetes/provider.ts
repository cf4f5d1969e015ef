/** Pulumi's official provider for Kubernetes, built from its Go module, for where its download is out of reach. */
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { inCache, once } from "../cache";
import { goBuild, moduleFolder } from "../go-build";
import { step } from "../progress";

/** The release that `provider/go.mod` names by its commit; `@pulumi/kubernetes` in package.json is the same one. */
export const providerVersion = "4.25.0";

const goModule = path.join(__dirname, "provider");
const official = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/**
 * The path of `pulumi-resource-kubernetes`. It is built where it is missing.
 *
 * @throws one sentence with the remedy when it can't be built
 */
export async function kubernetesProvider(): Promise<string> {
  const name = `pulumi-resource-kubernetes-${providerVersion}`;
  const binary = inCache(name, "pulumi-resource-kubernetes");
  if (existsSync(binary)) return binary;
  await step(`building Pulumi's Kubernetes provider ${providerVersion} (about 9 minutes, once)`, () =>
    once(name, build),
  );
  return binary;
}

/** The two files that it embeds must lie beside its sources, so the build happens in a copy of them. */
async function build(folder: string): Promise<void> {
  const log = "kubernetes-provider";
  const copy = path.join(folder, "source");
  await mkdir(copy);
  await cp(goModule, copy, { recursive: true });
  const embedded = path.join(
    await moduleFolder(goModule, official, log),
    "cmd",
    "pulumi-resource-kubernetes",
  );
  const schema = await readFile(path.join(embedded, "schema.json"), "utf8");
  await writeFile(path.join(copy, "schema.json"), withVersion(schema, providerVersion));
  // Not `cp`: what lies in the module cache is read-only, and the copy would be, too.
  const mapping = await readFile(path.join(embedded, "terraform-mapping.json"), "utf8");
  await writeFile(path.join(copy, "terraform-mapping.json"), JSON.stringify(JSON.parse(mapping)));
  await goBuild(
    {
      module: copy,
      package: ".",
      output: path.join(folder, "pulumi-resource-kubernetes"),
      variables: { [`${official}/pkg/version.Version`]: providerVersion },
    },
    log,
  );
  await rm(copy, { recursive: true });
}

/** A package schema that says its version, which the module's file leaves to the release process. */
export const withVersion = (schema: string, version: string): string =>
  JSON.stringify({ ...(JSON.parse(schema) as object), version });
