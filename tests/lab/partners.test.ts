import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  X509Certificate,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { type DropInputs, type DropState, provider } from "../../components/partner-drop/provider";
import { partnerSettings } from "../../core/config/partners";
import type { TargetId } from "../../core/entry";
import { Refused, Unreachable } from "../../core/errors";
import type { Receipt } from "../../core/receipt";
import { start, stop } from "../../lab/daemon";
import { folderOf, partners } from "../../lab/layout";
import { link } from "../../lab/network";
import {
  authority,
  certificate,
  certificateKey,
  hostKey,
  inboxOf,
  inOwnMountsArgv,
  loginKey,
  type PartnerName,
  passwordFile,
  vsftpdConfiguration,
} from "../../lab/partner-files";
import { inboxUrl, partnersStatus, upPartners } from "../../lab/partners";
import { inInbox, type Partner } from "../../probe/inbox";
import { type BundleFile, probePartner } from "../../probe/partner";
import { freshTrail } from "../signed-trail";
import { clear, fileName, filesIn, names, usePartners } from "./partner-lab";

usePartners();

const folder = mkdtempSync(path.join(tmpdir(), "hms-partners-"));
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

freshTrail();
const signing = { key: generateKeyPairSync("ed25519").privateKey, file: path.join(folder, "key.pem") };
writeFileSync(signing.file, createPublicKey(signing.key).export({ type: "spki", format: "pem" }));

/** What docs/partners.md tells a partner to run. */
const verifyArgv = (inbox: string): string[] => [
  ...["pkeyutl", "-verify", "-pubin", "-inkey", signing.file, "-rawin"],
  ...["-in", path.join(inbox, fileName), "-sigfile", path.join(inbox, `${fileName}.sig`)],
];

const ask = (name: PartnerName): Promise<Receipt> =>
  probePartner(targetOf(name), partnerSettings.parse({ ...partner(name), retryDelaySeconds: 1 }));

afterAll(() => {
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  names.forEach(clear);
});

const pins: Record<PartnerName, Partial<Partner>> = {
  usgs: {},
  noaa: { caFile: authority.certificate },
  fema: { hostKey: { file: `${hostKey("fema")}.pub` } },
};

const partner = (name: PartnerName): Partner & BundleFile => ({
  name,
  url: inboxUrl(name),
  password: { file: passwordFile(name) },
  ...pins[name],
  fileName,
});

const targetOf = (name: PartnerName): TargetId => `partners/${name}`;

/** A drop of a new bundle of some bytes. */
function drop(name: PartnerName, bytes: Uint8Array = randomBytes(100_000)): DropInputs {
  const file = path.join(folder, `${sha256(bytes)}.zip`);
  writeFileSync(file, bytes);
  const { key } = signing;
  return {
    ...partner(name),
    target: targetOf(name),
    tag: "8e9a12c",
    bundle: {
      ...{ path: file, sha256: sha256(bytes), size: bytes.length },
      signature: sign(null, bytes, key).toString("base64"),
    },
  };
}

const bundleIn = (name: PartnerName): Buffer => readFileSync(path.join(inboxOf(name), fileName));
const whole = [fileName, `${fileName}.sha256`, `${fileName}.sig`];

