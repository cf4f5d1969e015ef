import { describe, expect, test } from "@jest/globals";
import { noPlainSecrets } from "../../../policy/rules/secrets";
import { said, secret, unknown, violations } from "../analyzer";

const type = "docker:index/container:Container";
const sentence = (path: string, what: string): string =>
  `anchorage: ${path} looks like ${what}, and is no secret. Give it as pulumi.secret(…), or as a reference to a file.`;

test("lets secrets, references and other values pass", async () => {
  const props = {
    connection: { privateKey: secret("-----BEGIN PRIVATE KEY-----"), hostKey: "ssh-ed25519 AAAA" },
    password: { file: "/run/secrets/password" },
    envs: ["PORT=8080", "TOKEN_FILE=/run/secrets/token"],
    automountServiceAccountToken: false,
    image: `a@sha256:${"41".repeat(32)}`,
  };
  expect(await said(noPlainSecrets, { type, props })).toEqual([]);
});

test("refuses what is plain beside what is secret, and never shows it", async () => {
  const props = { connection: { privateKey: secret("x"), password: "hunter2" } };
  const all = await violations(noPlainSecrets, { type, props });
  expect(all).toEqual([sentence("connection.password", "a password, by its name")]);
  expect(all.join()).not.toContain("hunter2");
});

test("says what a preview can't know", async () => {
  expect(await said(noPlainSecrets, { type, props: { password: unknown, name: unknown } })).toMatchObject([
    { level: "advisory", message: expect.stringContaining("string value at .password can't be known") },
  ]);
});

describe("where nobody asks for remedies", () => {
  test("refuses all: it can't tell", async () => {
    const rule = { ...noPlainSecrets, remediateResource: undefined };
    expect(await violations(rule, { type, props: { name: "a" } })).toEqual([
      "anchorage: secrets can't be told from other values. Leave the enforcement level of no-plain-secrets at remediate.",
    ]);
  });
});
