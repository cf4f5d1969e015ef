import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type BannedApis, findBannedApis } from "../../../compliance/banned-apis";
import { ownRules, readRules } from "../../../compliance/banned-apis/rules";
import { UserError } from "../../../core/errors";
import { folderWith, remove } from "../folder";
import { examples } from "./code";

const files = Object.fromEntries(
  Object.entries(examples).flatMap(([rule, { ending, found, left }]) => [
    ...found.map((text, index) => [`found/${rule}/${String(index)}.${ending}`, `${text}\n`]),
    ...left.map((text, index) => [`left/${rule}/${String(index)}.${ending}`, `${text}\n`]),
  ]),
) as Record<string, string>;

let folder = "";
let result: BannedApis;
beforeAll(async () => {
  folder = folderWith(files);
  result = await findBannedApis(folder);
});
afterAll(() => {
  remove(folder);
});

/** The rules that found something in a file. */
const rulesIn = (file: string): string[] => [
  ...new Set(result.findings.filter((finding) => finding.file === file).map(({ rule }) => rule)),
];

describe("each rule", () => {
  test("is tried here", () => {
    expect(Object.keys(examples).sort()).toEqual(
      readRules([ownRules])
        .map(({ id }) => id)
        .sort(),
    );
  });

  test.each(Object.keys(files).filter((file) => file.startsWith("found/")))("finds %s", (file) => {
    expect([files[file], rulesIn(file)]).toEqual([files[file], [file.split("/")[1]]]);
  });

  test.each(Object.keys(files).filter((file) => file.startsWith("left/")))("leaves %s alone", (file) => {
    expect([files[file], rulesIn(file)]).toEqual([files[file], []]);
  });

  test("looks at a file only for the words it names: none is needed that is not there", () => {
    for (const { id, words } of readRules([ownRules])) {
      for (const text of examples[id]?.found ?? []) {
        expect([id, text, words.some((word) => text.includes(word))]).toEqual([id, text, true]);
      }
    }
  });
});

describe("the platform's own rules", () => {
  const rule = {
    id: "js-old-sdk",
    language: "JavaScript",
    severity: "warning",
    message: "The old SDK is no longer served.",
    note: "Use the new one.",
    rule: { pattern: "oldSdk.$METHOD($$$)" },
  };
  let own = "";
  afterAll(() => {
    remove(own);
  });

  test("are added to those of the suite", async () => {
    own = folderWith({
      "rules/sdk.yml": JSON.stringify(rule),
      "code/a.ts": "oldSdk.send(1 as number);\neval(a);\n",
    });
    const { findings } = await findBannedApis(`${own}/code`, [`${own}/rules`]);
    expect(findings).toMatchObject([
      {
        file: "a.ts",
        line: 1,
        column: 1,
        rule: "js-old-sdk",
        category: "banned-api",
        severity: "medium",
        remedy: "The old SDK is no longer served. Use the new one.",
      },
      { line: 2, rule: "js-eval", severity: "high" },
    ]);
  });

  test.each([
    [{ ...rule, language: "SQL" }, /language: found "SQL"; allowed: one of JavaScript, Python/],
    [{ ...rule, note: undefined }, /note: missing; allowed: what to do about it, in a sentence$/],
    [{ ...rule, id: "js-eval" }, /^Two rules on banned APIs are called js-eval\. Rename one of them\.$/],
  ])("a bad one is told %#", async (bad, sentence) => {
    remove(own);
    own = folderWith({ "rules/sdk.yml": JSON.stringify(bad) });
    await expect(findBannedApis(own, [`${own}/rules`])).rejects.toThrow(sentence);
    await expect(findBannedApis(own, [`${own}/rules`])).rejects.toBeInstanceOf(UserError);
  });

  test("one that ast-grep does not understand is told, too", async () => {
    remove(own);
    const bad = { ...rule, rule: { kind: "no_such_kind" } };
    own = folderWith({ "rules/sdk.yml": JSON.stringify(bad), "a.js": "1" });
    await expect(findBannedApis(own, [`${own}/rules`])).rejects.toThrow(
      "ast-grep did not read the code: Kind `no_such_kind` is invalid. Look at the rules that were added last.",
    );
  });
});
