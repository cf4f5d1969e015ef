import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { algorithmsFor, fingerprint, isPinned, parseHostKeys } from "../../../probe/inbox/hostkey";

const base64 = "AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
const ed25519 = `ssh-ed25519 ${base64}`;
const blob = Buffer.from(base64, "base64");

test("keys are read as .pub files, ssh-keyscan and known_hosts have them", () => {
  const lines = [
    "# usgs:22 SSH-2.0-OpenSSH_9.2",
    "",
    `${ed25519} root@usgs`,
    `[usgs]:2222 ${ed25519}`,
    ` ${ed25519}\r`,
  ];
  expect(parseHostKeys(lines.join("\n"))).toEqual([ed25519, ed25519, ed25519]);
});

test("what is no key is an error that names it", () => {
  expect(() => parseHostKeys(`${ed25519}\nSHA256:abc`)).toThrow(
    'found "SHA256:abc"; allowed: an OpenSSH public key',
  );
  expect(() => parseHostKeys("# nothing\n")).toThrow("found no key; allowed: an OpenSSH public key");
});

test("only a pinned key is taken", () => {
  expect(isPinned(blob, ["ssh-rsa AAAAB3NzaC1yc2E=", ed25519])).toBe(true);
  expect(isPinned(blob, ["ssh-rsa AAAAB3NzaC1yc2E="])).toBe(false);
  expect(isPinned(blob.subarray(1), [ed25519])).toBe(false);
  expect(isPinned(blob, [])).toBe(false);
});

test("a fingerprint is the one that ssh-keygen prints", async () => {
  const { stdout } = await execa("ssh-keygen", ["-lf", "-"], { input: `${ed25519}\n` });
  expect(stdout.split(" ")[1]).toBe(fingerprint(blob));
});

test("the server is asked for keys of the pinned types alone", () => {
  expect(algorithmsFor(["ssh-rsa AAAA", ed25519, ed25519])).toEqual([
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-ed25519",
  ]);
});
