/** Kubernetes in one binary, built from its Go modules: neither a download nor a container image is needed. */
import path from "node:path";
import { inCache, once } from "../cache";
import { goBuild, requiredVersion } from "../go-build";
import { existsSync } from "node:fs";
import { step } from "../progress";

const goModule = path.join(__dirname, "cluster");

/** The values that Kubernetes' own build sets, by which its components know their version. */
export function versionVariables(version: string): Record<string, string> {
  const [major = "", minor = ""] = version.split(".");
  const name = "k8s.io/component-base/version";
  return { [`${name}.gitVersion`]: `v${version}`, [`${name}.gitMajor`]: major, [`${name}.gitMinor`]: minor };
}

/**
 * The path of the binary. Its first argument names the component: `kube-apiserver`, `kube-controller-manager`,
 * `kube-proxy`, `kube-scheduler`, `kubectl` or `kubelet`. It is built where it is missing.
 *
 * @throws one sentence with the remedy when it can't be built
 */
export async function kubernetesBinary(): Promise<string> {
  const version = await requiredVersion(goModule, "k8s.io/kubernetes");
  const name = `kubernetes-${version}`;
  const binary = inCache(name, "kubernetes");
  if (existsSync(binary)) return binary;
  await step(`building Kubernetes ${version} (about 8 minutes, once)`, () =>
    once(name, (folder) =>
      goBuild(
        {
          module: goModule,
          package: ".",
          output: path.join(folder, "kubernetes"),
          variables: versionVariables(version),
        },
        "kubernetes",
      ),
    ),
  );
  return binary;
}
