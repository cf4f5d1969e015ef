import fs from "node:fs";
import path from "node:path";
import { generateKeyPairSync, sign } from "node:crypto";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { keyIdOf, seal } from "../../core/dsse";
import { UserError } from "../../core/errors";
import { planStatement, type SavedPlan } from "../../core/saved-plan";
import { statement } from "../../core/statement";
import { directoryBlobs } from "../../store/blobs";
import { signer, trust, trustedFolder } from "../../store/keys";
import { readPlan, writePlan } from "../../store/plans";
import { freshTrail } from "../signed-trail";

let folder: string;
let file: string;
beforeEach(() => {
  folder = freshTrail();
  file = path.join(path.dirname(folder), "next.plan");
});

const plan: SavedPlan = {
  ...{ service: "flood-formula", trail: "5d0c1f2e3a4b", commit: "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a" },
  ...{
    settings: { build: "1" },
    policy: "2",
    targets: {},
    revision: "main",
    subject: "fix",
    stacks: ["cloud"],
  },
  ...{ plannedAt: "2026-11-24T10:00:00.000Z", expiresAt: "2026-11-25T10:00:00.000Z" },
};
const why = (): string => {
  try {
    readPlan(file);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "nothing";
};
const other = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const keyId = keyIdOf(publicKey);
  const by = { keyId, sign: (bytes: Uint8Array) => sign(null, bytes, privateKey) };
  return { publicKey, short: `${keyId.slice(0, 12)}…`, text: seal(JSON.stringify(planStatement(plan)), by) };
};

test("a plan that was written is read as it was, by its owner alone, and kept beside the trail", () => {
  const digest = writePlan(file, plan);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  const read = readPlan(file);
  expect([read.plan, read.digest]).toEqual([plan, digest]);
  expect(directoryBlobs(folder).text(digest)).toBeUndefined();
  read.keep();
  expect(directoryBlobs(folder).text(digest)).toBe(fs.readFileSync(file, "utf8"));
});

describe("a file is not taken, in one sentence:", () => {
  test("when it is not there", () => {
    expect(why()).toBe(
      `${file} can't be read (ENOENT). Name a file that "npx hms pipeline plan --save FILE" wrote.`,
    );
  });

  test.each(["", "{}", "commit: 8e9a12c\n"])("when it is no envelope: %j", (text) => {
    fs.writeFileSync(file, text);
    expect(why()).toBe(
      `${file} is no plan: it is no signed envelope, or was altered. Name a file that "npx hms pipeline plan --save FILE" wrote.`,
    );
  });

  test("when it was edited", () => {
    writePlan(file, plan);
    const envelope = JSON.parse(fs.readFileSync(file, "utf8")) as { payload: string };
    const edited = Buffer.from(envelope.payload, "base64").toString().replace('"main"', '"evil"');
    const payload = Buffer.from(edited).toString("base64");
    fs.writeFileSync(file, `${JSON.stringify({ ...envelope, payload })}\n`);
    expect(why()).toBe(
      `${file} was altered after it was signed: the signature is not that of ${signer().keyId.slice(0, 12)}…. Plan again here, or let who made it do so.`,
    );
  });

  test("when a stranger signed it", () => {
    const { short, text } = other();
    fs.writeFileSync(file, text);
    expect(why()).toBe(
      `${file} is signed by the key ${short}, which is not among those in ${trustedFolder()}. Plan again here, or let who made it do so.`,
    );
  });

  test("when a key signed it that is retired, and trusted for what it signed before", () => {
    const { publicKey, short, text } = other();
    trust(publicKey);
    fs.writeFileSync(file, text);
    expect(why()).toBe(
      `${file} is signed by the key ${short}, which signs the trail no more. Plan again here, or let who made it do so.`,
    );
  });

  test("when it is another of our statements", () => {
    fs.writeFileSync(
      file,
      seal(JSON.stringify(statement([], "https://hms.example/trail/release/v1", {})), signer()),
    );
    expect(why()).toBe(
      `${file} is no plan: it is a signed statement of another kind (https://hms.example/trail/release/v1). Name a file that "npx hms pipeline plan --save FILE" wrote.`,
    );
  });
});

test("where a plan can't be written, the remedy is said", () => {
  const nowhere = path.join(folder, "none", "next.plan");
  expect(() => writePlan(nowhere, plan)).toThrow(
    new UserError(
      `The plan can't be written to ${nowhere} (ENOENT). Name a file in a folder that is there, and that you may write to.`,
    ),
  );
});
