/** What happens at a site that takes a medium: with the real scripts, openssl and sha256sum, before an engine that is none. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { parseStack } from "../../core/config";
import { keyIdOf } from "../../core/dsse";
import { manifestOf } from "../../core/manifest";
import { listOf } from "../../core/medium";
import { parseSiteReceipt } from "../../core/site-receipt";
import { addFile, type Source } from "../../pipeline/medium/write";
import { projectFolder } from "../../store/project";
import { aRelease } from "../fixtures";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const keyId = keyIdOf(publicKey);
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const [config, layer, base, proxy] = ["config", "layer", "base", "proxy"] as const;
const release = aRelease({ imageId: `sha256:${sha256(config)}` });
const proxyImage = `registry.example.gov/caddy@sha256:${"ca".repeat(32)}`;

let world: string;
let site: string;
let medium: string;

beforeEach(() => {
  world = fs.mkdtempSync(path.join(os.tmpdir(), "hms-medium-"));
  site = path.join(world, "site");
  medium = path.join(world, "stick", "medium");
  fs.mkdirSync(path.join(site, ".trusted"), { recursive: true });
  fs.writeFileSync(path.join(site, ".trusted", "k.pem"), publicKey.export({ type: "spki", format: "pem" }));
  fs.mkdirSync(path.join(world, "path"));
  // It has no image yet.
  fs.writeFileSync(path.join(world, "path", "docker"), '#!/bin/sh\n[ "$1" = version ]\n', { mode: 0o755 });
  make([config, layer, base, proxy]);
});

/** What stands in for activate.sh: it says what it was given, and what serves. */
const activate = `echo "$*" >"$2/activated"
[ ! -e "$2/../unwell" ] || { echo "unhealthy: it did not become healthy; the old one serves" >&2; exit 1; }
printf 'container=c\\nimage=${release.imageId}\\nsince=2026-11-26T10:00:00Z\\nrunning=true\\nhealth=healthy\\n'
`;

/** Makes a medium that brings some of the blobs. */
function make(brings: readonly string[], by: KeyObject = privateKey): void {
  fs.rmSync(medium, { recursive: true, force: true });
  const manifest = manifestOf(
    release,
    [config, layer, base].map((text) => `sha256:${sha256(text)}`),
  );
  const digests = (texts: readonly string[]): string =>
    texts.map((text) => `${sha256(text)}  blobs/sha256/${sha256(text)}\n`).join("");
  const ofProject = (file: string, to: string): Source => ({
    path: to,
    file: path.join(projectFolder, file),
  });
  const sources: Source[] = [
    ...brings.map((text) => ({ path: `blobs/sha256/${sha256(text)}`, text })),
    { path: "images/414141414141/digests", text: digests([config, layer, base]) },
    { path: "images/414141414141/id", text: `${release.imageId}\n` },
    { path: "images/cacacacacaca/digests", text: digests([proxy]) },
    { path: "images/cacacacacaca/id", text: `sha256:${sha256(proxy)}\n` },
    { path: "releases/3a3a3a3a3a3a/manifest", text: manifest },
    { path: "releases/3a3a3a3a3a3a/signature", text: "signature" },
    { path: "bin/activate.sh", text: activate },
    { path: `trusted/${keyId}.pem`, text: publicKey.export({ type: "spki", format: "pem" }) },
    ofProject("components/site/lock.sh", "bin/lock.sh"),
    ofProject("components/site/medium/install.sh", "install.sh"),
    ofProject("components/site/medium/receive.sh", "steps/receive.sh"),
    ofProject("components/site/medium/receipt.sh", "steps/receipt.sh"),
  ];
  fs.mkdirSync(medium, { recursive: true });
  const files = sources.map((source) => addFile(medium, source));
  const list = Buffer.from(
    listOf(
      {
        target: "onprem/anchorage",
        settings: settings(),
        release,
        proxyImage,
        since: "1111111",
        madeAt: "2026-11-26T10:00:00.000Z",
      },
      files,
    ),
  );
  fs.writeFileSync(path.join(medium, "medium"), list);
  fs.writeFileSync(path.join(medium, "medium.sig"), sign(null, list, by));
}

function settings() {
  const sites = [{ name: "anchorage", line: "none", folder: site, proxyImage }];
  const stack = parseStack({ role: "onprem", service: "flood-formula", sites }, "Pulumi.onprem.yaml");
  const [first] = stack.role === "onprem" ? stack.sites : [];
  if (first === undefined) throw new Error("no site");
  return first;
}

