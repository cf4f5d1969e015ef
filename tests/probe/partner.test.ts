import { expect, test } from "@jest/globals";
import { execa } from "execa";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { checksumText, isReadBack, parseChecksum } from "../../probe/partner";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

test("sha256sum takes a checksum file, and a checksum file of sha256sum is understood", async () => {
  const cwd = mkdtempSync(path.join(tmpdir(), "hms-checksum-"));
  try {
    writeFileSync(path.join(cwd, "bundle.zip"), "content");
    const text = checksumText(sha256("content"), "bundle.zip");
    const check = await execa("sha256sum", ["--check", "--strict", "-"], { cwd, input: text });
    expect(check.stdout).toBe("bundle.zip: OK");
    for (const mode of ["--text", "--binary"]) {
      const { stdout } = await execa("sha256sum", [mode, "bundle.zip"], { cwd });
      expect(parseChecksum(stdout, "bundle.zip")).toBe(sha256("content"));
    }
  } finally {
    rmSync(cwd, { recursive: true });
  }
});

test("a checksum file says something of the files that it names, and of no others", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
  fc.assert(
    fc.property(name, name, fc.string(), (one, other, noise) => {
      fc.pre(one !== other);
      const text = `${noise.replaceAll(/[0-9a-f]/g, "")}\r\n${checksumText(sha256(one), one)}`;
      expect(parseChecksum(text, one)).toBe(sha256(one));
      expect(parseChecksum(text, other)).toBeUndefined();
    }),
  );
});

test("a bundle is read back up to a size", () => {
  const mebibyte = 2 ** 20;
  expect(isReadBack({ size: 64 * mebibyte })).toBe(true);
  expect(isReadBack({ size: 64 * mebibyte + 1 })).toBe(false);
  expect(isReadBack({ size: 1 }, 0)).toBe(false);
  expect(isReadBack({ size: 3 * mebibyte }, 3)).toBe(true);
});
