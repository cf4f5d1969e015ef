import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { digestOfFile } from "../../core/chain";
import { type Body, noPrevious } from "../../core/entry";
import { UserError } from "../../core/errors";
import { projectFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import { freshTrail } from "../signed-trail";

let folder: string;
beforeEach(() => {
  folder = freshTrail();
});

const refusal = (run: number): Body => ({ type: "refusal", run, stage: "policy", why: "because" });
const file = (number: number): string =>
  path.join(folder, "entries", `${String(number).padStart(8, "0")}.json`);

describe("the trail", () => {
  test("is numbered, and each entry holds the digest of the one before", () => {
    const trail = directoryTrail(folder);
    trail.append(refusal(1));
    trail.append(refusal(2));
    const [first, second] = trail.entries();
    expect([first?.number, second?.number]).toEqual([1, 2]);
    expect(first?.previous).toBe(noPrevious);
    expect(second?.previous).toBe(digestOfFile(fs.readFileSync(file(1), "utf8")));
  });

  test("says on whose behalf, where somebody says it", () => {
    process.env["HMS_ACTOR"] = "jo@agency.example";
    try {
      directoryTrail(folder).append(refusal(1));
    } finally {
      delete process.env["HMS_ACTOR"];
    }
    directoryTrail(folder).append(refusal(2));
    expect(
      directoryTrail(folder)
        .entries()
        .map((entry) => entry.actor),
    ).toEqual(["jo@agency.example", undefined]);
  });

  test("is empty before its first entry", () => {
    expect(directoryTrail(path.join(folder, "none")).entries()).toEqual([]);
  });

  test("loses and forks nothing when several write at once", async () => {
    const script = `
      const { directoryTrail } = require("./components/dynamic/load.js")("store/trail");
      const trail = directoryTrail(process.argv[1]);
      for (let n = 0; n < 25; n++) trail.append({ type: "refusal", run: n, stage: "test", why: process.argv[2] });`;
    const writers = ["a", "b", "c", "d"].map((name) =>
      execa("node", ["-e", script, folder, name], { cwd: projectFolder }),
    );
    await Promise.all(writers);
    const entries = directoryTrail(folder).entries();
    expect(entries.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    for (const entry of entries.slice(1)) {
      expect(entry.previous).toBe(digestOfFile(fs.readFileSync(file(entry.number - 1), "utf8")));
    }
    expect(fs.readdirSync(path.join(folder, "entries"))).toHaveLength(100);
  });

  test("says which entry is no entry", () => {
    const trail = directoryTrail(folder);
    trail.append(refusal(1));
    fs.writeFileSync(file(1), "{");
    expect(() => trail.entries()).toThrow(
      new UserError(
        "Entry 1 of the trail is no signed envelope, or was altered. Put it back from a copy of the trail.",
      ),
    );
  });

  test("says so when it can't be written", () => {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "entries"), "not a folder");
    expect(() => directoryTrail(folder).append(refusal(1))).toThrow(
      /^The trail .* can't be used \(.*\)\. Nothing ships without its entry: mend the disk or set HMS_TRAIL\.$/,
    );
  });
});
