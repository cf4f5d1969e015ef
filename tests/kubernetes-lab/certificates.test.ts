import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  authorityArguments,
  certificateArguments,
  certificates,
  opensslSettings,
} from "../../lab/kubernetes/certificates";

test("a certificate is its authority's, says who it is for, and is no authority itself", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "certificates-"));
  try {
    writeFileSync(path.join(folder, "settings"), opensslSettings);
    const wanted = certificates.find(({ name }) => name === "apiserver");
    if (!wanted) throw new Error("no certificate for the API server");
    await execa("openssl", authorityArguments(folder, wanted.authority));
    await execa("openssl", authorityArguments(folder, "another"));
    await execa("openssl", certificateArguments(folder, wanted));
    const read = (name: string): X509Certificate =>
      new X509Certificate(readFileSync(path.join(folder, `${name}.crt`)));
    const made = read("apiserver");
    expect(made.verify(read(wanted.authority).publicKey)).toBe(true);
    expect(made.verify(read("another").publicKey)).toBe(false);
    expect([made.ca, read(wanted.authority).ca]).toEqual([false, true]);
    expect(made.checkIP("10.96.0.1")).toBe("10.96.0.1");
    expect(made.checkIP("10.77.127.254")).toBe("10.77.127.254");
    expect(made.checkHost("kubernetes.default.svc")).toBeTruthy();
    expect(made.keyUsage).toContain("1.3.6.1.5.5.7.3.1");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the kubelet is a node to the API server, the administrator its master", () => {
  const subjects = Object.fromEntries(certificates.map(({ name, subject }) => [name, subject]));
  expect(subjects["kubelet"]).toBe("/O=system:nodes/CN=system:node:lab");
  expect(subjects["admin"]).toBe("/O=system:masters/CN=admin");
  expect(subjects["proxy"]).toBe("/CN=system:kube-proxy");
});

test("a client of one authority is none of another's", () => {
  const etcd = certificates.filter(({ authority }) => authority === "etcd-ca").map(({ name }) => name);
  expect(etcd).toEqual(["etcd", "apiserver-etcd"]);
});