describe.each(names)("%s", (name) => {
  test("takes a bundle, says what it holds, and gives it back", async () => {
    const inputs = drop(name);
    const { id, outs } = await provider.create(inputs);
    expect(id).toBe(`${inboxUrl(name)}/${fileName}`);
    expect(sha256(bundleIn(name))).toBe(inputs.bundle.sha256);
    expect(filesIn(name)).toEqual(whole);
    // Nobody but the partner's account may change what lies there.
    expect(statSync(path.join(inboxOf(name), fileName)).mode & 0o777).toBe(0o644);
    const check = await execa("sha256sum", ["--check", `${fileName}.sha256`], { cwd: inboxOf(name) });
    expect(check.stdout).toBe(`${fileName}: OK`);

    const verify = await execa("openssl", verifyArgv(inboxOf(name)));
    expect(verify.stdout).toBe("Signature Verified Successfully");

    const { sha256: hash, size } = inputs.bundle;
    const said = await ask(name);
    expect(said).toMatchObject({ kind: "holds", sha256: hash, size });
    expect(Math.abs(Date.parse("since" in said ? said.since : "") - Date.now())).toBeLessThan(60_000);

    await provider.delete(id, outs as DropState);
    expect(filesIn(name)).toEqual([]);
    expect(await ask(name)).toEqual({ kind: "nothing" });
    await provider.delete(id, outs as DropState);
  }, 30_000);

  test("says what changed since, and gets it back", async () => {
    const inputs = drop(name);
    const { id, outs } = await provider.create(inputs);
    const state = outs as DropState;
    expect(await provider.read(id, state)).toEqual({ id, props: state });
    expect(await provider.diff(id, state, inputs)).toMatchObject({ changes: false });

    rmSync(path.join(inboxOf(name), `${fileName}.sha256`));
    const unlisted = (await provider.read(id, state)).props as DropState;
    expect(await provider.diff(id, unlisted, inputs)).toMatchObject({ changes: true, replaces: [] });

    writeFileSync(path.join(inboxOf(name), fileName), "tampered");
    const tampered = (await provider.read(id, state)).props as DropState;
    expect(tampered.holds).toMatchObject({ size: 8 });
    await provider.update(id, tampered, inputs);
    expect(sha256(bundleIn(name))).toBe(inputs.bundle.sha256);
    expect(filesIn(name)).toEqual(whole);

    rmSync(path.join(inboxOf(name), fileName));
    expect(await provider.read(id, state)).toEqual({ id: "" });
  }, 30_000);

  test("shows a reader who looks every 10 ms the old bundle or the new one, through 100 uploads", async () => {
    const bundles = Array.from({ length: 101 }, () => randomBytes(200_000));
    const known = new Set(bundles.map(sha256));
    await provider.create(drop(name, bundles[0]));
    const uploads = { done: false };
    const seen = { hashes: new Set<string>(), times: 0, longestMismatchMs: 0 };
    const reader = (async () => {
      let since = Date.now();
      while (!uploads.done) {
        const listed = readFileSync(path.join(inboxOf(name), `${fileName}.sha256`), "utf8").slice(0, 64);
        const hash = sha256(bundleIn(name));
        seen.times += 1;
        seen.hashes.add(hash);
        if (hash === listed) since = Date.now();
        seen.longestMismatchMs = Math.max(seen.longestMismatchMs, Date.now() - since);
        await sleep(10);
      }
    })();
    for (const bundle of bundles.slice(1)) await provider.create(drop(name, bundle));
    uploads.done = true;
    await reader;
    expect([...seen.hashes].filter((hash) => !known.has(hash))).toEqual([]);
    expect(seen.hashes.size).toBeGreaterThan(50);
    expect(seen.times).toBeGreaterThan(200);
    // The checksum comes right behind the file.
    expect(seen.longestMismatchMs).toBeLessThan(2000);
    expect(filesIn(name)).toEqual(whole);
  }, 300_000);

  test("refuses a wrong password at the first try", async () => {
    const started = Date.now();
    const wrong = { ...drop(name), password: "not-the-password" };
    const outcome = provider.create(wrong);
    await expect(outcome).rejects.toThrow(/^refused: \w+ \(\w+:\/\/hms@10\.77\.1\d\.2\/inbox\): .*password/);
    await expect(outcome).rejects.not.toThrow("not-the-password");
    expect(Date.now() - started).toBeLessThan(2900);
    expect(filesIn(name)).toEqual([]);
  }, 30_000);

  test("has no such folder, and no right to write into one", async () => {
    const nowhere = { ...drop(name), url: inboxUrl(name).replace("/inbox", "/nowhere") };
    await expect(provider.create(nowhere)).rejects.toThrow(/^refused: .*there is no folder \/nowhere/);
    const root = { ...drop(name), url: inboxUrl(name).replace("/inbox", "/") };
    await expect(provider.create(root)).rejects.toThrow(
      /^refused: .*(Could not create file|Permission denied)/,
    );
  }, 30_000);

  test("is unreachable after three tries when its line is down; what was known stays, and the next run heals it", async () => {
    const { id, outs } = await provider.create(drop(name));
    const state = outs as DropState;
    // The default delays for one; the others need not wait for them.
    const next = { ...drop(name), ...(name === "usgs" ? {} : { retryDelaySeconds: 0.1 }) };
    await link(name, "down");
    try {
      const started = Date.now();
      await expect(provider.update(id, state, next)).rejects.toThrow(
        /^unreachable: .*EHOSTUNREACH.* \(3 tries\)$/,
      );
      expect(Date.now() - started).toBeLessThan(60_000);
      const quick = { ...state, tries: 2, retryDelaySeconds: 0.1, dialTimeoutSeconds: 1 };
      expect(await provider.read(id, quick)).toEqual({ id, props: quick });
      await expect(provider.delete(id, quick)).rejects.toThrow(
        /^unreachable: .*no answer within 1 s \(2 tries\) If that is for good, leave its files there with "pulumi state delete"\.$/,
      );
    } finally {
      await link(name, "up");
    }
    await provider.update(id, state, next);
    expect(sha256(bundleIn(name))).toBe(next.bundle.sha256);
  }, 90_000);

  test("keeps nothing of an upload that broke once the next one has come", async () => {
    const old = drop(name);
    await provider.create(old);
    const part = `.${fileName}.${"0".repeat(8)}.part`;
    async function* breaking(): AsyncGenerator<Buffer> {
      yield randomBytes(500_000);
      await sleep(300);
      await link(name, "down");
      for (;;) yield randomBytes(500_000);
    }
    const started = Date.now();
    const broken = inInbox({ ...partner(name), tries: 1, stallTimeoutSeconds: 2 }, (inbox) =>
      inbox.upload(Readable.from(breaking()), part),
    );
    try {
      await expect(broken).rejects.toBeInstanceOf(Unreachable);
    } finally {
      await link(name, "up");
    }
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(statSync(path.join(inboxOf(name), part)).size).toBeGreaterThan(0);
    expect(sha256(bundleIn(name))).toBe(old.bundle.sha256);
    await provider.create(drop(name));
    expect(filesIn(name)).toEqual(whole);
  }, 60_000);
});

