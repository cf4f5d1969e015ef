import { describe, expect, test } from "@jest/globals";
import { atLeast, candidates, oldest } from "../../lab/toolchain/engine";

describe("the version of a pulumi on PATH", () => {
  test.each(["3.150.0", "v3.150.0", "3.220.0", "4.0.0", "3.151.0-alpha.1", "3.1000.0"])(
    "%s will do",
    (version) => {
      expect(atLeast(version, oldest)).toBe(true);
    },
  );

  test.each(["3.149.9", "v3.99.0", "2.500.0", "", "garbage"])("%s won't", (version) => {
    expect(atLeast(version, oldest)).toBe(false);
  });
});

test("the user's pulumi is looked for on PATH, then where Pulumi's installer puts it, never in our own folders", () => {
  const searchPath = [
    "/home/ann/.cache/hms/engine-3.220.0-nodejs-3.68.0",
    "/checkout/node_modules/.bin",
    "relative/bin",
    "",
    "/usr/local/bin",
  ].join(":");
  expect(candidates(searchPath, "/home/ann", "/home/ann/.cache/hms")).toEqual([
    "/usr/local/bin",
    "/home/ann/.pulumi/bin",
  ]);
});
