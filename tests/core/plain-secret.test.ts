import { describe, expect, test } from "@jest/globals";
import { plainSecrets } from "../../core/plain-secret";

const type = "docker:index/container:Container";
const found = (inputs: object, kind = type): string[] =>
  plainSecrets(kind, inputs).map(({ path, what }) => `${path}: ${what}`);

/** Put together here, so that no scanner takes this file for a leak. */
const of = (...parts: string[]): string => parts.join("");
const pem = of("-----BEGIN RSA PRIV", "ATE KEY-----\nMIIB");

describe("a value that looks like", () => {
  test.each<[string, string]>([
    ["a private key", pem],
    ["a private key", Buffer.from(pem).toString("base64")],
    [
      "a private key",
      Buffer.from(of("-----BEGIN PRIV", "ATE KEY-----\nMIIBVgIBADANBgkqhkiG")).toString("base64"),
    ],
    ["an AWS access key", of("AKIA", "ABCDEFGHIJKLMNOP")],
    ["a GitHub token", of("ghp_", "a".repeat(36))],
    ["a GitLab token", of("glpat-", "a".repeat(20))],
    ["a Slack token", of("xoxb-", "1234567890-ab")],
    ["an npm token", of("npm_", "a".repeat(36))],
    ["a Google API key", of("AIza", "a".repeat(35))],
    ["a Stripe key", of("sk_live_", "a".repeat(24))],
    ["a Pulumi token", of("pul-", "0".repeat(40))],
    ["a Vault token", of("hvs.", "a".repeat(24))],
    ["a signed token", of("eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0In0.", "c2lnbmF0dXJl")],
    ["a URL with a password", of("postgres://app:", "hunter2@db/app")],
    ["an authorization header", of("curl -H 'Authorization: Bearer ", "abcdefgh1234'")],
    ["a password as an argument", of("login --password", " hunter2")],
    ["a password as a variable", of("DB_PASSWORD", "=hunter2")],
  ])("%s", (what, value) => {
    expect(found({ create: `run ${value}` })).toEqual([`create: ${what}`]);
  });
});

describe("a value that is called", () => {
  test.each([
    "password",
    "dbPassword",
    "DB_PASSWORD",
    "clientSecret",
    "apiKey",
    "api-token",
    "privateKey",
    "passphrase",
  ])("%s", (name) => {
    expect(found({ a: [{ [name]: "x" }] })).toEqual([
      `a.0.${name}: a ${name
        .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
        .replaceAll(/[_-]/g, " ")
        .toLowerCase()}, by its name`,
    ]);
  });
  test.each([
    "passwordFile",
    "secretName",
    "tokenPath",
    "hostKey",
    "publicKey",
    "keepers",
    "monkey",
    "keyId",
  ])("%s is none", (name) => {
    expect(found({ [name]: "x" })).toEqual([]);
  });
});

test("a pair of name and value is read as one", () => {
  const env = [
    { name: "DB_PASSWORD", value: "x" },
    { name: "PORT", value: "8080" },
  ];
  expect(found({ env })).toEqual(["env.0.DB_PASSWORD: a db password, by its name"]);
});

test("a Kubernetes Secret has nothing else", () => {
  const inputs = { metadata: { name: "a" }, stringData: { user: "x" }, data: { user: "eA==" } };
  expect(found(inputs, "kubernetes:core/v1:Secret")).toEqual([
    "stringData.user: a member of a Kubernetes Secret",
    "data.user: a member of a Kubernetes Secret",
  ]);
});

test("a provider's settings are read as JSON", () => {
  expect(found({ registryAuth: '[{"address":"a","password":"x"}]' })).toEqual([
    "registryAuth: a password, by its name",
  ]);
});

test.each([
  "",
  "https://a/b@c",
  "sha256:ab",
  "ftp://hms@10.77.11.2/inbox",
  "PASSWORD=$(cat file)",
  "TOKEN=/run/token",
])("%s is no secret", (value) => {
  expect(found({ create: value })).toEqual([]);
});

test("what is hidden, or Pulumi's own, is not looked at", () => {
  expect(plainSecrets(type, { password: "x" }, (value) => value === "x")).toEqual([]);
  expect(found({ __provider: of("DB_PASSWORD", "=hunter2") })).toEqual([]);
});
