import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { UserError } from "../../core/errors";
import { archiveDigest, exportCommit, resolveCommit } from "../../store/source";

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

test.each([
  ["an absolute path", "/etc/hostname"],
  ["a way up", "../../keys/signing.pem"],
  ["what is not there", "../none"],
])("a link to %s leads out of the commit, and is refused", async (_, target) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-source-"));
  const git = (...args: string[]) =>
    execa("git", ["-C", folder, "-c", "user.name=T", "-c", "user.email=t@a.example", ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  fs.mkdirSync(path.join(folder, "rules"));
  fs.writeFileSync(
    path.join(folder, "formula.js"),
    `module.exports = ${JSON.stringify(target + String(Date.now()))};\n`,
  );
  fs.symlinkSync("../formula.js", path.join(folder, "rules", "good"));
  await git("add", "--all");
  await git("commit", "--quiet", "-m", "Links within");
  const good = await exportCommit(folder, await resolveCommit(folder, "main"));
  expect(fs.existsSync(path.join(good.folder, "rules", "good"))).toBe(true);
  fs.symlinkSync(target, path.join(folder, "pipeline.yml"));
  await git("add", "--all");
  await git("commit", "--quiet", "-m", "Links out");
  await expect(exportCommit(folder, await resolveCommit(folder, "main"))).rejects.toThrow(
    new UserError("pipeline.yml is a link that leads out of the commit. Commit the file itself."),
  );
});
