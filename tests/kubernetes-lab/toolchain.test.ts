import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import path from "node:path";
import { versionVariables } from "../../lab/toolchain/kubernetes/cluster";
import { providerVersion, withVersion } from "../../lab/toolchain/kubernetes/provider";
import { requiredVersion } from "../../lab/toolchain/go-build";

const root = path.join(__dirname, "..", "..");

test("Kubernetes is told its version as its own build does", () => {
  expect(versionVariables("1.37.2")).toEqual({
    "k8s.io/component-base/version.gitVersion": "v1.37.2",
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": "37",
  });
});

test("every staging module is of the same release as Kubernetes", async () => {
  const folder = path.join(root, "lab", "toolchain", "kubernetes", "cluster");
  const version = await requiredVersion(folder, "k8s.io/kubernetes");
  const replaced = [...readFileSync(path.join(folder, "go.mod"), "utf8").matchAll(/=> k8s\.io\/\S+ v(\S+)/g)];
  expect(replaced.length).toBeGreaterThan(20);
  expect(new Set(replaced.map(([, each]) => each))).toEqual(new Set([version.replace(/^1/, "0")]));
});

test("the provider is of the same release as its SDK", () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(providerVersion).toBe(dependencies["@pulumi/kubernetes"]);
});

test("the provider's schema says its version", () => {
  expect(JSON.parse(withVersion('{"name":"kubernetes"}', "4.25.0"))).toEqual({
    name: "kubernetes",
    version: "4.25.0",
  });
});
