import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { projectFolder } from "../../store/project";
import { deadScratch, scratchFolder } from "../../store/scratch";

let parent = "";
beforeEach(() => {
  parent = fs.mkdtempSync(path.join(os.tmpdir(), "hms-test-"));
});
afterEach(() => {
  fs.rmSync(parent, { recursive: true });
});

/** A folder that a process made which was killed. */
function left(kind: string): string {
  const program = `
    require("./register");
    const { scratchFolder } = require("./store/scratch");
    const folder = scratchFolder(${JSON.stringify(parent)}, ${JSON.stringify(kind)});
    require("node:fs").writeFileSync(folder + "/file", "");
    process.stdout.write(folder, () => process.kill(process.pid, "SIGKILL"));`;
  return spawnSync(process.execPath, ["-e", program], { cwd: projectFolder, encoding: "utf8" }).stdout;
}

test("what killed processes have left of a kind goes, and nothing else", () => {
  const [dead, other] = [left("command"), left("code")];
  const mine = scratchFolder(parent, "command");
  expect(fs.existsSync(dead)).toBe(false);
  const foreign = path.join(parent, path.basename(dead).replace(/^command-[0-9a-f]{8}/, "command-00000000"));
  const forgotten = foreign.replace("00000000", "11111111");
  [foreign, forgotten].forEach((each) => {
    fs.mkdirSync(each);
  });
  const longAgo = Date.now() / 1000 - 2 * 24 * 60 * 60;
  fs.utimesSync(forgotten, longAgo, longAgo);
  expect(fs.existsSync(forgotten)).toBe(true);
  expect(deadScratch(parent, "code")).toEqual([path.basename(other)]);
  const again = scratchFolder(parent, "command");
  expect(fs.readdirSync(parent).sort()).toEqual(
    [mine, again, other, foreign].map((f) => path.basename(f)).sort(),
  );
});
