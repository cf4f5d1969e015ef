/** A partner's inbox on every FTP and SFTP server that Debian has: what goes well, and what goes wrong. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { type DropInputs, type DropState, provider } from "../../components/partner-drop/provider";
import { temporaryName } from "../../core/drop-files";
import { owner } from "../../lab/partner-files";
import { partners } from "../../lab/layout";
import { inInbox } from "../../probe/inbox";
import { freshTrail } from "../signed-trail";
import { usePartners } from "./partner-lab";
import { folders, partnerOf, type Server, servers, startServer } from "./partner-servers";

usePartners();
freshTrail();

const work = mkdtempSync(path.join(tmpdir(), "hms-servers-"));
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const whole = ["bundle.zip", "bundle.zip.sha256", "bundle.zip.sig"];

afterAll(() => {
  rmSync(work, { recursive: true });
});

function dropOf(server: Server, folder: (typeof folders)[number], bytes: Buffer): DropInputs {
  const file = path.join(work, `${sha256(bytes)}.zip`);
  writeFileSync(file, bytes);
  const bundle = { path: file, sha256: sha256(bytes), size: bytes.length, signature: "c2lnbmVk" };
  return { ...partnerOf(server, folder), target: "partners/tried", tag: "8e9a12c", bundle };
}

/** Lets this machine send so many bytes on each connection to the host, then resets it. */
async function cutAfter<T>(bytes: number, attempt: () => Promise<T>): Promise<T> {
  const rule = [
    ...["OUTPUT", "-p", "tcp", "-d", partners.noaa.address, "-m", "connbytes", "--connbytes", `${bytes}:`],
    ...[
      "--connbytes-dir",
      "original",
      "--connbytes-mode",
      "bytes",
      "-j",
      "REJECT",
      "--reject-with",
      "tcp-reset",
    ],
  ];
  await execa("iptables", ["-w", "-I", ...rule]);
  try {
    return await attempt();
  } finally {
    await execa("iptables", ["-w", "-D", ...rule]);
  }
}

/** How many bytes this machine sends to the host meanwhile. */
async function bytesSent(attempt: () => Promise<unknown>): Promise<number> {
  const rule = ["OUTPUT", "-p", "tcp", "-d", partners.noaa.address];
  await execa("iptables", ["-w", "-I", ...rule]);
  try {
    await attempt();
    const { stdout } = await execa("iptables", ["-w", "-nvxL", "OUTPUT"]);
    const line = stdout.split("\n").find((each) => each.includes(partners.noaa.address)) ?? "";
    return Number(line.trim().split(/\s+/)[1]);
  } finally {
    await execa("iptables", ["-w", "-D", ...rule]);
  }
}

