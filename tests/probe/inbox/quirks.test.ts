/** FTP servers that are odd, dishonest or broken. */
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { deliver, type LocalBundle } from "../../../components/partner-drop/deliver";
import { temporaryName } from "../../../core/drop-files";
import { Refused, Unreachable } from "../../../core/errors";
import { inInbox, type Partner } from "../../../probe/inbox";
import { look } from "../../../probe/partner";
import { sha256In } from "../../../probe/inbox/ftp-inbox";
import { portOf } from "../../../probe/inbox/passive";
import { type FtpServer, ftpServer, type Quirks } from "./ftp-server";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const content = "0123456789abcdef".repeat(8192);
const file = path.join(mkdtempSync(path.join(tmpdir(), "hms-quirks-")), "b.zip");
writeFileSync(file, content);
const bundle: LocalBundle = { path: file, sha256: sha256(content), size: content.length };
const part = temporaryName("bundle.zip", bundle.sha256);

let server: FtpServer;
afterEach(() => {
  server.close();
});

const partner = (): Partner => ({
  name: "odd",
  url: `ftp://hms@127.0.0.1:${server.port}/inbox`,
  password: "secret",
  tries: 1,
  stallTimeoutSeconds: 2,
});
const drop = () => inInbox(partner(), (inbox) => deliver(inbox, bundle, {}));
const text = (name: string): string | undefined => server.files.get(name)?.toString();

describe("a bundle comes whole, and nothing else stays, from a server that", () => {
  test.each<[string, Quirks]>([
    ["is as it should be", {}],
    ["is not ready at once", { greeting: "120 Soon\r\n220 Ready" }],
    ["does not know EPSV", { replies: { EPSV: "500 Unknown" } }],
    ["forbids EPSV", { replies: { EPSV: "550 Permission denied" } }],
    ["answers EPSV with nonsense", { extended: () => "229 Extended (|||none|)" }],
    ["answers EPSV as if it were PASV", { extended: () => "229 Passive (127,0,0,1,0,1)" }],
    ["writes 229 with other marks", { extended: (port) => `229 Extended (!!!${port}!)` }],
    ["announces an address behind NAT", { replies: { EPSV: "502 No" }, announces: "192.168.77.5" }],
    ["announces an address that is nobody's", { replies: { EPSV: "502 No" }, announces: "0.0.0.0" }],
    ["does not know SIZE", { replies: { SIZE: "502 Not implemented" }, listing: sized }],
    ["does not know MDTM", { replies: { MDTM: "500 What?" } }],
    ["has a clock of its own", { replies: { MDTM: "213 yesterday" } }],
    ["does not know FEAT", { replies: { FEAT: "500 What?" } }],
    ["hashes", { features: ["XSHA256 filename;start;end"] }],
    ["hashes by the draft", { features: ["HASH SHA-1*;SHA-256;MD5"] }],
    ["says it hashes, and does not", { features: ["XSHA256"], replies: { XSHA256: "550 Switched off" } }],
    ["does not list", { replies: { LIST: "550 Permission denied" } }],
    ["lists what nobody can read", { listing: () => "\u0007???\r\n\r\n<html>\r\n" }],
    ["says it knows MLSD, and does not", { features: ["MLST size*;type*;"], replies: { MLSD: "500 What?" } }],
    ["does not rename over a file", { keepsNames: true }],
  ])("%s", async (_, quirks) => {
    server = await ftpServer(quirks, { "bundle.zip": "old", "bundle.zip.sha256": "old" });
    await drop();
    expect([...server.files.keys()].sort()).toEqual(["bundle.zip", "bundle.zip.sha256"]);
    expect(text("bundle.zip")).toBe(content);
    const found = await inInbox(partner(), (inbox) => look(inbox, {}));
    expect(found).toMatchObject({ sha256: bundle.sha256, size: bundle.size, listed: bundle.sha256 });
  });

  function sized(): string {
    return [...server.files]
      .map(([name, { length }]) => `-rw-r--r-- 1 hms hms ${length} Mar 01 12:00 ${name}\r\n`)
      .join("");
  }
});

test("of its hash alone a large file needs no reading back", async () => {
  server = await ftpServer({ features: ["XSHA256"] });
  await inInbox(partner(), (inbox) => deliver(inbox, bundle, { readBackMiB: 0 }));
  expect(server.commands).toContain(`XSHA256 ${part}`);
  expect(server.commands.filter((each) => each.startsWith("RETR"))).toEqual([]);
});

describe("other files of a folder stay, whatever they are called", () => {
  test.each([
    ["as ls shows them", undefined],
    [
      "as Windows shows them",
      (names: readonly string[]) => names.map((n) => `03-01-26  12:00PM       1 ${n}\r\n`).join(""),
    ],
  ])("%s", async (_, listing) => {
    const names = [
      "-rf *",
      ".bundle.zip.01234567.part\u0000",
      "..",
      "a\nb",
      " lead",
      "bundle.zip.bak",
      "\u202egpj.zip",
    ];
    server = await ftpServer(
      { ...(listing && { listing }) },
      Object.fromEntries([...names, ".bundle.zip.01234567.part"].map((name) => [name, "theirs"])),
    );
    await drop();
    expect([...server.files.keys()].sort()).toEqual([...names, "bundle.zip", "bundle.zip.sha256"].sort());
  });
});

