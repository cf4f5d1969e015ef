import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { inCache, once } from "../../lab/toolchain/cache";

describe("a folder of the cache", () => {
  const before = process.env["XDG_CACHE_HOME"];
  let cache: string;

  beforeEach(() => {
    cache = mkdtempSync(path.join(os.tmpdir(), "hms-cache-"));
    process.env["XDG_CACHE_HOME"] = cache;
  });

  afterEach(() => {
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
    rmSync(cache, { recursive: true });
  });

  test("is filled once, though two ask for it at the same time", async () => {
    let fills = 0;
    const fill = async (folder: string): Promise<void> => {
      fills += 1;
      expect(existsSync(inCache("tool-1.0"))).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeFileSync(path.join(folder, "tool"), "whole");
    };
    const folders = await Promise.all([once("tool-1.0", fill), once("tool-1.0", fill)]);
    expect(folders).toEqual([inCache("tool-1.0"), inCache("tool-1.0")]);
    expect(readFileSync(inCache("tool-1.0", "tool"), "utf8")).toBe("whole");
    expect(fills).toBe(1);
  });

  test("does not exist when its making failed, and can be made again", async () => {
    const broken = (): Promise<void> => Promise.reject(new Error("no network"));
    await expect(once("tool-1.0", broken)).rejects.toThrow("no network");
    expect(readdirSync(inCache())).toEqual(["locks"]);
    await once("tool-1.0", () => Promise.resolve());
    expect(existsSync(inCache("tool-1.0"))).toBe(true);
  });

  test("takes away what a process that was killed left half made", async () => {
    mkdirSync(inCache(".tool-1.0-half"), { recursive: true });
    await once("tool-1.0", () => Promise.resolve());
    expect(readdirSync(inCache()).sort()).toEqual(["locks", "tool-1.0"]);
  });
});
