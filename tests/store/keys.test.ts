import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { keyIdOf } from "../../core/dsse";
import { UserError } from "../../core/errors";
import {
  createKey,
  privateFile,
  publicFile,
  readPublicKey,
  signer,
  trust,
  trustedFolder,
  trustedKeys,
} from "../../store/keys";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-keys-"));
  process.env["HMS_KEYS"] = path.join(folder, "keys");
  for (const name of ["HMS_TRUSTED_KEYS", "HMS_SIGNING_KEY", "HMS_SIGNING_COMMAND"]) {
    Reflect.deleteProperty(process.env, name);
  }
});

const remedy = 'Run "npx hms keys init", or set HMS_KEYS to where they lie.';
const bytes = Buffer.from("what is signed");
const modeOf = (file: string): string => (fs.statSync(file).mode & 0o777).toString(8);

describe("a key in a file", () => {
  test("is its user's own, is trusted, and signs", () => {
    const keyId = createKey();
    expect([modeOf(privateFile()), modeOf(path.dirname(privateFile()))]).toEqual(["600", "700"]);
    expect(fs.readdirSync(trustedFolder())).toEqual([`${keyId}.pem`]);
    expect(signer().keyId).toBe(keyId);
    const key = trustedKeys().get(keyId);
    expect(key && verify(null, bytes, key, signer().sign(bytes))).toBe(true);
  });

  test("is never overwritten, and no draft of another stays", () => {
    createKey();
    const before = fs.readFileSync(privateFile());
    expect(() => createKey()).toThrow(
      new UserError(
        `There is a signing key already (${privateFile()}). To replace it, run "npx hms keys rotate --reason TEXT".`,
      ),
    );
    expect(fs.readFileSync(privateFile())).toEqual(before);
    expect(fs.readdirSync(path.dirname(privateFile())).sort()).toEqual(["signing.pem", "trusted"]);
  });

  test("is refused when others can read it", () => {
    createKey();
    fs.chmodSync(privateFile(), 0o644);
    expect(() => signer()).toThrow(
      new UserError(`${privateFile()} can be read by others. Run "chmod 600 ${privateFile()}".`),
    );
  });

  test("is refused when it is of another kind", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    fs.mkdirSync(path.dirname(privateFile()));
    fs.writeFileSync(privateFile(), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    expect(() => signer()).toThrow(
      new UserError(`${privateFile()} is a key of type rsa; allowed: ed25519. ${remedy}`),
    );
  });

  test("is refused when it is no key, or not there", () => {
    expect(() => signer()).toThrow(new UserError(`There is no signing key (${privateFile()}). ${remedy}`));
    fs.mkdirSync(path.dirname(privateFile()));
    fs.writeFileSync(privateFile(), "half a k", { mode: 0o600 });
    expect(() => signer()).toThrow(new UserError(`${privateFile()} holds no private key in PEM. ${remedy}`));
  });
});

describe("a key in the environment", () => {
  test("signs, whatever the file is", () => {
    createKey();
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    process.env["HMS_SIGNING_KEY"] = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(signer().keyId).toBe(keyIdOf(publicKey));
  });

  test("is not repeated in what is said of a bad one", () => {
    process.env["HMS_SIGNING_KEY"] = "a secret that is no key";
    expect(() => signer()).toThrow(new UserError(`HMS_SIGNING_KEY holds no private key in PEM. ${remedy}`));
  });
});

describe("a key behind a command", () => {
  /** A stand-in for a device: openssl, with a key in a file. */
  function aDevice(output = ""): string {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const file = path.join(folder, "device.pem");
    fs.writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    fs.mkdirSync(path.dirname(publicFile()), { recursive: true });
    fs.writeFileSync(publicFile(), publicKey.export({ type: "spki", format: "pem" }));
    return `f=$(mktemp -p ${folder}); cat > "$f"; openssl pkeyutl -sign -inkey ${file} -rawin -in "$f" ${output}`;
  }
  const signBy = (command: string): Uint8Array => {
    process.env["HMS_SIGNING_COMMAND"] = command;
    return signer().sign(bytes);
  };
  const complaint = (why: string): UserError =>
    new UserError(`HMS_SIGNING_COMMAND did not sign (${why}). Try it by hand: bytes in, signature out.`);

  test.each([
    ["64 bytes", ""],
    ["Base64", "| base64"],
  ])("signs, with %s on stdout", (_, output) => {
    const signature = signBy(aDevice(output));
    expect(verify(null, bytes, readPublicKey(publicFile()), signature)).toBe(true);
  });

  test("is refused when it fails", () => {
    aDevice();
    expect(() => signBy("exit 7")).toThrow(complaint("exit code 7"));
  });

  test("is given up when it hangs", () => {
    aDevice();
    process.env["HMS_SIGNING_SECONDS"] = "0.3";
    const began = Date.now();
    expect(() => signBy("sleep 20; echo")).toThrow(complaint("no signature within 0.3 s"));
    expect(Date.now() - began).toBeLessThan(5000);
    Reflect.deleteProperty(process.env, "HMS_SIGNING_SECONDS");
  });

  test.each([
    ["nonsense", "cat > /dev/null; echo nonsense"],
    ["nothing", "cat > /dev/null"],
    ["64 bytes that are no signature", "cat > /dev/null; head -c 64 /dev/zero"],
  ])("is refused when it gives %s", (_, command) => {
    aDevice();
    expect(() => signBy(command)).toThrow(
      new UserError(
        `HMS_SIGNING_COMMAND gave a signature that is not of ${publicFile()}. Put the public key of its device there.`,
      ),
    );
  });

  test("needs the public key of its device", () => {
    expect(() => signBy("cat")).toThrow(
      /signing\.pub is no public key in PEM \(ENOENT.*\)\. Run "npx hms keys init"/,
    );
  });
});

describe("the trusted keys", () => {
  test("are those in the folder, by their ids", () => {
    const { publicKey } = generateKeyPairSync("ed25519");
    const keyId = trust(publicKey);
    fs.writeFileSync(path.join(trustedFolder(), "README"), "not a key");
    expect([...trustedKeys().keys()]).toEqual([keyId]);
    expect(modeOf(path.join(trustedFolder(), `${keyId}.pem`))).toBe("644");
  });

  test("are none when there is no folder", () => {
    expect(trustedKeys().size).toBe(0);
  });

  test("hold nothing else under their name", () => {
    fs.mkdirSync(trustedFolder(), { recursive: true });
    const file = path.join(trustedFolder(), "a.pem");
    fs.writeFileSync(file, "nothing");
    expect(() => trustedKeys()).toThrow(/a\.pem is no public key in PEM/);
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    fs.writeFileSync(
      file,
      createPublicKey(publicKey.export({ type: "spki", format: "pem" })).export({
        type: "spki",
        format: "pem",
      }),
    );
    expect(() => trustedKeys()).toThrow(
      new UserError(`${file} is a key of type ec; allowed: ed25519. ${remedy}`),
    );
  });
});