describe.each(servers.map((server) => [server.name, server] as const))("%s", (_, server) => {
  const folder = path.join(work, String(server.port));
  let see: string;
  let end: (() => Promise<void>) | undefined;
  const filesIn = (name: (typeof folders)[number]): string[] => readdirSync(path.join(see, name)).sort();
  const held = (): string => sha256(readFileSync(path.join(see, "free", "bundle.zip")));

  beforeAll(async () => {
    ({ see, end } = await startServer(server, folder));
  }, 60_000);
  afterAll(async () => {
    await end?.();
  });

  test("takes a bundle, gets the next one over it, and gives it back", async () => {
    // Names and links that others leave there are none of ours.
    const odd = ["-rf", "a b", "ü.zip", "bundle.zip.bak"];
    for (const name of odd) writeFileSync(path.join(see, "free", name), "theirs");
    symlinkSync("/etc/passwd", path.join(see, "free", "bundle.zip"));
    const left = ".bundle.zip.01234567.part";
    writeFileSync(path.join(see, "free", left), "half");
    await execa("chown", [`${owner.uid}`, path.join(see, "free", left)]);
    const first = dropOf(server, "free", randomBytes(300_000));
    const { id, outs } = await provider.create(first);
    expect(held()).toBe(first.bundle.sha256);
    expect(readFileSync("/etc/passwd", "utf8")).toContain("root:");
    expect(filesIn("free")).toEqual([...odd, ...whole].sort());

    const next = dropOf(server, "free", randomBytes(300_000));
    const update = await provider.update(id, outs as DropState, next);
    expect(held()).toBe(next.bundle.sha256);
    expect(filesIn("free")).toEqual([...odd, ...whole].sort());
    const told = await inInbox(next, (inbox) => inbox.hash("bundle.zip", 300_000));
    expect(told).toBe(server.hashes ? next.bundle.sha256 : undefined);

    await provider.delete(id, update.outs as DropState);
    expect(filesIn("free")).toEqual([...odd].sort());
    for (const name of odd) rmSync(path.join(see, "free", name));
  }, 60_000);

  test("goes on after cuts, and sends what was missing", async () => {
    const size = 1_500_000;
    for (const bytes of [150_000, 700_000, 1_300_000]) {
      const drop = dropOf(server, "free", randomBytes(size));
      await expect(cutAfter(bytes, () => provider.create({ ...drop, tries: 1 }))).rejects.toThrow(
        /^unreachable: /,
      );
      const part = path.join(see, "free", temporaryName("bundle.zip", drop.bundle.sha256));
      const there = readFileSync(part).length;
      expect(there).toBeGreaterThan(bytes / 4);
      const sent = await bytesSent(() => provider.create(drop));
      expect(held()).toBe(drop.bundle.sha256);
      expect(filesIn("free")).toEqual(whole);
      if (!server.begins) expect(sent).toBeLessThan((size - there) * 1.1 + 150_000);
    }
  }, 120_000);

  test("is not continued from what is no beginning of the bundle", async () => {
    const bytes = randomBytes(300_000);
    const drop = dropOf(server, "free", bytes);
    const part = path.join(see, "free", temporaryName("bundle.zip", drop.bundle.sha256));
    writeFileSync(part, Buffer.concat([bytes.subarray(0, 99_999), Buffer.from("x")]));
    await execa("chown", [`${owner.uid}`, part]);
    await provider.create(drop);
    expect(held()).toBe(drop.bundle.sha256);
    expect(filesIn("free")).toEqual(whole);
  }, 60_000);

  test("that is full is refused, says so, and keeps what it had", async () => {
    const small = dropOf(server, "full", randomBytes(200_000));
    const { id, outs } = await provider.create(small);
    const outcome = provider.update(id, outs as DropState, dropOf(server, "full", randomBytes(3_000_000)));
    await expect(outcome).rejects.toThrow(/^refused: .*(room|disk)/i);
    expect(sha256(readFileSync(path.join(see, "full", "bundle.zip")))).toBe(small.bundle.sha256);
    const next = dropOf(server, "full", randomBytes(100_000));
    await provider.update(id, outs as DropState, next);
    expect(filesIn("full")).toEqual(whole);
  }, 60_000);

  test("whose folder is not the account's is refused, and says so", async () => {
    const outcome = provider.create(dropOf(server, "foreign", randomBytes(1000)));
    await expect(outcome).rejects.toThrow(
      /^refused: .*Ask the partner whether the account may write into the folder\.$/,
    );
    expect(filesIn("foreign")).toEqual([]);
  }, 60_000);

  test("refuses a wrong password at the first try", async () => {
    const started = Date.now();
    const wrong = {
      ...dropOf(server, "free", randomBytes(1000)),
      password: "not-the-password",
      retryDelaySeconds: 60,
      // Some servers let those wait who have guessed wrong.
      stallTimeoutSeconds: 20,
    };
    await expect(provider.create(wrong)).rejects.toThrow(
      /^refused: .*[Cc]heck the user in the URL, and (the )?password/,
    );
    expect(Date.now() - started).toBeLessThan(20_000);
  }, 60_000);
});
