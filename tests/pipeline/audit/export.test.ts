/** What is exported is checked with nothing but the shell and openssl, by the README's own words. */
import fs from "node:fs";
import path from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { UserError } from "../../../core/errors";
import { exportTrail } from "../../../pipeline/audit/export";
import { directoryBlobs } from "../../../store/blobs";
import { type Audited, auditedTrail } from "./audited";
import { blocksOf, runBlock } from "./readme-blocks";

let audited: Audited;
let whole: string;
beforeAll(async () => {
  audited = await auditedTrail();
  whole = path.join(path.dirname(audited.trail), "whole");
  await exportTrail(whole);
});

/** Runs all of a README's blocks but cosign's; answers with what the first that failed said. */
async function firstComplaint(folder: string): Promise<string | undefined> {
  for (const [section, block] of blocksOf(folder)) {
    const { exitCode, said } = section === 5 ? { exitCode: 0, said: "" } : await runBlock(folder, block);
    if (exitCode !== 0) return `${String(section)}: ${said}`;
  }
  return undefined;
}

test("the README has a block for each check", () => {
  expect([...blocksOf(whole).keys()]).toEqual([1, 2, 3, 4, 5, 7]);
});

test("a whole trail passes every block", async () => {
  expect(await firstComplaint(whole)).toBeUndefined();
});

test("a part passes every block, and has the blobs that it names alone", async () => {
  const part = path.join(path.dirname(audited.trail), "part");
  expect(await exportTrail(part, { from: 2, to: 3 })).toMatchObject({ from: 2, to: 3, blobs: 6 });
  expect(await firstComplaint(part)).toBeUndefined();
  const run = path.join(path.dirname(audited.trail), "run");
  expect(await exportTrail(run, { run: 2 })).toMatchObject({ from: 8, to: 8, blobs: 0 });
  expect(await firstComplaint(run)).toBeUndefined();
});

describe("a README's blocks name what was done to the folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(path.dirname(audited.trail), "bad-"));
    fs.cpSync(whole, folder, { recursive: true });
  });
  const entry = (number: number): string => path.join(folder, "entries", `0000000${String(number)}.json`);
  const edit = (file: string, from: RegExp, to: string): void => {
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(from, to));
  };

  test("a signature", async () => {
    const { signatures } = JSON.parse(fs.readFileSync(entry(7), "utf8")) as { signatures: { sig: string }[] };
    edit(entry(8), /"sig":"[^"]+"/, `"sig":"${signatures[0]?.sig ?? ""}"`);
    expect(await runBlock(folder, blocksOf(folder).get(4) ?? "")).toEqual({
      exitCode: 1,
      said: "entries/00000008.json: the signature is wrong",
    });
  });

  test("the last entry, which none holds", async () => {
    fs.appendFileSync(entry(8), " ");
    expect(await firstComplaint(folder)).toBe("3: the last entry is another one");
  });

  test("a key out of its turn", async () => {
    const [, first = ""] = /"keyid":"([0-9a-f]+)"/.exec(fs.readFileSync(entry(1), "utf8")) ?? [];
    const [, second = ""] = /"keyid":"([0-9a-f]+)"/.exec(fs.readFileSync(entry(8), "utf8")) ?? [];
    edit(entry(8), /"keyid":"[0-9a-f]+"/, `"keyid":"${first}"`);
    expect(await firstComplaint(folder)).toBe(`3: entry 8 is signed by ${first}, while ${second} signs`);
  });

  test("an entry", async () => {
    edit(entry(4), /"payload":"([^"]+)"/, `"payload":"e30="`);
    expect(await firstComplaint(folder)).toBe("3: entry 4 does not follow the one before it");
  });

  test("an entry that is gone", async () => {
    fs.rmSync(entry(5));
    expect(await firstComplaint(folder)).toBe("3: entry 5 is missing");
  });

  test("a key", async () => {
    const [name = "", other = ""] = fs.readdirSync(path.join(folder, "keys"));
    fs.copyFileSync(path.join(folder, "keys", other), path.join(folder, "keys", name));
    expect(await firstComplaint(folder)).toContain(`1: keys/${name} is another key: ${other.slice(0, 64)}`);
  });

  test("a stored file that was altered, and one that is gone", async () => {
    const file = directoryBlobs(folder).pathOf(audited.blobs.bundle);
    fs.appendFileSync(file, "!");
    expect(await firstComplaint(folder)).toContain(`2: ${audited.blobs.bundle}: FAILED`);
    fs.rmSync(file);
    expect(await firstComplaint(folder)).toBe(
      `7: entries/00000003.json names sha256:${audited.blobs.bundle}, which is missing`,
    );
  });
});

describe("an export", () => {
  test("goes into no folder that holds something", async () => {
    await expect(exportTrail(whole)).rejects.toThrow(
      new UserError(`${whole} is not empty. Name a folder that is, or that is not there yet.`),
    );
  });

  test("verifies first, and writes nothing of a bad trail", async () => {
    const to = path.join(path.dirname(audited.trail), "never");
    const copy = path.join(path.dirname(audited.trail), "copy");
    fs.cpSync(audited.trail, copy, { recursive: true });
    fs.appendFileSync(directoryBlobs(copy).pathOf(audited.blobs.manifest), "!");
    await expect(exportTrail(to, { trail: copy })).rejects.toThrow(
      `Entry 3 of the trail names the manifest sha256:${audited.blobs.manifest.slice(0, 12)}…, which was altered. Put it back from a copy of the trail.`,
    );
    expect(fs.existsSync(to)).toBe(false);
  });

  test("says what there is when it is asked for more", async () => {
    const to = path.join(path.dirname(audited.trail), "more");
    await expect(exportTrail(to, { from: 3, to: 9 })).rejects.toThrow(
      `The trail ${audited.trail} has no such entries: it goes from 1 to 8. "npx hms audit show" lists them.`,
    );
  });
});
