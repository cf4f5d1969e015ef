import { describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { Webhook } from "standardwebhooks";
import { parseSecrets, signatureHeaders } from "../../core/webhook";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const other = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;
const body = '{"text":"Überlauf behoben"}';
const timestamp = Math.floor(Date.now() / 1000);
const headers = signatureHeaders(
  { id: "flood-formula-142-0123456789ab", timestamp, body },
  parseSecrets(`${secret}\n`, "s"),
);

describe("a signature", () => {
  test("is good for the verifier of Standard Webhooks", () => {
    expect(new Webhook(secret).verify(body, headers)).toEqual({ text: "Überlauf behoben" });
  });
  test("is good for openssl", async () => {
    const key = Buffer.alloc(32, 7).toString("hex");
    const { stdout } = await execa("sh", [
      "-c",
      'printf %s "$1" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$2" -binary | openssl base64 -A',
      "sh",
      `${headers["webhook-id"] ?? ""}.${headers["webhook-timestamp"] ?? ""}.${body}`,
      key,
    ]);
    expect(headers["webhook-signature"]).toBe(`v1,${stdout}`);
  });
  test.each([
    ["another body", body.replace("b", "B"), {}, secret],
    ["another id", body, { "webhook-id": "flood-formula-143-0123456789ab" }, secret],
    ["another time", body, { "webhook-timestamp": String(timestamp + 1) }, secret],
    ["another secret", body, {}, other],
  ])("is bad for %s", (_, text, changed, key) => {
    expect(() => new Webhook(key).verify(text, { ...headers, ...changed })).toThrow(
      "No matching signature found",
    );
  });
  test("is good for either secret while one is changed", () => {
    const both = signatureHeaders({ id: "a", timestamp, body }, parseSecrets(`${secret}\r\n${other}\n`, "s"));
    for (const key of [secret, other]) {
      expect(new Webhook(key).verify(body, both)).toEqual({ text: "Überlauf behoben" });
    }
  });
});

test.each([
  ["nothing", ""],
  ["a password", "hunter2hunter2hunter2hunter2hunter2hunter2"],
  ["no Base64", "whsec_äöü"],
  ["too short", `whsec_${Buffer.alloc(23).toString("base64")}`],
  ["too long", `whsec_${Buffer.alloc(65).toString("base64")}`],
  ["one that is good, and one that is not", `${secret}\nwhsec_`],
])("a secret that is %s is refused without being told", (_, text) => {
  expect(() => parseSecrets(text, "subscriber dashboard: secret")).toThrow(
    'subscriber dashboard: secret: allowed: whsec_ and 24 to 64 bytes as Base64, one a line. Make one: echo "whsec_$(openssl rand -base64 32)"',
  );
});
