/** What docs/partners.md tells a partner to run, run as it stands. */
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { parcels } from "../../components/partner-drop/deliver";

const text = readFileSync(path.join(__dirname, "../../docs/partners.md"), "utf8");
const script = /^```sh\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? "";

let inbox: string;
beforeEach(async () => {
  inbox = mkdtempSync(path.join(tmpdir(), "hms-partner-"));
  const { privateKey } = generateKeyPairSync("ed25519");
  const content = Buffer.from("what partners get");
  const local = path.join(inbox, "local");
  writeFileSync(local, content);
  const bundle = {
    path: local,
    sha256: createHash("sha256").update(content).digest("hex"),
    size: content.length,
    signature: sign(null, content, privateKey).toString("base64"),
  };
  for (const { name, body } of parcels(bundle, "bundle.zip")) {
    writeFileSync(path.join(inbox, name), await buffer(body()));
  }
  writeFileSync(
    path.join(inbox, "agency.pem"),
    createPublicKey(privateKey).export({ type: "spki", format: "pem" }),
  );
});
afterEach(() => {
  rmSync(inbox, { recursive: true });
});

const run = (lines: string) => execa("sh", ["-ec", lines], { cwd: inbox, reject: false });
const [checksum = "", signature = ""] = script.split("\n");

test("finds a bundle good", async () => {
  const { exitCode, stdout } = await run(script);
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: "bundle.zip: OK\nSignature Verified Successfully",
  });
});

test("finds a changed one", async () => {
  writeFileSync(path.join(inbox, "bundle.zip"), "what others send");
  expect((await run(checksum)).exitCode).toBe(1);
  expect((await run(signature)).exitCode).toBe(1);
});