describe("after a cut", () => {
  const half = content.slice(0, 70_000);
  const sent = (): string[] =>
    server.commands.filter((each) => /^(REST|STOR|APPE) ?(\d+$|\.bundle\.zip\.[0-9a-f])/.test(each));

  test.each<[string, Quirks, string[]]>([
    ["goes on by REST", {}, [`REST 70000`, `STOR ${part}`]],
    ["goes on by APPE", { replies: { REST: "502 Not implemented" } }, [`REST 70000`, `APPE ${part}`]],
    [
      "begins anew where there is neither",
      { replies: { REST: "502 Not implemented", APPE: "502 Not implemented" } },
      [`REST 70000`, `APPE ${part}`, `STOR ${part}`],
    ],
  ])("%s", async (_, quirks, commands) => {
    server = await ftpServer(quirks, { [part]: half });
    await drop();
    expect(text("bundle.zip")).toBe(content);
    expect(sent()).toEqual(commands);
  });

  test("begins anew under another name where the server keeps what is there for the session that was cut", async () => {
    server = await ftpServer({ locked: part }, { [part]: half });
    const twice = { ...partner(), tries: 2, retryDelaySeconds: 0.01, stallTimeoutSeconds: 1 };
    const doubtful = new Set<string>();
    await inInbox(twice, (inbox) => deliver(inbox, bundle, { doubtful }));
    expect(text("bundle.zip")).toBe(content);
    expect([...server.files.keys()].sort()).toEqual(["bundle.zip", "bundle.zip.sha256"]);
    expect([...doubtful]).toEqual([part]);
  });

  test("does not trust what is there", async () => {
    server = await ftpServer({}, { [part]: `${half.slice(1)}x` });
    await drop();
    expect(text("bundle.zip")).toBe(content);
    expect(sent()).toEqual([`STOR ${part}`]);
  });
});

test("a server that ends the session after STOR is unreachable; the next run goes on", async () => {
  server = await ftpServer({ dropsAfter: 80_000 });
  await expect(drop()).rejects.toBeInstanceOf(Unreachable);
  expect([...server.files.keys()]).toEqual([part]);
  server.quirks = {};
  await drop();
  expect(server.commands).toContain("REST 80000");
  expect([...server.files.keys()].sort()).toEqual(["bundle.zip", "bundle.zip.sha256"]);
});

describe("a server that says no, with what to do about it", () => {
  test.each<[string, Quirks, string]>([
    [
      "STOR",
      { replies: { STOR: "553 Could not create file." } },
      "553 Could not create file. Ask the partner whether the account may write into the folder.",
    ],
    ["STOR", { replies: { STOR: "552 Quota exceeded." } }, "552 Quota exceeded. Ask the partner for room."],
    [
      "STOR",
      { replies: { STOR: "451 Failure writing" } },
      "451 Failure writing Ask the partner whether there is room left.",
    ],
    [
      "CWD",
      { replies: { CWD: "550 Failed" } },
      "there is no folder /inbox (550 Failed). Make it there, or change the URL.",
    ],
    ["PASV", { replies: { EPSV: "500 What?", PASV: "500 What?" } }, "500 What?"],
    [
      "PASV",
      { replies: { EPSV: "500 What?", PASV: "227 At your service" } },
      `it answers PASV with "227 At your service", which names no port.`,
    ],
    [
      "SIZE",
      { replies: { SIZE: "213 a lot" } },
      "it does not answer as FTP servers do: Can't parse response to command",
    ],
  ])("%s: %j", async (_, quirks, sentence) => {
    server = await ftpServer(quirks, { "bundle.zip": "old" });
    const outcome = drop();
    await expect(outcome).rejects.toBeInstanceOf(Refused);
    await expect(outcome).rejects.toThrow(sentence);
    expect(text("bundle.zip")).toBe("old");
  });
});

test("another kind of server is refused by what it says", async () => {
  server = await ftpServer({ greeting: "HTTP/1.1 400 Bad Request" });
  const outcome = drop();
  await expect(outcome).rejects.toBeInstanceOf(Refused);
  await expect(outcome).rejects.toThrow(
    `what answers there is no FTP server: it says "HTTP/1.1 400 Bad Request". Check host and port in the URL.`,
  );
});

test("one that says nothing is unreachable, in time", async () => {
  const silent = net.createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  server = await ftpServer();
  const { port } = silent.address() as net.AddressInfo;
  const url = `ftp://hms@127.0.0.1:${port}/inbox`;
  const started = Date.now();
  const outcome = inInbox({ ...partner(), url }, () => Promise.resolve());
  await expect(outcome).rejects.toBeInstanceOf(Unreachable);
  expect(Date.now() - started).toBeLessThan(10_000);
  silent.close();
});

test("the port of a passive reply, however it is written", () => {
  expect(portOf("227 Entering Passive Mode (192,168,1,100,10,229)")).toBe(2789);
  expect(portOf("227 Passive 10,0,0,1,0,21")).toBe(21);
  for (const bad of [
    "227 Passive (10,0,0,1,256,1)",
    "227 Passive (10,0,0,1,0,0)",
    "227 Passive",
    "227 1,2,3,4,5",
  ]) {
    expect(portOf(bad)).toBeUndefined();
  }
});

test("a hash is found in whatever stands around it", () => {
  const hash = sha256("x");
  expect(sha256In(`250 ${hash.toUpperCase()}`)).toBe(hash);
  expect(sha256In(`213 SHA-256 0-49 ${hash} bundle.zip`)).toBe(hash);
  expect(sha256In(`213 SHA-512 0-49 ${hash}${hash} bundle.zip`)).toBeUndefined();
});
