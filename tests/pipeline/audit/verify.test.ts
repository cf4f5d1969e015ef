import fs from "node:fs";
import path from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { digestOfFile } from "../../../core/chain";
import { UserError } from "../../../core/errors";
import { formatVerified, parseHead, verify } from "../../../pipeline/audit/verify";
import { directoryBlobs } from "../../../store/blobs";
import { keysFolder, trustedFolder } from "../../../store/keys";
import { projectFolder } from "../../../store/project";
import { directoryTrail } from "../../../store/trail";
import { type Audited, auditedTrail } from "./audited";

let audited: Audited;
let copy: string;
beforeAll(async () => {
  audited = await auditedTrail();
});
beforeEach(() => {
  copy = path.join(fs.mkdtempSync(path.join(path.dirname(audited.trail), "copy-")), "trail");
  fs.cpSync(audited.trail, copy, { recursive: true });
});

const entryFile = (number: number): string => path.join(copy, "entries", `0000000${String(number)}.json`);
const bad = (number: number, what: string): string =>
  `Entry ${String(number)} of the trail ${what}. Put it back from a copy of the trail.`;

test("a whole trail is told with what it holds", async () => {
  const found = await verify();
  const digest = digestOfFile(fs.readFileSync(path.join(audited.trail, "entries", "00000008.json"), "utf8"));
  expect(found).toMatchObject({ trail: audited.trail, entries: 8, blobs: 6, head: { number: 8, digest } });
  expect(formatVerified({ ...found, seconds: 0.04 })).toBe(
    `The trail ${audited.trail} is whole. Entries: 8, stored files: 6, signed by ${found.signers
      .map((keyId) => `${keyId.slice(0, 12)}…`)
      .join(", ")}, checked in 0.0 s.\nNote its head, and give it to the next check: --head 8:${digest}`,
  );
});

describe("stored files", () => {
  test.each([
    ["report", 2, "names the report"],
    ["attestation", 2, "names the attestation"],
    ["bundle", 3, "names the bundle"],
    ["manifest", 3, "names the manifest"],
    ["provenance", 3, "names the provenance"],
    ["sbom", 3, "names a provenance of the image.cdx.json"],
  ] as const)("the %s, altered and missing", async (name, number, what) => {
    const sha256 = audited.blobs[name];
    const file = directoryBlobs(copy).pathOf(sha256);
    fs.appendFileSync(file, " ");
    const is = (wrong: string): string =>
      bad(number, `${what} sha256:${sha256.slice(0, 12)}…, which ${wrong}`);
    await expect(verify({ trail: copy })).rejects.toThrow(is("was altered"));
    fs.rmSync(file);
    await expect(verify({ trail: copy })).rejects.toThrow(is("is missing"));
  });

  test("the first bad entry is named, whatever is wrong with it", async () => {
    fs.rmSync(directoryBlobs(copy).pathOf(audited.blobs.bundle));
    fs.rmSync(entryFile(5));
    await expect(verify({ trail: copy })).rejects.toThrow(/^Entry 3 of the trail names the bundle/);
  });

  test("one that no entry names is what its name says, too", async () => {
    const file = directoryBlobs(copy).pathOf("ab".repeat(32));
    fs.writeFileSync(file, "something else");
    await expect(verify({ trail: copy })).rejects.toThrow(
      new UserError(
        `The file ${file} is not what its name says: it was altered. Put it back from a copy of the trail.`,
      ),
    );
  });

  test("an envelope by a key that is not trusted", async () => {
    const trusted = path.join(path.dirname(copy), "trusted");
    fs.cpSync(trustedFolder(), trusted, { recursive: true });
    const other = path.join(path.dirname(copy), "other");
    // The first key signed the envelope; the entry that names it is signed by the second, which alone is trusted here.
    const folder = process.env["HMS_TRAIL"];
    process.env["HMS_TRAIL"] = other;
    try {
      const [digest, attestation] = [audited.blobs.report, audited.blobs.attestation].map(
        (sha256) => `sha256:${sha256}` as const,
      );
      directoryTrail(other).append({
        type: "report",
        commit: audited.commit,
        passed: true,
        digest: digest ?? "",
        tests: 1,
        findings: 0,
        attestation: attestation ?? "",
      });
      fs.cpSync(path.join(audited.trail, "blobs"), path.join(other, "blobs"), { recursive: true });
      const [first] = (await verify({ trail: audited.trail })).signers;
      fs.rmSync(path.join(trusted, `${first ?? ""}.pem`));
      await expect(verify({ trail: other, trusted })).rejects.toThrow(
        bad(
          1,
          `names the attestation sha256:${audited.blobs.attestation.slice(0, 12)}…, whose signature is not of a trusted key`,
        ),
      );
    } finally {
      process.env["HMS_TRAIL"] = folder;
    }
  });
});

