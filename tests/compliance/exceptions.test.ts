import { afterEach, describe, expect, test } from "@jest/globals";
import {
  applyExceptions,
  expiredExceptions,
  parseExceptions,
  readExceptions,
} from "../../compliance/exceptions";
import { runSuite } from "../../compliance/suite";
import { UserError } from "../../core/errors";
import { folderWith, remove } from "./folder";
import { finding } from "./formats/results";
import { ssn } from "./numbers";
import { context, platform } from "./steps/context";

let folder = "";
afterEach(() => {
  remove(folder);
});

const good = {
  rule: "us-ssn",
  path: "docs/**",
  reason: "The form's own example",
  owner: "privacy@agency.example",
  expires: "2099-12-31",
};

const parse = (...list: object[]) => parseExceptions(JSON.stringify(list), "exceptions.yml");

/** What a user reads about these. */
function fault(...list: object[]): string {
  try {
    parse(...list);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error("There is no fault.");
}

describe("what the file says", () => {
  test("each exception, and the line it stands in", () => {
    const text =
      "# Ours\n- rule: us-ssn\n  path: docs/**\n  reason: r\n  owner: o\n  expires: 2099-12-31\n\n- rule: email\n  path: a\n  reason: r\n  owner: o\n  expires: 2099-12-31\n  comments: true\n";
    expect(parseExceptions(text, "e.yml").all).toEqual([
      {
        rule: "us-ssn",
        path: "docs/**",
        reason: "r",
        owner: "o",
        expires: "2099-12-31",
        comments: false,
        line: 2,
      },
      { rule: "email", path: "a", reason: "r", owner: "o", expires: "2099-12-31", comments: true, line: 8 },
    ]);
    expect(parseExceptions("# none yet\n", "e.yml").all).toEqual([]);
  });

  test.each([
    ["reason", "why this may ship"],
    ["owner", "who answers for it"],
    ["expires", "a day such as 2027-03-31"],
    ["rule", "a rule's name, e.g. us-ssn"],
    ["path", "a path or a pattern in the service's repository, e.g. docs/**"],
  ])("without %s it is refused", (key, allowed) => {
    expect(fault({ ...good, [key]: undefined })).toBe(
      `exceptions.yml: [0].${key}: missing; allowed: ${allowed}`,
    );
  });

  test("a day that is none, an unknown key, no list, no YAML", () => {
    expect(fault({ ...good, expires: "2027-02-30" })).toBe(
      'exceptions.yml: [0].expires: found "2027-02-30"; allowed: a day such as 2027-03-31',
    );
    expect(fault({ ...good, until: "x" })).toBe(
      "exceptions.yml: [0].until: unknown key; allowed: rule, path, reason, owner, expires, comments",
    );
    expect(() => parseExceptions("rule: x", "e.yml")).toThrow(
      'e.yml: found {"rule":"x"}; allowed: a list of exceptions: rule, path, reason, owner, expires',
    );
    expect(() => parseExceptions("- {", "e.yml")).toThrow(/^e\.yml: line 1: /);
  });

  test("a file that is not there", () => {
    expect(() => readExceptions("no.yml", "/nonexistent")).toThrow(
      "The exceptions no.yml can't be read (ENOENT: no such file or directory). Put the file there, or change hms:compliance.exceptions.",
    );
  });
});

describe("a finding", () => {
  const divide = (exception: object, found = finding(), day = "2027-01-01") =>
    applyExceptions([found], parse({ ...good, ...exception }), folder, day);

  test("that an exception covers does not count, and is told as such", () => {
    expect(divide({})).toEqual({
      findings: [],
      excepted: [
        {
          file: "docs/contact.md",
          line: 3,
          rule: "us-ssn",
          reason: "The form's own example",
          owner: "privacy@agency.example",
          expires: "2099-12-31",
        },
      ],
    });
  });

  test.each([
    ["another rule", { rule: "email" }],
    ["another path", { path: "src/**" }],
    ["a folder alone", { path: "docs" }],
    ["an exception that is over", { expires: "2026-12-31" }],
  ])("counts: %s", (_, exception) => {
    expect(divide(exception).findings).toEqual([finding()]);
  });

  test("does not count on the last day", () => {
    expect(divide({ expires: "2027-01-01" }).findings).toEqual([]);
  });

  test("in an archive goes by the archive's path, or by its own", () => {
    const member = finding({ file: "docs/a.zip!inner/b.txt" });
    expect(divide({ path: "docs/*.zip" }, member).findings).toEqual([]);
    expect(divide({ path: "docs/a.zip!inner/*" }, member).findings).toEqual([]);
    expect(divide({ path: "inner/**" }, member).findings).toEqual([member]);
  });
});

describe("an ignore comment", () => {
  const lines = (text: string, rule = "js-eval", line = text.split("\n").length) => {
    folder = folderWith({ "docs/contact.md": text });
    const exceptions = parse({ ...good, rule, comments: true });
    return applyExceptions([finding({ rule, line })], exceptions, folder, "2027-01-01").excepted.length;
  };

  test.each([
    "eval(a) // hms-ignore js-eval",
    "// hms-ignore: js-eval\neval(a)",
    "// ast-grep-ignore\neval(a)",
    "eval(a) // ast-grep-ignore: js-eval",
    "eval(a) // secretlint-disable-line",
    "/* secretlint-disable-next-line js-eval -- see B.1 */\neval(a)",
    "// secretlint-disable\n\n\neval(a)",
  ])("counts where an exception says so: %j", (text) => {
    expect(lines(text)).toBe(1);
  });

  test.each([
    "eval(a)",
    "eval(a) // hms-ignore",
    "eval(a) // hms-ignore email",
    "// ast-grep-ignore: js-shell\neval(a)",
    "// ast-grep-ignore\n\neval(a)",
    "// secretlint-disable\n// secretlint-enable\n\neval(a)",
  ])("is not this: %j", (text) => {
    expect(lines(text)).toBe(0);
  });

  test("may call a rule on secrets by secretlint's name", () => {
    const comment = "a // secretlint-disable-line @secretlint/secretlint-rule-privatekey";
    expect([lines(comment, "secret-privatekey"), lines(comment, "secret-aws")]).toEqual([1, 0]);
  });

  test("counts nowhere else", async () => {
    folder = folderWith({
      "a.js": "eval(a) // ast-grep-ignore hms-ignore js-eval\n",
      "b.txt": `${ssn()} hms-ignore us-ssn secretlint-disable-line\n`,
    });
    const { findings } = await runSuite({ ...context({ folder }), tree: "t", platform: platform({}) });
    expect(findings.map(({ rule }) => rule).sort()).toEqual(["js-eval", "us-ssn"]);
  });
});

describe("an exception that is over", () => {
  test("is a finding of its own, at its line, of the kind of its rule", () => {
    const over = { ...good, expires: "2026-12-31" };
    const exceptions = parse(over, { ...over, rule: "js-eval" }, { ...over, rule: "secret-aws" }, good);
    const found = expiredExceptions(exceptions, (rule) => rule === "js-eval", "2027-01-01");
    expect(found.map(({ category }) => category)).toEqual(["pii", "banned-api", "secret"]);
    expect(found[0]).toEqual({
      file: "exceptions.yml",
      line: 1,
      column: 1,
      rule: "exception-expired",
      category: "pii",
      severity: "medium",
      sample: "us-ssn in docs/**",
      remedy: "It ended on 2026-12-31. Remove it, or have privacy@agency.example decide again.",
    });
  });

  test("stops a commit, with what it covered", async () => {
    folder = folderWith({
      "commit/docs/a.md": ssn(),
      "exceptions.yml": JSON.stringify([{ ...good, expires: "2026-01-31" }]),
    });
    const suite = (file: string) =>
      runSuite({
        ...context({ folder: `${folder}/commit` }),
        tree: "t",
        platform: platform({ mandatory: ["personal data"], exceptions: `${folder}/${file}` }),
      });
    const report = await suite("exceptions.yml");
    expect(report.steps.map(({ name, summary }) => [name, summary])).toEqual([
      ["personal data", "1 finding (us-ssn in docs/a.md:1)"],
      [
        "exceptions",
        "1 exception expired (us-ssn in docs/**: It ended on 2026-01-31. Remove it, or have privacy@agency.example decide again.)",
      ],
    ]);
    expect(report.passed).toBe(false);
    expect(report.findings.map(({ rule }) => rule)).toEqual(["us-ssn", "exception-expired"]);
    await expect(suite("none.yml")).rejects.toBeInstanceOf(UserError);
  });

  test("one in force lets the commit pass, and the report says who answers for it", async () => {
    folder = folderWith({ "commit/docs/a.md": ssn(), "exceptions.yml": JSON.stringify([good]) });
    const report = await runSuite({
      ...context({ folder: `${folder}/commit` }),
      tree: "t",
      platform: platform({ mandatory: ["personal data"], exceptions: `${folder}/exceptions.yml` }),
    });
    expect(report.passed).toBe(true);
    expect(report.findings).toEqual([]);
    expect(report.excepted).toMatchObject([{ file: "docs/a.md", owner: "privacy@agency.example" }]);
    expect(report.steps.map(({ summary }) => summary)).toEqual([
      "0 findings in 1 file, 1 excepted",
      "1 in force",
    ]);
  });
});
