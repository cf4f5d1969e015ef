import { expect, test } from "@jest/globals";
import { UserError } from "../../core/errors";
import { chooseHostKey } from "../../core/host-key";

const rsa = { key: "ssh-rsa AAAAB3", fingerprint: "SHA256:rsa" };
const ed = { key: "ssh-ed25519 AAAAC3", fingerprint: "SHA256:ed" };
const other = { key: "ssh-ed25519 AAAAXX", fingerprint: "SHA256:other" };
const host = "10.0.0.2";

test("of several keys the Ed25519 one is taken, once somebody confirms it", () => {
  expect(chooseHostKey({ host, shown: [rsa, ed] })).toEqual({ chosen: ed, confirm: true });
});

test("the one whose fingerprint was said needs nobody", () => {
  expect(chooseHostKey({ host, shown: [ed, rsa], fingerprint: "SHA256:rsa" })).toEqual({
    chosen: rsa,
    confirm: false,
  });
});

test("another fingerprint than was said is refused", () => {
  expect(() => chooseHostKey({ host, shown: [ed], fingerprint: "SHA256:rsa" })).toThrow(
    new UserError(
      "10.0.0.2 shows SHA256:ed (ssh-ed25519), and not SHA256:rsa: somebody else answers in its place, or the fingerprint is another host's. On the site's own console \"ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\" prints it.",
    ),
  );
});

test("the one that was pinned before needs nobody", () => {
  expect(chooseHostKey({ host, shown: [rsa, ed], pinned: ed })).toEqual({ chosen: ed, confirm: false });
});

test("another than the pinned one is refused, unless its fingerprint is said", () => {
  expect(() => chooseHostKey({ host, shown: [other], pinned: ed })).toThrow(
    /^10\.0\.0\.2 shows SHA256:other \(ssh-ed25519\), but SHA256:ed is pinned\. If the site was set up anew, enroll it with --fingerprint\./,
  );
  expect(chooseHostKey({ host, shown: [other], pinned: ed, fingerprint: "SHA256:other" })).toEqual({
    chosen: other,
    confirm: false,
  });
});
