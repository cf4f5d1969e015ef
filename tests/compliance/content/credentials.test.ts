import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { findInText } from "../../../compliance/content/text";
import { randomOf } from "../corpus/random";

const random = randomOf(5);
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Made at run time: this repository holds no secret. */
const signs = (count: number): string => random.signs(count, `${letters}0123456789`);
const password = `${signs(11)}7q`;

/** A key in PEM, of whose middle nothing may be told. */
const pemOf = (passphrase?: string): string =>
  generateKeyPairSync("ed25519")
    .privateKey.export({
      type: "pkcs8",
      format: "pem",
      ...(passphrase !== undefined && { cipher: "aes-256-cbc", passphrase }),
    })
    .toString();
const pem = pemOf();
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (payload: object): string => [part({ alg: "HS256" }), part(payload), signs(43)].join(".");
const block = (kind: string): string =>
  [
    "-----BEGIN ",
    kind,
    "-----\nVersion: 1\n\n",
    signs(64),
    "\n",
    signs(64),
    "\n-----END ",
    kind,
    "-----\n",
  ].join("");

async function rules(text: string): Promise<string[]> {
  const found = await findInText(text, "a.txt");
  expect(found.filter(({ sample }) => /[^*]/.test(sample) && !sample.includes("@"))).toEqual([]);
  return found.filter(({ category }) => category === "secret").map(({ rule }) => rule);
}

describe("found", () => {
  test.each([
    ["Ed25519's key, which is short", pem],
    ["an encrypted key", pemOf("x")],
    ["OpenPGP's block, with a header", block("PGP PRIVATE KEY BLOCK")],
    ["a key in JSON", JSON.stringify({ key: pem })],
    ["a key whose lines a program joins", pem.trimEnd().replaceAll("\n", '\\n" +\n  "')],
    ["a key in base64, as in a Kubernetes Secret", `tls.key: ${base64(block("RSA PRIVATE KEY"))}`],
    ["PuTTY's key", `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n${signs(60)}`],
  ])("secret-privatekey: %s", async (_, text) => {
    expect(await rules(text)).toEqual(["secret-privatekey"]);
  });

  test.each([
    ["secret-jwt", `token=${jwt({ sub: "4417", iat: 1 })}`],
    ["secret-authorization", `Authorization: Basic ${base64(`bob:${password}`)}`],
    ["secret-authorization", `-H 'Authorization: Bearer ${signs(40)}1a'`],
    ["secret-authorization", `{"auths":{"r.agency.gov":{"auth":"${base64(`bob:${password}`)}"}}}`],
    ["secret-connection-string", `amqp://svc:${password}@mq:5672/`],
    ["secret-connection-string", `redis://:${password}@cache:6379/0`],
    ["secret-connection-string", `jdbc:postgresql://db:5432/app?user=app&password=${password}`],
    ["secret-connection-string", `Server=db;User Id=sa;Password=${password};`],
    ["secret-connection-string", `AccountName=x;AccountKey=${base64(signs(64))};`],
    ["secret-connection-string", `machine git.agency.gov login bob password ${password}`],
    ["secret-token", `key = "${["AI", "za", signs(35)].join("")}"`],
  ])("%s", async (rule, text) => {
    expect(await rules(text)).toEqual([rule]);
  });
});

describe("not found", () => {
  test.each([
    ["a public key", pem.replaceAll("PRIVATE", "PUBLIC")],
    ["a key's mark alone", "-----BEGIN PRIVATE KEY-----"],
    ["a key that is left out", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"],
    ["a key of one sign", `-----BEGIN PRIVATE KEY-----\n${"x".repeat(64)}\n-----END PRIVATE KEY-----`],
    ["the token of the format's own site", jwt({ sub: "1234567890", name: "John Doe" })],
    ["what only looks like a token", `eyJ${signs(20)}.eyJ${signs(20)}.${signs(30)}`],
    ["the login of the RFC", `Authorization: Basic ${base64("Aladdin:open sesame")}`],
    ["a variable", "amqp://svc:${MQ_PASSWORD}@mq:5672/ amqp://svc:%s@mq Server=db;Password={0};"],
    ["a word that says so", "amqp://user:password@mq:5672/ redis://:changeme@cache Server=db;Pwd=secret;"],
    ["a host of one's own", `amqp://guest:${password}@localhost/ amqp://a:${password}@mq.example.com`],
    ["a time in an address", "udp://10.0.0.1:8080/@x ssh://git@host:22/a"],
  ])("%s", async (_, text) => {
    expect(await rules(text)).toEqual([]);
  });
});

test("a megabyte of beginnings is no trouble", async () => {
  for (const text of [
    "-----BEGIN PRIVATE KEY-----",
    "eyJaaaaaaaaaaaa.",
    "a://b:c",
    'host=a;b"auth"',
    "LS0tLS1CRUdJTi",
  ]) {
    const before = process.cpuUsage();
    await findInText(text.repeat(1_000_000 / text.length), "a.txt");
    const { user } = process.cpuUsage(before);
    // In microseconds of a processor: others may be at work.
    expect(user / 1e6).toBeLessThan(4);
  }
}, 60_000);
