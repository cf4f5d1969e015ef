import { describe, expect, test } from "@jest/globals";
import { parseStack } from "../../core/config";
import { complianceSettings } from "../../core/config/compliance";
import { UserError } from "../../core/errors";

const build = (compliance: unknown): Record<string, unknown> => ({
  role: "build",
  service: "flood-formula",
  build: { repository: "/srv/a.git", image: "registry.example.gov/a" },
  stacks: ["cloud"],
  compliance,
});

/** What a user is told of wrong settings. */
function told(compliance: unknown): string {
  try {
    parseStack(build(compliance), "Pulumi.build.yaml");
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "nothing";
}

test("without a word, four steps are mandatory", () => {
  expect(parseStack(build(undefined), "Pulumi.build.yaml")).toMatchObject({
    compliance: {
      mandatory: ["tests", "secrets", "personal data", "banned APIs"],
      leastTests: 0,
      testTimeoutSeconds: 600,
      ethics: [],
      rules: [],
    },
  });
  expect(complianceSettings.parse({ governance: { url: "https://a.gov" } }).governance).toEqual({
    url: "https://a.gov",
    timeoutSeconds: 10,
  });
});

describe("a wrong setting is told", () => {
  test.each([
    [
      { mandatory: ["secret"] },
      'hms:compliance.mandatory[0]: found "secret"; allowed: one of tests, ethics, secrets, personal data, banned APIs, governance',
    ],
    [
      { mandatory: ["ethics"] },
      "hms:compliance.ethics: missing; allowed: at least one check, since ethics is mandatory",
    ],
    [
      { mandatory: ["governance"] },
      "hms:compliance.governance: missing; allowed: a map of url, timeoutSeconds and token, since governance is mandatory",
    ],
    [
      { governance: { url: "ftp://a.gov" } },
      'hms:compliance.governance.url: found "ftp://a.gov"; allowed: a URL, http or https',
    ],
    [
      { governance: { url: "https://a.gov", token: "s3cret" } },
      "hms:compliance.governance.token: found the text itself; allowed: { file: PATH } or { env: NAME }",
    ],
    [
      { ethics: [{ name: "a", run: "b", timeoutSeconds: 0 }] },
      "hms:compliance.ethics[0].timeoutSeconds: found 0; allowed: a whole number from 1 to 3600",
    ],
    [
      { skip: ["secrets"] },
      "hms:compliance.skip: unknown key; allowed: mandatory, leastTests, testTimeoutSeconds, ethics, governance, exceptions, rules",
    ],
  ])("%j", (compliance, sentence) => {
    expect(told(compliance)).toBe(`Pulumi.build.yaml: ${sentence}`);
  });
});
