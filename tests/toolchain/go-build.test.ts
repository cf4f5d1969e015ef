import path from "node:path";
import { expect, test } from "@jest/globals";
import { goBuildArguments, requiredVersion } from "../../lab/toolchain/go-build";

const engine = path.join(__dirname, "..", "..", "lab", "toolchain", "engine");

test("a build names its output, its package and the values it sets", () => {
  expect(
    goBuildArguments({
      module: "/m",
      package: "example.org/x/cmd/x",
      output: "/out/x",
      variables: { "example.org/x/version.Version": "v1.2.3", "example.org/x/version.Major": "1" },
    }),
  ).toEqual([
    "build",
    "-trimpath",
    "-ldflags",
    "-s -w -X example.org/x/version.Version=v1.2.3 -X example.org/x/version.Major=1",
    "-o",
    "/out/x",
    "example.org/x/cmd/x",
  ]);
});

test("the engine's versions are the ones that go.mod pins", async () => {
  expect(await requiredVersion(path.join(engine, "cli"), "github.com/pulumi/pulumi/pkg/v3")).toBe("3.220.0");
  expect(await requiredVersion(path.join(engine, "language"), "github.com/pulumi/pulumi/sdk/v3")).toBe(
    "3.68.0",
  );
});

test("a module that go.mod does not require is an error that says so", async () => {
  await expect(requiredVersion(path.join(engine, "cli"), "example.org/none")).rejects.toThrow(
    "requires no example.org/none. Restore the file with git.",
  );
});
