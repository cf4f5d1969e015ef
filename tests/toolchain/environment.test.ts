import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { searchPath } from "../../lab/toolchain/environment";

describe("PATH", () => {
  let machine: string;
  const at = (...parts: string[]): string => path.join(machine, ...parts);
  const program = (...parts: string[]): void => {
    mkdirSync(path.dirname(at(...parts)), { recursive: true });
    writeFileSync(at(...parts), "", { mode: 0o755 });
  };

  beforeEach(() => {
    machine = mkdtempSync(path.join(os.tmpdir(), "hms-path-"));
    program("usr", "node");
    program("cache", "node");
    program("cache", "pulumi");
  });

  afterEach(() => {
    rmSync(machine, { recursive: true });
  });

  test("gets a folder in front where nothing answers to the command", () => {
    expect(searchPath(at("usr"), { pulumi: at("cache") })).toBe(`${at("cache")}:${at("usr")}`);
  });

  test("gets a folder in front where another one answers, though it was there already", () => {
    expect(searchPath(`${at("usr")}:${at("cache")}`, { node: at("cache") })).toBe(
      `${at("cache")}:${at("usr")}`,
    );
  });

  test("stays as it is where the right one answers, by a link too", () => {
    mkdirSync(at("bin"));
    symlinkSync(at("usr", "node"), at("bin", "node"));
    const today = `${at("bin")}:${at("usr")}`;
    expect(searchPath(today, { node: at("usr") })).toBe(today);
  });

  test("does not grow when it is made twice", () => {
    const commands = { node: at("cache"), pulumi: at("cache") };
    const once = searchPath(at("usr"), commands);
    expect(searchPath(once, commands)).toBe(once);
  });
});