interface Done {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

async function install(args: readonly string[] = ["--site", "anchorage"], shell = ["sh"]): Promise<Done> {
  const [program = "", ...options] = shell;
  const { exitCode, stdout, stderr } = await execa(
    program,
    [...options, path.join(medium, "install.sh"), ...args],
    {
      env: { PATH: `${path.join(world, "path")}:/usr/bin:/bin` },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    },
  );
  return { exitCode, stdout: stdout.replaceAll(world, "W"), stderr: stderr.replaceAll(world, "W") };
}
const there = (file: string): boolean => fs.existsSync(path.join(site, file));
const receiptFile = (): string => path.join(medium, `receipt-anchorage-${release.tag}.txt`);
const receipt = () => parseSiteReceipt(fs.readFileSync(receiptFile(), "utf8"), "r");

const shells = [["dash"], ["busybox", "sh"], ["bash", "--posix"]];

test.each(shells)(
  "a medium is taken in, activated, and answered by a signed receipt (%s %s)",
  async (...shell) => {
    const done = await install(
      undefined,
      shell.filter((word) => typeof word === "string"),
    );
    expect([done.exitCode, done.stderr]).toEqual([
      0,
      "Taking in release 8e9a12c of flood-formula for anchorage …",
    ]);
    for (const text of [config, layer, base, proxy]) {
      expect(fs.readFileSync(path.join(site, "flood-formula/blobs/sha256", sha256(text)), "utf8")).toBe(text);
    }
    expect(fs.readFileSync(path.join(site, "flood-formula/activated"), "utf8")).toBe(
      `-C ${site}/flood-formula flood-formula 3a3a3a3a3a3a 414141414141 ${release.imageId} cacacacacaca 0.0.0.0:8080 8080 60 3 30\n`,
    );
    const said = receipt();
    expect(said).toMatchObject({
      target: "onprem/anchorage",
      tag: "8e9a12c",
      count: 1,
      medium: sha256(fs.readFileSync(path.join(medium, "medium"), "utf8")),
      receipt: { kind: "runs", image: release.imageId, health: "healthy", units: ["c"] },
    });
    expect(done.stdout).toBe(
      [
        "anchorage serves 8e9a12c (healthy, c).",
        "Its receipt is W/stick/medium/receipt-anchorage-8e9a12c.txt: carry it back, and import it there:",
        "  npx hms receipt import receipt-anchorage-8e9a12c.txt --site anchorage",
        `The fingerprint of this site's key: ${(said.key.match(/.{4}/g) ?? []).join(" ")} `,
      ].join("\n"),
    );
    expect(fs.statSync(path.join(site, ".site/key.pem")).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(site, ".site")).mode & 0o777).toBe(0o700);
  },
);

test("the site keeps its key and its name, and counts its receipts", async () => {
  await install();
  const first = receipt();
  const again = await install([]);
  expect(again.exitCode).toBe(0);
  expect(receipt()).toMatchObject({ key: first.key, count: 2 });
  expect(fs.readdirSync(path.join(site, ".site/receipts"))).toEqual([
    "flood-formula-8e9a12c-1.txt",
    "flood-formula-8e9a12c-2.txt",
  ]);
});

test("what was copied before is not copied again, and what was cut off is", async () => {
  const blobs = path.join(site, "flood-formula/blobs/sha256");
  fs.mkdirSync(blobs, { recursive: true });
  fs.writeFileSync(path.join(blobs, sha256(layer)), layer);
  fs.writeFileSync(path.join(blobs, sha256(base)), "ba");
  fs.writeFileSync(path.join(blobs, `${sha256(config)}.part`), "con");
  const { ino } = fs.statSync(path.join(blobs, sha256(layer)));
  expect((await install()).exitCode).toBe(0);
  expect(fs.statSync(path.join(blobs, sha256(layer))).ino).toBe(ino);
  expect(fs.readFileSync(path.join(blobs, sha256(base)), "utf8")).toBe(base);
  expect(fs.readdirSync(blobs).sort()).toEqual([config, layer, base, proxy].map(sha256).sort());
});

test("a release that does not become healthy leaves no receipt, and its sentence comes last", async () => {
  fs.writeFileSync(path.join(site, "unwell"), "");
  const { exitCode, stderr } = await install();
  expect([exitCode, stderr.split("\n").at(-1)]).toEqual([
    1,
    "unhealthy: it did not become healthy; the old one serves",
  ]);
  expect(fs.existsSync(receiptFile())).toBe(false);
});

