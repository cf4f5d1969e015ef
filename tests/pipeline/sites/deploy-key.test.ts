import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { UsageError, UserError } from "../../../core/errors";
import { readDeployKey } from "../../../pipeline/sites/deploy-key";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-deploy-key-"));
const key = path.join(folder, "key");
let pub: string;
const make = (file: string, passphrase: string) =>
  execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "me", "-f", file]);

beforeAll(async () => {
  await make(key, "");
  pub = fs.readFileSync(`${key}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

const read = (where: { key?: string; publicKey?: string }, before?: string): Promise<string> =>
  readDeployKey(where, "nome", before);

test("the public half lies beside the key, is named, or is asked of the key", async () => {
  expect(await read({ key })).toBe(pub);
  expect(await read({ publicKey: `${key}.pub` })).toBe(pub);
  const lone = path.join(folder, "lone");
  fs.copyFileSync(key, lone);
  fs.chmodSync(lone, 0o600);
  expect(await read({ key: lone })).toBe(pub);
});

test("without a name it is the one of before", async () => {
  expect(await read({}, "ssh-ed25519 AAAA")).toBe("ssh-ed25519 AAAA");
  await expect(read({})).rejects.toThrow(
    new UsageError(
      'Name the key that will log in to nome with --key FILE ("ssh-keygen -t ed25519 -f FILE" makes one), or --public-key FILE where an agent holds it.',
    ),
  );
});

test("what is no key is said with its remedy", async () => {
  const none = path.join(folder, "none");
  await expect(read({ key: none })).rejects.toThrow(
    new UserError(`There is no key ${none}. Make one: "ssh-keygen -t ed25519 -f ${none}".`),
  );
  await expect(read({ publicKey: key })).rejects.toThrow(
    / is no OpenSSH public key\. "ssh-keygen -y -f KEY" prints/,
  );
  const two = path.join(folder, "two.pub");
  fs.writeFileSync(two, `${pub}\n${pub}\n`);
  await expect(read({ publicKey: two })).rejects.toThrow(
    /two\.pub holds 2 keys\. One logs in: leave the others out\.$/,
  );
  await expect(read({ key, publicKey: `${key}.pub` })).rejects.toThrow(/^Choose one: --key, or --public-key/);
});

test("a key with a passphrase needs its public half beside it", async () => {
  const locked = path.join(folder, "locked");
  await make(locked, "secret");
  fs.rmSync(`${locked}.pub`);
  await expect(read({ key: locked })).rejects.toThrow(
    /shows no public key \(.*\)\. Put it into .*locked\.pub, or name it/,
  );
});
