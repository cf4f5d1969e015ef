import { createPublicKey, generateKeyPairSync } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { keyIdOf } from "../../core/dsse";
import { UserError } from "../../core/errors";
import { verify } from "../../pipeline/audit/verify";
import { formatKeys, initKeys, rotateKeys, showKeys } from "../../pipeline/keys";
import { keysFolder, privateFile, publicFile, signer, trustedFolder, trustedKeys } from "../../store/keys";
import { directoryTrail } from "../../store/trail";
import { freshTrail } from "../signed-trail";

let trail: string;
beforeEach(() => {
  trail = freshTrail();
});
afterEach(() => {
  Reflect.deleteProperty(process.env, "HMS_SIGNING_KEY");
  Reflect.deleteProperty(process.env, "HMS_SIGNING_COMMAND");
});

const refuse = (run = 1): void => {
  directoryTrail(trail).append({ type: "refusal", run, stage: "policy", why: "because" });
};
const rotations = (): string[] =>
  directoryTrail(trail)
    .entries()
    .flatMap(({ body }) => (body.type === "keys-rotated" ? body.reason : []));
const short = (keyId: string): string => keyId.slice(0, 12);

/** A key that lies elsewhere: its text, and a file of its public half. */
function aKeyElsewhere(name = "elsewhere"): { pem: string; file: string; keyId: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const file = path.join(path.dirname(trail), `${name}.pub`);
  fs.writeFileSync(file, publicKey.export({ type: "spki", format: "pem" }));
  return {
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    file,
    keyId: keyIdOf(publicKey),
  };
}

describe("the first key", () => {
  beforeEach(() => {
    fs.rmSync(keysFolder(), { recursive: true });
  });

  test("is made once", () => {
    const { keyId } = initKeys();
    refuse();
    expect(showKeys().signs?.keyId).toBe(keyId);
    expect(() => initKeys()).toThrow(
      new UserError(
        `There is a signing key already (${privateFile()}). To replace it, run "npx hms keys rotate --reason TEXT".`,
      ),
    );
    expect(signer().keyId).toBe(keyId);
  });

  test("is trusted when its making was cut short", () => {
    const { keyId } = initKeys();
    fs.rmSync(trustedFolder(), { recursive: true });
    expect(initKeys()).toEqual({ keyId });
    expect([...trustedKeys().keys()]).toEqual([keyId]);
  });

  test("is not made where another key signs the trail", () => {
    const { keyId } = initKeys();
    refuse();
    fs.rmSync(privateFile());
    expect(() => initKeys()).toThrow(
      new UserError(
        `Key ${short(keyId)}… signs the trail ${trail}. Set HMS_KEYS to where it lies; if it is lost, run "npx hms keys rotate --lost --reason TEXT".`,
      ),
    );
  });

  test("may lie in the environment, or behind a command", () => {
    const { pem, file, keyId } = aKeyElsewhere();
    process.env["HMS_SIGNING_KEY"] = pem;
    expect(() => initKeys()).toThrow(
      new UserError(
        "HMS_SIGNING_KEY signs. Write the public key of the one that is to sign into a file " +
          '("openssl pkey -in KEY -pubout -out FILE"), and run "npx hms keys init --public FILE".',
      ),
    );
    expect(initKeys(file)).toEqual({
      keyId,
      next: "Set HMS_SIGNING_COMMAND, or HMS_SIGNING_KEY, to what signs with it.",
    });
    refuse();
    process.env["HMS_SIGNING_COMMAND"] = "false";
    expect(() => initKeys()).toThrow(
      new UserError(
        'HMS_SIGNING_COMMAND signs. Make a key in its device, and run "npx hms keys init --public FILE" with its public key.',
      ),
    );
    expect(() => initKeys(aKeyElsewhere("other").file)).toThrow(`Key ${short(keyId)}… signs the trail`);
  });
});

