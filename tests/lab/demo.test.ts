/** The demo, as a newcomer runs it: what it prints is what was asked of the targets, and the lab is gone afterwards. */
import fs from "node:fs";
import { beforeAll, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { down } from "../../lab/lab";
import { labRoot } from "../../lab/layout";
import { projectFolder } from "../../store/project";
import * as world from "./world";

jest.setTimeout(300_000);

beforeAll(down);

test("npm run demo ships two releases, sees a leak refused, and puts the first one back", async () => {
  const program = ["-r", "./register.js", "lab/toolchain/main.ts", "demo", "--down"];
  const { exitCode, stdout, stderr } = await execa("node", program, { cwd: projectFolder, reject: false });
  expect([exitCode, exitCode === 0 ? "" : stdout + stderr]).toEqual([0, ""]);

  const answers = [...stdout.matchAll(/asked for heavy rain: (.*)$/gm)].map(([, text]) => text);
  const everywhere = (answer: string): string =>
    ["cloud", "mississippi", "anchorage"].map((place) => `${place} ${answer}`).join(" · ");
  const fixed = everywhere(/v2: risk 9\d/.exec(answers[1] ?? "")?.[0] ?? "v2: more than 90");
  expect(answers).toEqual([everywhere("v1: risk 0"), fixed, fixed, everywhere("v1: risk 0")]);

  // The seed's kind of log, in its order.
  const steps = [
    /^\[\d\d:\d\d\] ✅ compliance passed \(\d+ tests, 0 findings\)$/m,
    /^\[\d\d:\d\d\] 📦 image flood-formula:[0-9a-f]{7} built, sha256:/m,
    /^\[\d\d:\d\d\] 🚀 deployed to cloud/m,
    /^\[\d\d:\d\d\] 🚚 synced to mississippi \(rsync, .* of .* sent\)$/m,
    /^\[\d\d:\d\d\] 📤 uploaded bundle to ftp:\/\/usgs\/inbox$/m,
    /refused/,
    /Deploy #2 \(fix overflow\)/,
  ];
  const missing = steps.filter((step) => !step.test(stdout));
  expect([missing, missing.length === 0 ? "" : stdout]).toEqual([[], ""]);

  const [, table = ""] = stdout.split("── What is where now, asked of every target ──");
  const [, first = ""] = /image flood-formula:([0-9a-f]{7}) built/.exec(stdout) ?? [];
  const rows = [...table.matchAll(/^(\w[\w-]+\/\w[\w-]+) +(\w+) +\w+ .* (healthy|whole) +(\w+)\s*$/gm)];
  expect(rows.map(([, target, release, , state]) => [target, release, state])).toEqual(
    world.allTargets.slice(1).map((target) => [target, first, "current"]),
  );
  expect(fs.existsSync(labRoot)).toBe(false);
});
