import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  decideSource,
  firstError,
  installArguments,
  launcherOf,
  patience,
  pluginFile,
  pluginOf,
  pulumiHome,
  wishedSource,
} from "../../lab/toolchain/plugins";

describe("HMS_PLUGINS", () => {
  test("takes official, standin, or nothing", () => {
    expect([undefined, "", "official", "standin"].map(wishedSource)).toEqual([
      undefined,
      undefined,
      "official",
      "standin",
    ]);
  });

  test("says what it takes", () => {
    expect(() => wishedSource("offical")).toThrow(
      'HMS_PLUGINS is "offical". Set it to "official" or "standin", or unset it to let us choose.',
    );
  });
});

describe("where the plugins come from", () => {
  const now = Date.parse("2030-01-02T12:00:00Z");
  const closed = { wish: undefined, installed: false, refused: undefined, now };

  test.each([
    ["installed ones are used", { ...closed, installed: true }, "official"],
    [
      "installed ones are used, even after a failed download",
      { ...closed, installed: true, refused: now },
      "official",
    ],
    ["the download is tried once", closed, "download"],
    ["not again within a day", { ...closed, refused: now - patience + 1 }, "standin"],
    ["again after a day", { ...closed, refused: now - patience }, "download"],
    ["who wishes stand-ins gets them", { ...closed, wish: "standin", installed: true }, "standin"],
    [
      "who wishes official ones gets what is installed",
      { ...closed, wish: "official", installed: true },
      "official",
    ],
    ["or the download, whatever failed before", { ...closed, wish: "official", refused: now }, "download"],
  ] as const)("%s", (_, facts, source) => {
    expect(decideSource(facts)).toBe(source);
  });
});

test("official plugins and stand-ins never share a PULUMI_HOME", () => {
  expect(pulumiHome("official")).not.toBe(pulumiHome("standin"));
});

test("a plugin lies where the engine looks for it", () => {
  expect(pluginFile("/home", { name: "docker", version: "4.11.2" })).toBe(
    "/home/plugins/resource-docker-v4.11.2/pulumi-resource-docker",
  );
});

test("a plugin's version is that of its SDK in node_modules", async () => {
  const { version } = await pluginOf("random");
  expect(installArguments({ name: "random", version })).toEqual([
    "plugin",
    "install",
    "resource",
    "random",
    version,
  ]);
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

test("the reason of a failed download is the first one, not the last retry", () => {
  const output = [
    "[resource plugin random-4.21.2] installing",
    'warning: Error downloading plugin: Get "https://example.test/x": no such host',
    "Will retry in 80ms [1/5]",
    "error: failed all 5 attempts",
  ].join("\n");
  expect(firstError(output)).toBe('Get "https://example.test/x": no such host');
  expect(firstError("")).toBe("it gave no reason");
});

test("a stand-in's launcher runs the checkout's program, whatever the path and the folder", () => {
  const checkout = mkdtempSync(path.join(os.tmpdir(), "it's a checkout "));
  try {
    writeFileSync(path.join(checkout, "node"), '#!/bin/sh\nprintf "%s\\n" "$@"\n', {
      mode: 0o755,
    });
    writeFileSync(
      path.join(checkout, "launcher"),
      launcherOf("docker", path.join(checkout, "node"), checkout),
      { mode: 0o755 },
    );
    const lines = execFileSync(path.join(checkout, "launcher"), ["127.0.0.1:7", "-v"], {
      cwd: "/",
      encoding: "utf8",
    });
    expect(lines.trim().split("\n")).toEqual([
      "-r",
      path.join(checkout, "register.js"),
      path.join(checkout, "lab/standin/docker/main.ts"),
      "127.0.0.1:7",
      "-v",
    ]);
  } finally {
    rmSync(checkout, { recursive: true });
  }
});
