import { describe, expect, test } from "@jest/globals";
import { faultsOf, inInbox, type Partner } from "../../../probe/inbox";

const password = { env: "NOBODY_SETS_THIS" };
const hostKey = "ssh-ed25519 AAAA";
const partner = (parts: Partial<Partner>): Partner => ({
  name: "usgs",
  url: "ftp://hms@10.0.0.1/inbox",
  password,
  ...parts,
});

describe("settings that are good", () => {
  test.each([
    partner({}),
    partner({
      url: "ftps://hms@10.0.0.1/inbox",
      caFile: "ca.pem",
      certificateSha256: `AB:${"cd".repeat(31)}`,
    }),
    partner({ url: "sftp://hms@10.0.0.1/inbox", hostKey }),
    partner({ url: "sftp://hms@10.0.0.1/inbox", hostKey, password: undefined, privateKeyFile: "key" }),
  ])("%j", (settings) => {
    expect(faultsOf(settings)).toEqual([]);
  });
});

test.each<[Partial<Partner>, string, string]>([
  [
    { url: "http://h" },
    "url",
    'found "http://h"; allowed: ftp://USER@HOST[:PORT]/FOLDER, or the same with ftps:// or sftp://',
  ],
  [{ password: undefined }, "password", "nothing to log in with. Set password."],
  [
    { url: "sftp://h@h/", hostKey, password: undefined },
    "password",
    "nothing to log in with. Set password or privateKeyFile.",
  ],
  [
    { url: "sftp://h@h/" },
    "hostKey",
    "an SFTP server without a pinned host key could be anybody's. Set hostKey.",
  ],
  [{ hostKey }, "hostKey", "it is for sftp://, and the URL says ftp://."],
  [{ privateKeyFile: "key" }, "privateKeyFile", "it is for sftp://, and the URL says ftp://."],
  [{ caFile: "ca.pem" }, "caFile", "it is for ftps://, and the URL says ftp://."],
  [
    { certificateSha256: "ab".repeat(32) },
    "certificateSha256",
    "it is for ftps://, and the URL says ftp://.",
  ],
  [
    { url: "ftps://h@h/", certificateSha256: "abc" },
    "certificateSha256",
    'found "abc"; allowed: 64 hexadecimal digits',
  ],
])("%j is a fault of %s", (parts, setting, sentence) => {
  expect(faultsOf(partner(parts))).toEqual([{ setting, sentence }]);
});

test("nobody is dialled with settings that are wrong, or whose secrets are missing", async () => {
  const never = (): Promise<never> => Promise.reject(new Error("connected"));
  await expect(inInbox(partner({ hostKey }), never)).rejects.toThrow("usgs: hostKey: it is for sftp://");
  await expect(inInbox(partner({}), never)).rejects.toThrow(
    "usgs: password: the environment variable NOBODY_SETS_THIS is not set.",
  );
});