describe("a rotation", () => {
  test("makes a new key sign, keeps what the old one signed good, and the old key aside", async () => {
    refuse();
    const before = signer().keyId;
    const { keyId } = rotateKeys({ reason: "yearly" });
    refuse(2);
    expect([signer().keyId, keyId === before]).toEqual([keyId, false]);
    expect(await verify()).toMatchObject({ entries: 3, signers: [before, keyId] });
    expect(fs.readdirSync(keysFolder()).sort()).toEqual([
      `retired-${short(before)}.pem`,
      "signing.pem",
      "trusted",
    ]);
    expect(directoryTrail(trail).entries()[1]?.body).toEqual({
      type: "keys-rotated",
      from: before,
      to: keyId,
      reason: "yearly",
    });
  });

  // What is on the disk when it is killed, from the last step back to the first.
  const next = (): string => path.join(keysFolder(), "signing.next.pem");
  const retired = (keyId: string): string => path.join(keysFolder(), `retired-${short(keyId)}.pem`);
  const undo = (before: string, steps: number): void => {
    if (steps > 0) fs.renameSync(privateFile(), next());
    if (steps > 1) fs.renameSync(retired(before), privateFile());
    if (steps > 2) {
      fs.rmSync(path.join(trail, "entries", "00000002.json"));
      fs.rmSync(process.env["HMS_HEADS"] ?? "", { recursive: true });
    }
    if (steps > 3) fs.rmSync(path.join(trustedFolder(), `${keyIdIn(next())}.pem`));
  };
  const keyIdIn = (file: string): string => keyIdOf(createPublicKey(fs.readFileSync(file)));

  test.each([
    ["before the new key has its place", 1],
    ["before the old key is put aside", 2],
    ["before the trail knows the new key", 3],
    ["before the new key is trusted", 4],
  ])("that was killed %s goes on, and is in the trail once", async (_, steps) => {
    refuse();
    const before = signer().keyId;
    const { keyId } = rotateKeys({ reason: "yearly" });
    undo(before, steps);
    expect(rotateKeys({ reason: "yearly" })).toEqual({ keyId });
    refuse(2);
    expect(rotations()).toEqual(["yearly"]);
    expect(await verify()).toMatchObject({ entries: 3, signers: [before, keyId] });
    expect(fs.existsSync(next())).toBe(false);
  });

  test("goes to a key that lies elsewhere, and can be run again", async () => {
    refuse();
    const before = signer().keyId;
    const { pem, file, keyId } = aKeyElsewhere();
    const done = { keyId, next: "Set HMS_SIGNING_COMMAND, or HMS_SIGNING_KEY, to what signs with it." };
    expect(rotateKeys({ reason: "to the device", publicKey: file })).toEqual(done);
    expect(rotateKeys({ reason: "to the device", publicKey: file })).toEqual(done);
    expect(() => {
      refuse(2);
    }).toThrow(`There is no signing key (${privateFile()}).`);
    process.env["HMS_SIGNING_KEY"] = pem;
    refuse(2);
    expect(rotations()).toEqual(["to the device"]);
    expect(await verify()).toMatchObject({ signers: [before, keyId] });
    expect(fs.existsSync(publicFile())).toBe(true);
    expect(() => rotateKeys({ reason: "x", publicKey: file })).toThrow(
      new UserError(`Key ${short(keyId)}… signs already. Make a new one.`),
    );
    expect(() => rotateKeys({ reason: "x" })).toThrow("HMS_SIGNING_KEY signs. Write the public key");
  });

  test("goes never back to a key that has signed", () => {
    refuse();
    const old = path.join(trustedFolder(), `${signer().keyId}.pem`);
    const before = signer().keyId;
    rotateKeys({ reason: "yearly" });
    expect(() => rotateKeys({ reason: "back", publicKey: old })).toThrow(
      new UserError(`Key ${short(before)}… has signed this trail before, and was retired. Make a new one.`),
    );
    expect(rotations()).toEqual(["yearly"]);
  });

  test("goes without the old key only when that is said to be lost", async () => {
    refuse();
    const before = signer().keyId;
    expect(() => rotateKeys({ reason: "x", lost: true })).toThrow(
      new UserError(
        `The key that signs is not lost: it is ${privateFile()}. Leave --lost away, or move that file out of the way.`,
      ),
    );
    fs.rmSync(privateFile());
    expect(() => rotateKeys({ reason: "x" })).toThrow(`There is no signing key (${privateFile()}).`);
    const { keyId } = rotateKeys({ reason: "disk died", lost: true });
    refuse(2);
    expect(await verify()).toMatchObject({ entries: 3, signers: [before, keyId] });
  });
});

test("what signs, what is trusted, and what the trail wants, is shown", () => {
  refuse();
  const { keyId } = signer();
  const trusted = [{ keyId, file: path.join(trustedFolder(), `${keyId}.pem`) }];
  expect(showKeys()).toEqual({
    signs: { keyId, from: "file", where: privateFile() },
    trusted,
    trail: { folder: trail, signedBy: keyId },
  });
  fs.rmSync(privateFile());
  expect(formatKeys(showKeys())).toBe(
    [
      `There is no signing key (${privateFile()}). Run "npx hms keys init", or set HMS_KEYS to where they lie.`,
      `but the trail ${trail} is signed by ${keyId}`,
      `trusted  ${keyId}  (${trusted[0]?.file ?? ""})`,
    ].join("\n"),
  );
});
