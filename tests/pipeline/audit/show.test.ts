import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { noPrevious } from "../../../core/entry";
import { UserError } from "../../../core/errors";
import { formatShown, show, type ShowOptions } from "../../../pipeline/audit/show";
import { verify } from "../../../pipeline/audit/verify";
import { signer } from "../../../store/keys";
import { type Audited, auditedTrail } from "./audited";

let audited: Audited;
beforeAll(async () => {
  audited = await auditedTrail();
});

const numbers = (options: ShowOptions): number[] => show(options).entries.map(({ number }) => number);

test("says where the trail lies, where it ends, and all that it says", async () => {
  const { trail, entries, head } = show({});
  expect([trail, head]).toEqual([audited.trail, (await verify()).head]);
  expect(entries).toHaveLength(8);
  expect(Object.keys(entries[0] ?? {}).sort()).toEqual(
    ["body", "by", "digest", "keyId", "number", "previous", "time"].sort(),
  );
  expect(entries[0]).toMatchObject({
    number: 1,
    previous: noPrevious,
    body: { type: "run-started", run: 1 },
  });
  expect([entries[1]?.previous, entries[7]?.keyId]).toEqual([entries[0]?.digest, signer().keyId]);
});

describe("shows what is about", () => {
  test.each<[string, () => ShowOptions, number[]]>([
    ["one entry", () => ({ number: 3 }), [3]],
    ["a commit", () => ({ commit: audited.commit.slice(0, 7) }), [1, 2, 3, 4, 5, 6]],
    ["a run", () => ({ run: 1 }), [1, 2, 3, 4, 5, 6]],
    ["a run that was refused", () => ({ run: 2 }), [8]],
    ["a target", () => ({ target: "onprem/anchorage" }), [4, 5, 6]],
    ["a stack", () => ({ target: "onprem" }), [4, 5, 6]],
  ])("%s", (_, options, expected) => {
    expect(numbers(options())).toEqual(expected);
  });

  test.each<ShowOptions>([{ number: 9 }, { commit: "0000" }, { run: 3 }, { target: "onprem/anchor" }])(
    "%j: nothing",
    (options) => {
      expect(() => show(options)).toThrow(
        new UserError(
          `The trail ${audited.trail} has no such entry. "npx hms audit show" lists all of them.`,
        ),
      );
    },
  );
});

test("is a line for each entry, for people", () => {
  const lines = formatShown(show({})).split("\n");
  expect(lines[0]).toMatch(/^ENTRY {2}TIME +BY +KEY +TYPE +WHAT$/);
  expect(lines[1]).toMatch(/^1 .* run-started +run #1 of [0-9a-f]{7} "Rule for Anchorage" \(push\)$/);
  expect(lines[2]).toMatch(/ report +[0-9a-f]{7} passed: 3 tests, 0 findings$/);
  expect(lines[4]).toMatch(/ desired +onprem\/anchorage is to have [0-9a-f]{7} \(run\)$/);
  expect(lines[6]).toMatch(/ run-finished +run #1 ended with 0: onprem\/anchorage current$/);
  expect(lines[7]).toMatch(/ keys-rotated +key [0-9a-f]{12}… signs after [0-9a-f]{12}…: yearly$/);
  expect(lines[9]).toBe(`head 8:${show({}).head.digest} of ${audited.trail}`);
});

test("is one entry in full, with its statement and who signed", () => {
  const text = formatShown(show({ number: 8 }));
  expect(text).toContain(`Entry 8 of ${audited.trail}: run #2 refused (policy): because`);
  expect(text).toContain(`signed  by key ${signer().keyId}, and the signature is good`);
  expect(text).toContain('"predicateType": "https://hms.example/trail/refusal/v1"');
});

test("shows nothing that is not what was written", () => {
  const copy = path.join(path.dirname(audited.trail), "bad");
  fs.cpSync(audited.trail, copy, { recursive: true });
  const last = path.join(copy, "entries", "00000008.json");
  fs.writeFileSync(last, fs.readFileSync(last, "utf8").replace(/"sig":"...../, '"sig":"AAAAA'));
  expect(() => show({ trail: copy })).toThrow(
    `Entry 8 of the trail has a signature that is not of key ${signer().keyId.slice(0, 12)}…: it was altered or forged.`,
  );
  fs.rmSync(path.join(copy, "entries", "00000002.json"));
  expect(() => show({ trail: copy, number: 1 })).toThrow("Entry 2 of the trail is missing");
});
