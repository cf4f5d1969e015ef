import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { isSignedBy, keyIdOf, open, preAuthEncoding, seal, type Signer } from "../../core/dsse";

// RFC 8032, section 7.1, test 1, with the heads of PKCS #8 and SubjectPublicKeyInfo of RFC 8410.
const seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const point = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const der = (head: string, value: string): Buffer => Buffer.from(head + value, "hex");
const privateKey = createPrivateKey({
  key: der("302e020100300506032b657004220420", seed),
  format: "der",
  type: "pkcs8",
});
const publicKey = createPublicKey({
  key: der("302a300506032b6570032100", point),
  format: "der",
  type: "spki",
});
const signer: Signer = { keyId: keyIdOf(privateKey), sign: (bytes) => sign(null, bytes, privateKey) };

test("the encoding that is signed is the one of DSSE's own example", () => {
  expect(preAuthEncoding("http://example.com/HelloWorld", Buffer.from("hello world")).toString()).toBe(
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
});

test("lengths are bytes, not characters", () => {
  expect(preAuthEncoding("t", Buffer.from("ü")).toString()).toBe("DSSEv1 1 t 2 ü");
});

test("signatures are those of RFC 8032", () => {
  expect(Buffer.from(signer.sign(Buffer.alloc(0))).toString("hex")).toBe(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
});

test("a key's id is the digest of its public part, whichever half is asked", () => {
  const id = createHash("sha256").update(der("302a300506032b6570032100", point)).digest("hex");
  expect([keyIdOf(publicKey), keyIdOf(privateKey)]).toEqual([id, id]);
});

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

describe("an envelope", () => {
  const text = seal('{"rule":"flood ü"}', signer);

  test("is one line of JSON, in the order that the README of an export reads", () => {
    const { signature } = open(text);
    const payload = Buffer.from('{"rule":"flood ü"}').toString("base64");
    expect(text).toBe(
      `{"payloadType":"application/vnd.in-toto+json","payload":"${payload}",` +
        `"signatures":[{"keyid":"${signer.keyId}","sig":"${signature.toString("base64")}"}]}\n`,
    );
  });

  test("opens to what was signed, and by whom", () => {
    const opened = open(text);
    expect([opened.payload, opened.keyId]).toEqual(['{"rule":"flood ü"}', signer.keyId]);
    expect(isSignedBy(opened, publicKey)).toBe(true);
    expect(isSignedBy(opened, generateKeyPairSync("ed25519").publicKey)).toBe(false);
    expect(isSignedBy({ ...opened, payload: '{"rule":"flood u"}' }, publicKey)).toBe(false);
  });

  test.each([
    ["empty", ""],
    ["no JSON", "{"],
    ["another JSON", "null"],
    ["no final newline", text.trimEnd()],
    ["one more", `${text}\n`],
    ["a blank", text.replace(",", ", ")],
    ["another field", text.replace("}]}", '}],"more":1}')],
    ["a second signature", text.replace("}]}", '},{"keyid":"a","sig":"b"}]}')],
    ["another type", text.replace("in-toto", "other")],
    ["no Base64", text.replace('"payload":"', '"payload":"!')],
    [
      "Base64 with bits that mean nothing",
      text.replace(
        /(.)(=="}\])/,
        (_, last: string, end: string) => `${alphabet[alphabet.indexOf(last) + 1] ?? ""}${end}`,
      ),
    ],
  ])("is none when it has %s", (_, other) => {
    expect(other).not.toBe(text);
    expect(() => open(other)).toThrow(new Error("no signed envelope, or was altered"));
  });
});