describe("who the server is", () => {
  const fingerprint = (): string => new X509Certificate(readFileSync(certificate("noaa"))).fingerprint256;

  test("an authority that did not sign its certificate is not enough", async () => {
    const { caFile, ...stranger } = drop("noaa");
    await expect(provider.create(stranger)).rejects.toThrow(
      /^refused: noaa .*: its certificate is not good: nobody known vouches for it \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)\. Name the authority that signed it in caFile\.$/,
    );
    expect(caFile).toBeDefined();
    expect(filesIn("noaa")).toEqual([]);
  }, 30_000);

  test("a pinned certificate needs no authority; another one is refused, whoever vouches for it", async () => {
    const { caFile, ...pinned } = { ...drop("noaa"), certificateSha256: fingerprint() };
    await provider.create(pinned);
    expect(filesIn("noaa")).toEqual(whole);
    for (const settings of [pinned, { ...pinned, caFile }]) {
      const other = { ...settings, certificateSha256: "ab".repeat(32) };
      await expect(provider.create(other)).rejects.toThrow(
        /^refused: noaa .*: its certificate has the SHA-256 [0-9a-f]{64}, not the pinned (ab){32}\./,
      );
    }
  }, 30_000);

  test("a certificate that has expired is refused, and the partner told", async () => {
    const expired = await expiredCertificate();
    const settings = vsftpdConfiguration(partners.noaa, true)
      .replace(/^rsa_cert_file=.*$/m, `rsa_cert_file=${expired}`)
      .concat("listen_port=2199\n");
    const configuration = path.join(folder, "expired.conf");
    writeFileSync(configuration, settings);
    const daemon = { name: "expired", folder, host: "noaa", privateMounts: true };
    const command = inOwnMountsArgv("noaa", ["vsftpd", configuration]);
    const url = inboxUrl("noaa").replace("/inbox", ":2199/inbox");
    const ready = (): Promise<boolean> =>
      inInbox({ ...partner("noaa"), url, tries: 1 }, () => Promise.resolve(false)).catch(
        (error: unknown) => error instanceof Refused,
      );
    await start({ ...daemon, command, ready });
    try {
      await expect(provider.create({ ...drop("noaa"), url })).rejects.toThrow(
        /^refused: noaa .*: its certificate is not good: it has expired\. Ask the partner for a new one\.$/,
      );
      expect(filesIn("noaa")).toEqual([]);
    } finally {
      await stop(daemon, 1);
    }
  }, 30_000);

  /** A certificate of noaa's key, by the authority, of years ago. */
  async function expiredCertificate(): Promise<string> {
    const cwd = path.join(folder, "authority");
    mkdirSync(cwd);
    const files = {
      "ca.conf":
        "[ca]\ndefault_ca=x\n[x]\ndatabase=db\nserial=serial\nnew_certs_dir=.\npolicy=p\ndefault_md=sha256\n" +
        "copy_extensions=copy\n[p]\ncommonName=supplied\n",
      db: "",
      serial: "01\n",
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(cwd, name), text);
    await execa(
      "openssl",
      [
        ...["req", "-new", "-key", certificateKey("noaa"), "-subj", "/CN=noaa", "-out", "request.pem"],
        ...["-addext", `subjectAltName=IP:${partners.noaa.address}`],
      ],
      { cwd },
    );
    await execa(
      "openssl",
      [
        ...["ca", "-batch", "-notext", "-config", "ca.conf", "-cert", authority.certificate],
        ...["-keyfile", authority.key, "-in", "request.pem", "-out", "expired.pem"],
        ...["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"],
      ],
      { cwd },
    );
    return path.join(cwd, "expired.pem");
  }

  test("a server without TLS is not spoken to in plain text", async () => {
    const { caFile } = pins.noaa;
    const plain = { ...drop("usgs"), url: inboxUrl("usgs").replace("ftp:", "ftps:"), caFile };
    await expect(provider.create(plain)).rejects.toThrow(/^refused: usgs .*: 5\d\d /);
  }, 30_000);

  test("TLS from the first byte on, on port 990", async () => {
    const configuration = path.join(folder, "implicit.conf");
    const settings = `${vsftpdConfiguration(partners.noaa, true)}implicit_ssl=YES\nlisten_port=990\n`;
    writeFileSync(configuration, settings);
    const daemon = { name: "implicit", folder, host: "noaa", privateMounts: true };
    const command = inOwnMountsArgv("noaa", ["vsftpd", configuration]);
    const url = inboxUrl("noaa").replace("/inbox", ":990/inbox");
    const ready = (): Promise<boolean> =>
      inInbox({ ...partner("noaa"), url, tries: 1 }, () => Promise.resolve(true));
    await start({ ...daemon, command, ready });
    try {
      await provider.create({ ...drop("noaa"), url });
      expect(filesIn("noaa")).toEqual(whole);
    } finally {
      await stop(daemon, 1);
    }
  }, 30_000);

  test("a host key that is not pinned is refused before the password is sent", async () => {
    const other = { ...drop("fema"), hostKey: readFileSync(`${loginKey}.pub`, "utf8") };
    await expect(provider.create(other)).rejects.toThrow(
      /^refused: fema .*: its host key is SHA256:\S{43}, which is not pinned\. If the partner has changed it, ask them for the new one and pin that in hostKey\.$/,
    );
    expect(readFileSync(path.join(folderOf("fema"), "fema.log"), "utf8")).not.toMatch(/Failed password.*\n$/);
  }, 30_000);

  test("a private key logs in, in place of a password", async () => {
    const { password, ...byKey } = { ...drop("fema"), privateKeyFile: loginKey };
    await provider.create(byKey);
    expect(filesIn("fema")).toEqual(whole);
    expect(password).toBeDefined();
  }, 30_000);
});

test("a second start changes nothing", async () => {
  const password = readFileSync(passwordFile("usgs"), "utf8");
  const before = await partnersStatus();
  await upPartners();
  expect(readFileSync(passwordFile("usgs"), "utf8")).toBe(password);
  expect(statSync(passwordFile("usgs")).mode & 0o777).toBe(0o600);
  expect(await partnersStatus()).toEqual(before);
}, 30_000);
