/** Whatever is done to a trail is found, and the number is that of the first entry that is not what was written. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BadEntry, digestOfFile, fileNameOf, type Head } from "../../../core/chain";
import type { Signer } from "../../../core/dsse";
import { type Body, noPrevious } from "../../../core/entry";
import { verify } from "../../../pipeline/audit/verify";
import { createKey } from "../../../store/keys";
import { entryText, manyBodies, signerOf, writeTrail } from "./long-trail";

let folder: string;
/** The key that signs first, the one that signs after the rotation, and one that nobody trusts. */
let old: Signer, young: Signer, stranger: Signer;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-tampering-"));
  process.env["HMS_HEADS"] = path.join(folder, "heads");
  const trusted = path.join(folder, "trusted");
  const key = (name: string, trust: string): Signer => {
    createKey(path.join(folder, name), trust);
    return signerOf(path.join(folder, name, "signing.pem"));
  };
  [old, young] = [key("old", trusted), key("young", trusted)];
  stranger = key("stranger", path.join(folder, "not-trusted"));
});

const size = 14;
/** The number of the entry that turns the keys. */
const turn = 6;

interface Original {
  readonly bodies: readonly Body[];
  readonly texts: readonly string[];
  readonly head: Head;
}

const keyAt = (number: number): Signer => (number <= turn ? old : young);

function aTrail(count: number, subject: string): Original {
  const bodies = manyBodies(count).map((body, index): Body =>
    index + 1 === turn
      ? { type: "keys-rotated", from: old.keyId, to: young.keyId, reason: subject }
      : body.type === "run-started"
        ? { ...body, subject }
        : body,
  );
  const texts = writeTrail(fs.mkdtempSync(path.join(folder, "original-")), bodies, keyAt);
  return { bodies, texts, head: { number: count, digest: digestOfFile(texts.at(-1) ?? "") } };
}

/** What was done to the texts, and the first number that is to be named. */
interface Tampered {
  readonly texts: readonly (string | undefined)[];
  readonly bad: number;
}

/** One thing to do: `at` and `other` are numbers of different entries; `bit` is anything. */
type Deed = (original: Original, at: number, other: number, bit: number) => Tampered | undefined;

const changed = ({ texts }: Original, at: number, text: string | undefined): Tampered => ({
  texts: texts.with(at - 1, text as string),
  bad: at,
});

/** A text in the place of an entry, by a signer that has no business there. */
const forged = (original: Original, at: number, signer: Signer, body?: Body): Tampered => {
  const previous = at === 1 ? noPrevious : digestOfFile(original.texts[at - 2] ?? "");
  return changed(
    original,
    at,
    entryText(at, previous, body ?? { type: "refusal", run: 1, stage: "x", why: "y" }, signer),
  );
};

