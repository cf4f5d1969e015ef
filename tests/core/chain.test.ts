/** What is said of an entry that is not in its place. That all of it is found: see tests/pipeline/audit/tampering.test.ts. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { BadEntry, Chain, digestOfFile, fileNameOf, placeAfter, signsAfter } from "../../core/chain";
import { keyIdOf, seal, type Signer } from "../../core/dsse";
import { type Body, noPrevious } from "../../core/entry";
import { statementOf } from "../../core/statement";

function aKey(): Signer & { readonly key: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { key: publicKey, keyId: keyIdOf(publicKey), sign: (bytes) => sign(null, bytes, privateKey) };
}

const [first, second, stranger] = [aKey(), aKey(), aKey()];
const keyring = new Map([first, second].map(({ keyId, key }) => [keyId, key]));
const short = ({ keyId }: Signer): string => keyId.slice(0, 12);
const why: Body = { type: "refusal", run: 1, stage: "policy", why: "x" };
const rotation = (from: Signer, to: Signer): Body => ({
  type: "keys-rotated",
  from: from.keyId,
  to: to.keyId,
  reason: "x",
});

function text(number: number, previous: string, body: Body = why, signer: Signer = first): string {
  const entry = {
    number,
    previous: number === 1 ? noPrevious : digestOfFile(previous),
    time: "",
    by: "",
    body,
  };
  return seal(JSON.stringify(statementOf(entry)), signer);
}

/** Reads texts as entries 1, 2, …; answers with what is said of the first bad one. */
function said(...texts: string[]): string | undefined {
  const chain = new Chain(keyring);
  try {
    texts.forEach((each, index) => {
      chain.checkSignature(chain.read(fileNameOf(index + 1), each));
    });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(BadEntry);
    return (error as BadEntry).message;
  }
}

const sentence = (number: number, what: string): string =>
  `Entry ${String(number)} of the trail ${what}. Put it back from a copy of the trail.`;
const one = text(1, "");
const turn = text(2, one, rotation(first, second));

describe("a chain", () => {
  test("is good when each entry follows, by the key whose turn it is", () => {
    expect(said(one, turn, text(3, turn, why, second))).toBeUndefined();
  });

  test("lets a new key vouch for itself, where it is trusted", () => {
    expect(said(one, text(2, one, rotation(first, second), second))).toBeUndefined();
    expect(said(one, text(2, one, rotation(first, stranger), stranger))).toBe(
      sentence(2, `is signed by a key that is not trusted (${short(stranger)}…)`),
    );
  });

  test("says which file is missing", () => {
    expect(() => new Chain(keyring).read(fileNameOf(2), one)).toThrow(
      sentence(1, "is missing: after entry 0 comes the file 00000002.json"),
    );
  });

  test.each<[string, () => string | undefined, string]>([
    ["no envelope", () => said("{"), sentence(1, "is no signed envelope, or was altered")],
    ["no statement", () => said(seal("{", first)), sentence(1, "is no statement")],
    [
      "another statement",
      () => said(seal('{"predicateType":"x"}', first)),
      sentence(1, "is a statement of type x, which is no entry's"),
    ],
    ["moved", () => said(one, one), sentence(2, "says that it is entry 1: it was moved or copied")],
    [
      "of another trail",
      () => said(one, text(2, turn)),
      sentence(
        2,
        "does not follow the one before it: one of the two was altered, swapped or taken from another trail",
      ),
    ],
    [
      "a key out of its turn",
      () => said(one, text(2, one, why, second)),
      sentence(2, `is signed by key ${short(second)}…, while ${short(first)}… signs`),
    ],
    [
      "a retired key",
      () => said(one, turn, text(3, turn)),
      sentence(3, `is signed by key ${short(first)}…, while ${short(second)}… signs`),
    ],
    [
      "a retired key that takes its turn again",
      () => said(one, turn, text(3, turn, rotation(second, first))),
      sentence(3, `turns back to key ${short(first)}…, which was retired`),
    ],
    [
      "a turn from a key that does not sign",
      () => said(one, text(2, one, rotation(second, stranger))),
      sentence(2, `turns from key ${short(second)}…, while ${short(first)}… signs`),
    ],
    [
      "a forged signature",
      () => said(one, text(2, one, why, { ...stranger, keyId: first.keyId })),
      sentence(2, `has a signature that is not of key ${short(first)}…: it was altered or forged`),
    ],
  ])("says what is wrong: %s", (_, found, expected) => {
    expect(found()).toBe(expected);
  });
});

test("a chain goes on from any place", () => {
  const chain = new Chain(keyring, placeAfter(2, turn));
  expect(chain.read(fileNameOf(3), text(3, turn, why, second)).entry.number).toBe(3);
  expect(chain.head.number).toBe(3);
});

test("after a rotation the new key signs", () => {
  expect([signsAfter(one), signsAfter(turn)]).toEqual([first.keyId, second.keyId]);
});