describe("what is known of the end", () => {
  test("a head that was noted elsewhere must be there", async () => {
    const { head } = await verify({ trail: copy });
    fs.rmSync(entryFile(8));
    fs.rmSync(entryFile(7));
    expect((await verify({ trail: copy })).entries).toBe(6);
    await expect(verify({ trail: copy, head })).rejects.toThrow(
      bad(7, "is missing, and entry 8 is known to have been there: the newest entries were cut off"),
    );
    await expect(verify({ trail: copy, head: { number: 6, digest: "ab".repeat(32) } })).rejects.toThrow(
      bad(6, "is not the one that is known: it, or one before it, was written anew"),
    );
    fs.rmSync(path.join(copy, "entries"), { recursive: true });
    await expect(verify({ trail: copy, head })).rejects.toThrow(
      /^Entry 1 of the trail is missing, and entry 8/,
    );
  });

  test("the own trail's head is known without a word", async () => {
    const file = path.join(audited.trail, "entries", "00000008.json");
    const text = fs.readFileSync(file);
    fs.rmSync(file);
    try {
      await expect(verify()).rejects.toThrow(/^Entry 8 of the trail is missing, and entry 8 is known/);
    } finally {
      fs.writeFileSync(file, text);
    }
  });

  test("a head is a number and a digest", () => {
    expect(parseHead(`8:${"ab".repeat(32)}`)).toEqual({ number: 8, digest: "ab".repeat(32) });
    expect(() => parseHead("8")).toThrow(
      new UserError('"8" is no head of a trail. Allowed: NUMBER:SHA256, as "hms audit verify" prints it.'),
    );
  });
});

test("there is something to verify, and something to verify it by", async () => {
  const none = path.join(path.dirname(copy), "none");
  await expect(verify({ trail: none })).rejects.toThrow(
    new UserError(`There is no trail at ${none}. Name another with --trail, or set HMS_TRAIL.`),
  );
  fs.mkdirSync(none);
  await expect(verify({ trail: none })).rejects.toThrow(
    new UserError(`The trail ${none} has no entries. Name another with --trail, or set HMS_TRAIL.`),
  );
  await expect(verify({ trail: copy, trusted: none })).rejects.toThrow(
    new UserError(
      `There is no trusted key in ${none}. Put the public keys there that you were given, or name their folder with --trusted.`,
    ),
  );
});

describe("on the command line", () => {
  const hms = (...args: string[]) =>
    execa("node", ["cli/hms.js", "audit", ...args], {
      cwd: projectFolder,
      reject: false,
      env: { HMS_KEYS: keysFolder() },
    });

  test("a whole trail ends with 0, a bad one with 1 and its first bad entry", async () => {
    const good = await hms("verify", "--trail", copy, "--json");
    expect([good.exitCode, JSON.parse(good.stdout)]).toEqual([
      0,
      expect.objectContaining({ whole: true, trail: copy, entries: 8, blobs: 6 }),
    ]);
    fs.rmSync(entryFile(4));
    const { exitCode, stdout, stderr } = await hms("verify", "--trail", copy, "--json");
    const why = bad(4, "is missing: after entry 3 comes the file 00000005.json");
    expect([exitCode, JSON.parse(stdout), stderr]).toEqual([1, { whole: false, bad: 4, why }, `hms: ${why}`]);
  }, 30_000);

  test.each([
    [["verify", "--head", "8"], 'Allowed: NUMBER:SHA256, as "hms audit verify" prints it.'],
    [["show", "1", "--run", "1"], "Choose one: a number, --commit, --run or --target."],
    [["show", "--commit", "main"], "Allowed: four or more digits of a commit's hash."],
    [["export", "x", "--run", "1", "--from", "1"], "Choose one: --run, or --from and --to."],
  ])(
    "%j is wrong usage",
    async (args, sentence) => {
      const { exitCode, stderr } = await hms(...args);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    },
    30_000,
  );
});