const deeds: Record<string, Deed> = {
  "one byte altered": (original, at, _, bit) => {
    const bytes = Buffer.from(original.texts[at - 1] ?? "", "latin1");
    const place = bit % bytes.length;
    bytes[place] = (bytes[place] ?? 0) ^ (1 << (bit % 7));
    return changed(original, at, bytes.toString("latin1"));
  },
  "half written": (original, at, _, bit) =>
    changed(
      original,
      at,
      (original.texts[at - 1] ?? "").slice(0, bit % (original.texts[at - 1] ?? "").length),
    ),
  dropped: (original, at) => changed(original, at, undefined),
  "dropped, and the others moved up": ({ texts }, at) => ({ texts: texts.toSpliced(at - 1, 1), bad: at }),
  "put over another": (original, at, other) => changed(original, at, original.texts[other - 1]),
  "repeated, and the others moved down": ({ texts }, at) => ({
    texts: texts.toSpliced(at, 0, texts[at - 1] ?? ""),
    bad: at + 1,
  }),
  swapped: ({ texts }, at, other) => ({
    texts: texts.with(at - 1, texts[other - 1] ?? "").with(other - 1, texts[at - 1] ?? ""),
    bad: Math.min(at, other),
  }),
  "cut off": ({ texts }, at) => (at === 1 ? undefined : { texts: texts.slice(0, at - 1), bad: at }),
  "forged by a stranger": (original, at) => forged(original, at, stranger),
  "forged under the right key's name": (original, at) =>
    forged(original, at, { ...stranger, keyId: keyAt(at).keyId }),
  "forged by the retired key": (original, at) => (at <= turn ? undefined : forged(original, at, old)),
  "turned back to the retired key, by itself": (original, at) =>
    at <= turn
      ? undefined
      : forged(original, at, old, { type: "keys-rotated", from: young.keyId, to: old.keyId, reason: "mine" }),
  "turned back to the retired key, by the one that signs": (original, at) =>
    at <= turn
      ? undefined
      : forged(original, at, young, {
          type: "keys-rotated",
          from: young.keyId,
          to: old.keyId,
          reason: "mine",
        }),
  "turned from a key that does not sign": (original, at) =>
    at > turn
      ? undefined
      : forged(original, at, old, {
          type: "keys-rotated",
          from: young.keyId,
          to: stranger.keyId,
          reason: "x",
        }),
  "taken from another trail": (original, at) =>
    at === 1 ? undefined : changed(original, at, aTrail(size, "another").texts[at - 1]),
  "written anew to the end, by the right key": (original, at) => {
    if (at <= turn) return undefined;
    const texts = [...original.texts];
    for (let number = at; number <= size; number++) {
      texts[number - 1] = entryText(
        number,
        digestOfFile(texts[number - 2] ?? ""),
        { type: "refusal", run: 9, stage: "anew", why: "z" },
        young,
      );
    }
    // Each entry is good where it stands: only the head that is known tells.
    return { texts, bad: size };
  },
};

/** The number that the verification names; undefined when all is well. */
async function named(texts: Tampered["texts"], head: Head): Promise<number | undefined> {
  const trail = fs.mkdtempSync(path.join(folder, "tampered-"));
  fs.mkdirSync(path.join(trail, "entries"));
  texts.forEach((text, index) => {
    if (text !== undefined) {
      fs.writeFileSync(path.join(trail, "entries", fileNameOf(index + 1)), text, "latin1");
    }
  });
  try {
    await verify({ trail, trusted: path.join(folder, "trusted"), head });
    return undefined;
  } catch (error) {
    if (error instanceof BadEntry) return error.number;
    throw error;
  } finally {
    fs.rmSync(trail, { recursive: true });
  }
}

/** Workers start slowly where a machine is busy with the other tests. */
const patience = 60_000;

describe("on a short trail", () => {
  let original: Original;
  beforeAll(() => {
    original = aTrail(size, "the one");
  });
  const numbers = fc
    .tuple(fc.integer({ min: 1, max: size }), fc.integer({ min: 1, max: size }))
    .filter(([at, other]) => at !== other);

  test("nothing was done", async () => {
    expect(await named(original.texts, original.head)).toBeUndefined();
  });

  test.each(Object.entries(deeds))("%s", async (_, deed) => {
    let done = 0;
    const property = fc.asyncProperty(numbers, fc.nat(100_000), async ([at, other], bit) => {
      const tampered = deed(original, at, other, bit);
      if (tampered !== undefined) {
        done++;
        expect(await named(tampered.texts, original.head)).toBe(tampered.bad);
      }
    });
    await fc.assert(property, { seed: 4, numRuns: 40 });
    expect(done).toBeGreaterThan(10);
  });
});

describe("on a trail that is checked on several cores", () => {
  const long = 2400;
  let original: Original;
  beforeAll(() => {
    original = aTrail(long, "long");
  });

  test(
    "nothing was done",
    async () => {
      expect(await named(original.texts, original.head)).toBeUndefined();
    },
    patience,
  );

  test.each([
    ["one byte altered", 1200],
    ["one byte altered", 1201],
    ["dropped", 1200],
    ["dropped", 1201],
    ["dropped, and the others moved up", 700],
    ["swapped", 1200],
    ["forged under the right key's name", 2399],
    ["turned back to the retired key, by the one that signs", 2000],
    ["turned back to the retired key, by itself", 1201],
  ] as const)(
    "%s at %i",
    async (name, at) => {
      const tampered = deeds[name]?.(original, at, at + 1, 12_345);
      expect(await named(tampered?.texts ?? [], original.head)).toBe(tampered?.bad);
    },
    patience,
  );
});