test("a medium that can't be written leaves its receipt with the site's copy", async () => {
  const { stdout, exitCode } = await install([
    "--site",
    "anchorage",
    "--receipt",
    path.join(world, "nowhere"),
  ]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(
    "W/nowhere can't be written: its receipt is W/site/.site/receipts/flood-formula-8e9a12c-1.txt.",
  );
});

test("a site that trusts no key takes the one that somebody names, and no other", async () => {
  fs.rmSync(path.join(site, ".trusted"), { recursive: true });
  expect((await install()).stderr).toBe(
    "refused: this site trusts no key (W/site/.trusted). Ask for the fingerprint of the pipeline's, and run this with --trust FINGERPRINT.",
  );
  expect((await install(["--site", "anchorage", "--trust", "ab".repeat(32)])).stderr).toContain(
    "refused: this medium brings no key of the fingerprint abab",
  );
  expect(there(".trusted")).toBe(false);
  expect((await install(["--site", "anchorage", "--trust", keyId.toUpperCase()])).exitCode).toBe(0);
  expect(fs.readdirSync(path.join(site, ".trusted"))).toEqual([`${keyId}.pem`]);
});

describe("refused before anything is touched:", () => {
  const refused = async (sentence: string, args?: readonly string[]): Promise<void> => {
    expect(await install(args)).toMatchObject({ exitCode: 1, stdout: "", stderr: sentence });
    expect([there("flood-formula"), there(".site")]).toEqual([false, false]);
  };
  const again = "Nothing was touched. Copy the medium again, or export it again.";
  test("a damaged blob, by its name", async () => {
    fs.writeFileSync(path.join(medium, "blobs/sha256", sha256(layer)), "lazer");
    await refused(`refused: blobs/sha256/${sha256(layer)} is damaged on this medium. ${again}`);
  });
  test("a missing file, and how many more are not right", async () => {
    fs.rmSync(path.join(medium, "bin/lock.sh"));
    fs.writeFileSync(path.join(medium, "releases/3a3a3a3a3a3a/manifest"), "x");
    await refused(`refused: bin/lock.sh is missing on this medium (and 1 more). ${again}`);
  });
  test("a script that somebody changed", async () => {
    fs.appendFileSync(path.join(medium, "steps/receive.sh"), "\nrm -rf /\n");
    await refused(`refused: steps/receive.sh is damaged on this medium. ${again}`);
  });
  test("a medium that another key signed", async () => {
    make([config, layer, base, proxy], generateKeyPairSync("ed25519").privateKey);
    await refused(
      "refused: this medium is not signed by a key that this site trusts (W/site/.trusted). Nothing was touched.",
    );
  });
  test("a list that was changed after it was signed", async () => {
    const file = path.join(medium, "medium");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("site anchorage", "site mississippi"));
    await refused(
      "refused: this medium is not signed by a key that this site trusts (W/site/.trusted). Nothing was touched.",
      ["--site", "mississippi"],
    );
  });
  test("half a medium", async () => {
    fs.rmSync(path.join(medium, "medium.sig"));
    await refused(
      "refused: W/stick/medium is no whole medium: medium or medium.sig is missing. Copy it again.",
    );
  });
  test("another site's, by what it is called, or was enrolled as", async () => {
    await refused(
      "refused: this medium is for the site anchorage, and this is mississippi. Nothing was touched.",
      ["--site", "mississippi"],
    );
    fs.mkdirSync(path.join(site, ".gate/flood-formula"), { recursive: true });
    fs.writeFileSync(path.join(site, ".gate/flood-formula/settings"), "site=mississippi\ndocker_host=''\n");
    await refused(
      "refused: this medium is for the site anchorage, and this is mississippi. Nothing was touched.",
      [],
    );
  });
  test("a machine that nobody says the name of", async () => {
    await refused(
      "refused: this machine does not know yet which site it is. If it is anchorage, run this with --site anchorage. Nothing was touched.",
      [],
    );
  });
  test("a site without what the medium leaves out", async () => {
    make([config, layer]);
    await refused(
      `refused: 2 blobs are neither on this medium nor on this site (${sha256(base).slice(0, 12)}, …): it was made for a site that has release 1111111. Nothing was touched. Have it made again: npx hms release export 8e9a12c --site anchorage --to FOLDER --since none`,
    );
  });
});

test("a site that has another release than the medium was made for is told which", async () => {
  make([config, layer]);
  const home = path.join(site, "flood-formula");
  fs.mkdirSync(path.join(home, "releases/old"), { recursive: true });
  fs.writeFileSync(path.join(home, "kept"), "old\n");
  fs.writeFileSync(path.join(home, "releases/old/manifest"), "hms-release 1\ntag 2222222\n");
  expect((await install()).stderr).toMatch(/--since 2222222$/);
});

test("links in the service's folder do not lead an administrator out of it", async () => {
  fs.mkdirSync(path.join(site, "flood-formula"));
  fs.symlinkSync(world, path.join(site, "flood-formula/blobs"));
  expect((await install()).stderr).toMatch(
    /refused: W\/site\/flood-formula\/\.\/blobs is neither a file nor a folder\./,
  );
  expect(fs.existsSync(path.join(world, "sha256"))).toBe(false);
});

test("wrong usage says what is right", async () => {
  const { exitCode, stderr } = await install(["--sight", "x"]);
  expect([exitCode, stderr]).toEqual([
    2,
    "usage: sh install.sh [--site NAME] [--folder FOLDER] [--trust FINGERPRINT] [--receipt FOLDER]",
  ]);
});
