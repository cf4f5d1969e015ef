/** What a site checks by itself before it loads anything: with the real script, openssl and sha256sum. */
import { generateKeyPairSync, sign } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { manifestOf } from "../../core/manifest";
import { projectFolder } from "../../store/project";
import { aRelease } from "../fixtures";

const release = aRelease();
const blob = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
let site: string;
let service: string;

beforeEach(() => {
  site = fs.mkdtempSync(path.join(os.tmpdir(), "hms-site-"));
  service = path.join(site, "flood-formula");
  for (const folder of [
    ".trusted",
    "flood-formula/bin",
    "flood-formula/releases/r",
    "flood-formula/images/p",
    "flood-formula/images/414141414141",
    "flood-formula/blobs/sha256",
    "path",
  ]) {
    fs.mkdirSync(path.join(site, folder), { recursive: true });
  }
  const scripts = ["components/site/activate.sh", "components/site/lock.sh", "components/host/swap.sh"];
  for (const script of [...scripts, "probe/serving.sh"]) {
    fs.copyFileSync(path.join(projectFolder, script), path.join(service, "bin", path.basename(script)));
  }
  // The site has the proxy's image; that it was asked for the release's is how far the script came.
  fs.writeFileSync(
    path.join(site, "path", "docker"),
    '#!/bin/sh\n[ "$1" = version ] || [ "$3" = sha256:proxy ]\n',
    {
      mode: 0o755,
    },
  );
  fs.writeFileSync(path.join(service, "images/p/id"), "sha256:proxy\n");
  fs.writeFileSync(path.join(service, "images/414141414141/manifest.json"), "[]\n");
  fs.writeFileSync(path.join(service, "blobs/sha256", blob), "hello");
  trust(publicKey.export({ type: "spki", format: "pem" }).toString());
  ship(manifestOf(release, [`sha256:${blob}`]));
});

const trust = (pem: string): void => {
  fs.writeFileSync(path.join(site, ".trusted", "key.pem"), pem);
};
const ship = (manifest: string, key = privateKey): void => {
  fs.writeFileSync(path.join(service, "releases/r/manifest"), manifest);
  fs.writeFileSync(path.join(service, "releases/r/signature"), sign(null, Buffer.from(manifest), key));
};
const activate = async (name = "flood-formula", id = release.imageId): Promise<string> => {
  const args = [name, "r", "414141414141", id, "p", "127.0.0.1:1", "8080", "1"];
  const env = { PATH: `${path.join(site, "path")}:/usr/bin:/bin` };
  const { exitCode, stderr } = await execa("sh", [path.join(service, "bin/activate.sh"), ...args], {
    env,
    extendEnv: false,
    reject: false,
  });
  expect(exitCode).toBe(1);
  return stderr.replaceAll(site, "SITE");
};

test("a release that is signed by a trusted key is loaded", async () => {
  expect(await activate()).toBe("refused: docker can't load image 414141414141");
});

test("one of several keys is enough, as after a rotation", async () => {
  const other = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" });
  fs.writeFileSync(path.join(site, ".trusted", "a-newer.pem"), other);
  expect(await activate()).toBe("refused: docker can't load image 414141414141");
});

test("a release that an unknown key signed is refused", async () => {
  ship(manifestOf(release, [`sha256:${blob}`]), generateKeyPairSync("ed25519").privateKey);
  expect(await activate()).toBe(
    "refused: the release is not signed by a key that this site trusts (SITE/.trusted)",
  );
});

test("a manifest that was changed after it was signed is refused", async () => {
  const file = path.join(service, "releases/r/manifest");
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("tag 8e9a12c", "tag 8e9a12d"));
  expect(await activate()).toBe(
    "refused: the release is not signed by a key that this site trusts (SITE/.trusted)",
  );
});

test("a signed release of another service, or of another image, is refused", async () => {
  expect(await activate("tax-formula")).toBe("refused: the signed release is not of service tax-formula");
  const id = `sha256:${"66".repeat(32)}`;
  expect(await activate("flood-formula", id)).toBe(`refused: the signed release is not of id ${id}`);
});

test("a blob that is not what the signed release says is refused, and removed, so that it is sent again", async () => {
  const file = path.join(service, "blobs/sha256", blob);
  fs.writeFileSync(file, "hello, world");
  const refusal =
    "refused: a blob of image 414141414141 is missing or is not what its digest says. What was wrong is removed: ship it again.";
  expect(await activate()).toBe(refusal);
  expect(fs.existsSync(file)).toBe(false);
  expect(await activate()).toBe(refusal);
});

test("a release of which not all has come is refused", async () => {
  fs.rmSync(path.join(service, "releases/r/manifest"));
  expect(await activate()).toBe("refused: release r is not here whole. Ship it again.");
  ship(manifestOf(release, [`sha256:${blob}`]));
  fs.rmSync(path.join(service, "images/p/id"));
  expect(await activate()).toBe("refused: image p is not here whole. Ship it again.");
});

test("a site that trusts no key says where one goes", async () => {
  fs.rmSync(path.join(site, ".trusted", "key.pem"));
  expect(await activate()).toBe(
    `refused: this site trusts no key. Put the pipeline's public key into SITE/.trusted ("npx hms keys show" prints it).`,
  );
});
