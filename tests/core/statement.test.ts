import { describe, expect, test } from "@jest/globals";
import { type Body, type Entry, noPrevious } from "../../core/entry";
import { entryOf, statementOf } from "../../core/statement";
import { aRelease } from "../fixtures";

const place = { number: 2, previous: "ab".repeat(32), time: "2026-03-01T12:00:00.000Z", by: "ci@build" };
const commit = "8e".repeat(20);

describe("an entry's statement", () => {
  test("is about the entry before it, and then about what the entry is about", () => {
    const body: Body = { type: "run-started", run: 7, commit, subject: "Rule", trigger: "push" };
    expect(statementOf({ ...place, body })).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [
        { name: "entry 1", digest: { sha256: "ab".repeat(32) } },
        { name: "commit", digest: { gitCommit: commit } },
      ],
      predicateType: "https://hms.example/trail/run-started/v1",
      predicate: { ...place, run: 7, commit, subject: "Rule", trigger: "push" },
    });
  });

  test("is about 64 zeros where nothing is before it", () => {
    const body: Body = { type: "refusal", run: 1, stage: "policy", why: "x" };
    const { subject } = statementOf({ ...place, number: 1, previous: noPrevious, body });
    expect(subject).toEqual([{ name: "entry 0", digest: { sha256: "0".repeat(64) } }]);
  });

  const release = aRelease();
  const image = release.image.replace(/^.*sha256:/, "");
  test.each<[string, Body, readonly string[]]>([
    [
      "a report",
      {
        type: "report",
        commit,
        passed: true,
        digest: `sha256:${"cd".repeat(32)}`,
        tests: 1,
        findings: 0,
        attestation: `sha256:${"ef".repeat(32)}`,
      },
      [`commit ${commit}`, `report ${"cd".repeat(32)}`],
    ],
    [
      "a release",
      { type: "release", release },
      [`commit ${release.commit}`, `image ${image}`, `bundle ${release.bundle.sha256}`],
    ],
    [
      "what a target runs",
      {
        type: "receipt",
        target: "cloud/a",
        tag: "8e8e8e8",
        receipt: { kind: "runs", image: release.image, health: "healthy", since: "", units: [] },
      },
      [`image ${image}`],
    ],
    [
      "what a target holds",
      {
        type: "receipt",
        target: "partners/a",
        tag: "8e8e8e8",
        receipt: { kind: "holds", sha256: "aa".repeat(32), size: 1, since: "" },
      },
      [`bundle ${"aa".repeat(32)}`],
    ],
    [
      "a target that has nothing",
      { type: "receipt", target: "partners/a", tag: "8e8e8e8", receipt: { kind: "nothing" } },
      [],
    ],
  ])("%s", (_, body, subjects) => {
    const { subject } = statementOf({ ...place, body });
    expect(subject.slice(1).map(({ name, digest }) => `${name} ${Object.values(digest).join()}`)).toEqual(
      subjects,
    );
  });
});

test("an entry comes back from its statement as it was", () => {
  const entry: Entry = {
    ...place,
    body: { type: "refusal", run: 1, stage: "policy", why: 'because "it" says so' },
  };
  expect(entryOf(JSON.stringify(statementOf(entry)))).toEqual(entry);
});

test("a statement of another type is no entry", () => {
  const payload = JSON.stringify({ predicateType: "https://slsa.dev/provenance/v1", predicate: {} });
  expect(() => entryOf(payload)).toThrow(
    new Error("a statement of type https://slsa.dev/provenance/v1, which is no entry's"),
  );
});
