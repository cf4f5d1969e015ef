import { describe, expect, test } from "@jest/globals";
import { lintSource } from "@secretlint/core";
import { creator as secretsPreset } from "@secretlint/secretlint-rule-preset-recommend";
import { findInText } from "../../../compliance/content/text";
import { creator as personalDataPreset } from "../../../compliance/content/rules/personal-data";
import { card, ssn } from "../numbers";

/** Made at run time: this repository holds no secret, either. */
const token = ["ghp", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].join("_");

const found = async (text: string, file = "a.txt"): Promise<string[]> =>
  (await findInText(text, file)).map(({ rule, line, column }) => `${rule} ${line}:${column}`);

test("secrets and personal data are found in one go, and neither is told", async () => {
  const text = `a\n  token: ${token}\n  ssn: ${ssn()}\n`;
  const findings = await findInText(text, "a.yaml");
  expect(findings).toMatchObject([
    { rule: "secret-github", category: "secret", severity: "high", line: 2, column: 10, sample: "********" },
    { rule: "us-ssn", category: "pii", line: 3, column: 8, sample: "***-**-****" },
  ]);
  expect(findings[0]?.remedy).toBe(
    "Take the secret out of the commit and replace it with a new one where it is used: the old one is known to all who have the history.",
  );
  expect(JSON.stringify(findings)).not.toContain(token.slice(4));
});

test("a password in an address is a secret, and no e-mail address", async () => {
  expect(await found(`db: postgres://app:${["s3cr3t", "Zx9q"].join("")}@db.agency.gov:5432/app`)).toEqual([
    expect.stringMatching(/^secret-(basicauth|database-connection-string) 1:/),
  ]);
});

test("the rules find what secretlint finds by them", async () => {
  const text = `key ${token}\nssn ${ssn()}\ncard ${card()}\n`;
  const { messages } = await lintSource({
    source: { filePath: "a.txt", content: text, contentType: "text", ext: ".txt" },
    options: {
      noPhysicFilePath: true,
      config: {
        rules: [
          { id: personalDataPreset.meta.id, rule: personalDataPreset },
          { id: secretsPreset.meta.id, rule: secretsPreset },
        ],
      },
    },
  });
  const theirs = messages.map(
    ({ ruleId, loc }) =>
      `${ruleId.replace(/^@secretlint\/secretlint-rule-/, "secret-")} ${loc.start.line}:${loc.start.column + 1}`,
  );
  expect(theirs.sort()).toEqual((await found(text)).sort());
  expect(theirs).toHaveLength(3);
  expect(messages.find(({ ruleId }) => ruleId === "us-ssn")?.message).toBe(
    "Personal data (us-ssn). Take the social security number out of the commit; tests can use 000-00-0000.",
  );
});

describe("a comment that asks for findings to be ignored", () => {
  test("is noted, and nothing is left out by it", async () => {
    const text = `// secretlint-disable-next-line\nconst a = "${ssn()}";\nconst b = "${ssn()}";\n`;
    expect((await findInText(text, "a.ts")).map(({ line, ignored }) => [line, ignored])).toEqual([
      [2, true],
      [3, undefined],
    ]);
  });

  test("can name the rule", async () => {
    const text = `// secretlint-disable us-ssn\n${ssn()} ${card()}\n`;
    expect((await findInText(text, "a.ts")).map(({ rule, ignored }) => [rule, ignored])).toEqual([
      ["us-ssn", true],
      ["payment-card", undefined],
    ]);
  });
});
