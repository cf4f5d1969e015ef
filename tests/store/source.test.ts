import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { archiveDigest, resolveCommit } from "../../store/source";

test("the digest of a commit's archive is the one that plain git gives", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-source-"));
  const git = (...args: string[]) =>
    execa("git", ["-C", folder, "-c", "user.name=T", "-c", "user.email=t@a.example", ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  fs.writeFileSync(path.join(folder, "formula.js"), "module.exports = 1;\n");
  await git("add", "--all");
  await git("commit", "--quiet", "-m", "First");
  const archive = await execa("git", ["-C", folder, "archive", "--format=tar", "HEAD"], {
    encoding: "buffer",
  });
  expect(await archiveDigest(folder, await resolveCommit(folder, "main"))).toBe(
    createHash("sha256").update(archive.stdout).digest("hex"),
  );
});
