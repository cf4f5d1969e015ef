/** No line at all: a release goes to a site on a medium, somebody runs one command there, and its receipt comes back. */
import { generateKeyPairSync, sign } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { siteEngine, socketOf } from "../../lab/docker";
import { down, up } from "../../lab/lab";
import { inLab, sites } from "../../lab/layout";
import { environment } from "../../lab/main";
import { inHost, link } from "../../lab/network";
import { siteHome } from "../../lab/site";
import { changeFormula } from "../../lab/story";
import type { Entry } from "../../core/entry";
import type { ExportResult } from "../../pipeline/medium/export";
import type { ImportResult } from "../../pipeline/medium/import";
import { projectFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import * as world from "./world";

jest.setTimeout(300_000);

const [mississippi, anchorage] = sites;
const stackFile = path.join(projectFolder, "Pulumi.onprem.yaml");
const settingsBefore = fs.readFileSync(stackFile, "utf8");
const stick = inLab("stick");
const entries = (): Entry[] => directoryTrail(inLab("trail")).entries();
const newestBody = (): Entry["body"] | undefined => entries().at(-1)?.body;

/** Runs a command as somebody who sits at a site. */
async function at(
  site: typeof anchorage,
  argv: string[],
  env: Record<string, string> = {},
): Promise<world.Done> {
  const [program, ...args] = inHost(site.name, ...argv);
  const { exitCode, stdout, stderr } = await execa(program, args, {
    env: { DOCKER_HOST: `unix://${socketOf(siteEngine(site))}`, ...env },
    reject: false,
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}
const install = (medium: string, ...args: string[]): Promise<world.Done> =>
  at(anchorage, ["sh", path.join(medium, "install.sh"), ...args]);

async function exported(...args: string[]): Promise<ExportResult> {
  const { stdout, stderr } = await world.hms("release", "export", ...args, "--to", stick, "--json");
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as ExportResult;
}

/** What the service answers on the site itself. */
const formulaThere = async (): Promise<string> => {
  const script = `fetch("http://127.0.0.1:8080/risk?rainfall=1&elevation=1&soil=clay").then((r) => r.json()).then(({ formula }) => console.log(formula))`;
  return (await at(anchorage, [process.execPath, "-e", script])).stdout;
};

/** Asks the service on the site every 20 ms, until it is told to end; prints how often, and how often in vain. */
const loadScript = `
let asked = 0, failed = 0, on = true;
process.stdin.on("data", () => (on = false)).on("end", () => (on = false));
const visit = async () => {
  while (on) {
    asked += 1;
    await fetch("http://127.0.0.1:8080/risk?rainfall=1&elevation=1&soil=clay", { signal: AbortSignal.timeout(10000) })
      .then(async (r) => { if (!r.ok) failed += 1; await r.text(); }, () => (failed += 1));
    await new Promise((next) => setTimeout(next, 20));
  }
};
Promise.all([visit(), visit(), visit()]).then(() => { console.log(JSON.stringify({ asked, failed })); process.exit(); });
`;

const entryCount = (): number => entries().length;
let r1: string;
let r2: string;
let medium: string;

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
  fs.mkdirSync(stick);
  const first = await world.ship((folder) => changeFormula(folder, "m1"), "onprem");
  expect(first.refused).toBeUndefined();
  expect(world.states(first)).toEqual({ "onprem/mississippi": "current", "onprem/anchorage": "current" });
  r1 = first.tag;
  fs.writeFileSync(
    stackFile,
    settingsBefore.replace("- name: anchorage\n", "- name: anchorage\n      line: none\n"),
  );
  // The line is still there: what came over it must be let go of without a word to the site.
  const letGo = await world.pulumi("up", "--stack", "onprem", "--yes", "--skip-preview");
  expect([letGo.exitCode, await formulaThere()]).toEqual([0, "m1"]);
  await link(anchorage.name, "down");
});
afterAll(async () => {
  fs.writeFileSync(stackFile, settingsBefore);
  await down();
});

test("a run does not try to reach a site without a line, and says what it waits for", async () => {
  const second = await world.ship((folder) => changeFormula(folder, "m2"), "onprem");
  r2 = second.tag;
  expect(second.refused).toBeUndefined();
  expect(second.exitCode).toBe(3);
  expect(second.targets["onprem/mississippi"]).toEqual({ state: "current", tag: r2 });
  expect(second.targets["onprem/anchorage"]).toMatchObject({
    state: "stale",
    why: `waits for a medium: "npx hms release export ${r2} --site anchorage --to FOLDER"`,
  });
  // What came over the line is let go of: the service goes on.
  expect(await formulaThere()).toBe("m1");
  const status = await world.hms("pipeline", "status", "--stacks", "onprem");
  expect(status.exitCode).toBe(3);
  expect(status.stdout).toMatch(
    new RegExp(
      `onprem/anchorage +${r1} +${r1}[0-9a-f]{5} +${r2} +- +(never|now|.* ago) +no line +stale: waits for a medium: .*; it said last on 20`,
    ),
  );
  const plain = await world.pulumi("up", "--stack", "onprem", "--yes", "--skip-preview");
  expect([plain.exitCode, plain.stdout]).toEqual([0, expect.stringContaining("waits for a medium")]);
  expect(await formulaThere()).toBe("m1");
});

test("a release that is not the site's, or not there, is not exported", async () => {
  const count = entryCount();
  const other = await world.hms("release", "export", r1, "--site", "anchorage", "--to", stick);
  expect([other.exitCode, other.stderr]).toEqual([
    1,
    expect.stringMatching(`hms: onprem/anchorage is to have ${r2}, and not ${r1}\\.`),
  ]);
  const none = await world.hms("release", "export", "0000000", "--site", "anchorage", "--to", stick);
  expect(none.stderr).toBe(
    'hms: There is no release 0000000 in the trail. "npx hms release list" lists what there is.',
  );
  const since = await world.hms(
    "release",
    "export",
    r2,
    "--site",
    "anchorage",
    "--to",
    stick,
    "--since",
    "0000000",
  );
  expect(since.stderr).toContain(`Allowed with --since: ${r1}, or none`);
  expect(fs.readdirSync(stick)).toEqual([]);
  expect(entryCount()).toBe(count);
});

test("a medium that can't be written leaves nothing behind", async () => {
  const script = (options: string): string =>
    `mount -t tmpfs -o ${options} tmpfs "${stick}" && node cli/hms.js release export --site anchorage --to "${stick}" --since none; code=$?; ls -A "${stick}" >&2; exit $code`;
  const run = async (options: string): Promise<string> => {
    const { stderr, exitCode } = await execa("unshare", ["--mount", "sh", "-c", script(options)], {
      cwd: projectFolder,
      env: await environment(),
      reject: false,
    });
    expect(exitCode).toBe(1);
    return stderr;
  };
  expect(await run("size=1m")).toMatch(
    /^hms: \S+ has 1\.0 MB free, and the medium needs [\d.]+ MB\. Free some space, or name another folder with --to\.$/,
  );
  expect(await run("ro")).toMatch(
    /^hms: The medium can't be written into \S+ \(EROFS: [^\n]*\)\. Nothing of it is left there\.$/,
  );
});

test("the medium holds what the site lacks, and no more", async () => {
  const result = await exported("--site", "anchorage", "--since", r1);
  medium = result.folder;
  expect(result).toMatchObject({ target: "onprem/anchorage", tag: r2, since: r1 });
  expect(result.bytes).toBeLessThan(200_000);
  expect(result.leftOut).toBeGreaterThan(20_000_000);
  expect(newestBody()).toMatchObject({
    type: "release-exported",
    target: "onprem/anchorage",
    tag: r2,
    since: r1,
    medium: result.medium,
  });
  const again = await world.hms("release", "export", "--site", "anchorage", "--to", stick);
  expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining("is there already.")]);
});

describe("at the site, a medium is refused before anything is touched", () => {
  const copies: string[] = [];
  const copy = (): string => {
    const folder = fs.mkdtempSync(inLab("copy-"));
    fs.cpSync(medium, folder, { recursive: true });
    copies.push(folder);
    return folder;
  };
  const listing = async (): Promise<string> =>
    (
      await execa("sh", [
        "-c",
        `cd ${siteHome("anchorage")} && find . -type f -exec ls -l --time-style=full-iso {} + | sort`,
      ])
    ).stdout;
  let before: string;
  beforeAll(async () => {
    before = await listing();
  });
  afterAll(async () => {
    expect(await listing()).toBe(before);
    expect(await formulaThere()).toBe("m1");
    copies.forEach((folder) => {
      fs.rmSync(folder, { recursive: true });
    });
  });

  test("when a blob is damaged: it is named", async () => {
    const folder = copy();
    const [blob = ""] = fs.readdirSync(path.join(folder, "blobs/sha256"));
    fs.appendFileSync(path.join(folder, "blobs/sha256", blob), "x");
    expect(await install(folder, "--site", "anchorage")).toMatchObject({
      exitCode: 1,
      stderr: `refused: blobs/sha256/${blob} is damaged on this medium. Nothing was touched. Copy the medium again, or export it again.`,
    });
    fs.rmSync(path.join(folder, "blobs/sha256", blob));
    expect((await install(folder, "--site", "anchorage")).stderr).toContain(
      `blobs/sha256/${blob} is missing on this medium`,
    );
  });
  test("when somebody else signed it", async () => {
    const folder = copy();
    const list = fs.readFileSync(path.join(folder, "medium"));
    fs.writeFileSync(
      path.join(folder, "medium.sig"),
      sign(null, list, generateKeyPairSync("ed25519").privateKey),
    );
    expect((await install(folder, "--site", "anchorage")).stderr).toMatch(
      /^refused: this medium is not signed by a key that this site trusts/,
    );
  });
  test("when its list was changed after it was signed", async () => {
    const folder = copy();
    const file = path.join(folder, "medium");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("site anchorage", "site mississippi"));
    expect((await install(folder, "--site", "mississippi")).stderr).toMatch(
      /^refused: this medium is not signed by a key that this site trusts/,
    );
  });
  test("when it is another site's", async () => {
    expect((await install(copy(), "--site", "mississippi")).stderr).toBe(
      "refused: this medium is for the site anchorage, and this is mississippi. Nothing was touched.",
    );
    expect((await install(copy())).stderr).toMatch(
      /^refused: this machine does not know yet which site it is\. If it is anchorage, run this with --site anchorage\./,
    );
  });
  test("when it does not bring what the site lacks", async () => {
    const bare = fs.mkdtempSync(inLab("bare-"));
    copies.push(bare);
    fs.cpSync(path.join(siteHome("anchorage"), ".trusted"), path.join(bare, ".trusted"), { recursive: true });
    const { exitCode, stderr } = await at(
      mississippi,
      ["sh", path.join(copy(), "install.sh"), "--site", "anchorage", "--folder", bare],
      // An engine that has none of the images.
      { DOCKER_HOST: `unix://${socketOf({ ...siteEngine(mississippi) })}`, PATH: fakeDocker(bare) },
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^refused: \\d+ blobs are neither on this medium nor on this site \\([0-9a-f]{12}, …\\): it was made for a site that has release ${r1}\\. Nothing was touched\\. Have it made again: npx hms release export ${r2} --site anchorage --to FOLDER --since none$`,
      ),
    );
  });
  function fakeDocker(folder: string): string {
    const bin = path.join(folder, "path");
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, "docker"), '#!/bin/sh\n[ "$1" = version ]\n', { mode: 0o755 });
    return `${bin}:${process.env["PATH"] ?? ""}`;
  }
});

describe("somebody runs one command", () => {
  let receipt: string;
  beforeAll(async () => {
    const [program, ...args] = inHost(anchorage.name, process.execPath, "-e", loadScript);
    const load = execa(program, args);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const done = await install(medium, "--site", "anchorage");
    load.stdin.end("stop");
    const { asked, failed } = JSON.parse((await load).stdout) as { asked: number; failed: number };
    expect(done).toMatchObject({ exitCode: 0 });
    expect(done.stdout).toMatch(
      new RegExp(`^anchorage serves ${r2} \\(healthy, flood-formula-[0-9a-f]{12}\\)\\.\n`),
    );
    expect(failed).toBe(0);
    expect(asked).toBeGreaterThan(100);
    expect(await formulaThere()).toBe("m2");
    receipt = path.join(medium, `receipt-anchorage-${r2}.txt`);
  });

  test("the site's key is its own: nobody else can read it", () => {
    const file = path.join(siteHome("anchorage"), ".site", "key.pem");
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readFileSync(receipt, "utf8")).not.toContain("PRIVATE");
  });

  test("a receipt is taken once somebody has confirmed the key, and no other key after it", async () => {
    const take = (file: string, ...args: string[]): Promise<world.Done> =>
      world.hms("receipt", "import", file, "--site", "anchorage", ...args);
    const count = entryCount();
    const unconfirmed = await take(receipt);
    expect(unconfirmed.stderr).toMatch(
      /^hms: Nobody has confirmed yet which key onprem\/anchorage signs with/,
    );
    const fingerprint = /--fingerprint ([0-9a-f]{64})/.exec(unconfirmed.stderr)?.[1] ?? "";
    expect((await take(receipt, "--fingerprint", "0".repeat(64))).stderr).toContain(
      "which is not the one that was named",
    );
    const wrongSite = await world.hms("receipt", "import", receipt, "--site", "mississippi");
    expect(wrongSite.stderr).toContain("It is a receipt of onprem/anchorage, and not of onprem/mississippi.");
    const changed = path.join(stick, "changed.txt");
    fs.writeFileSync(changed, fs.readFileSync(receipt, "utf8").replace("health healthy", "health unhealthy"));
    expect((await take(changed, "--fingerprint", fingerprint)).stderr).toContain(
      "was changed after the site signed it",
    );
    expect(entryCount()).toBe(count);

    const result = JSON.parse(
      (await take(receipt, "--fingerprint", fingerprint, "--json")).stdout,
    ) as ImportResult;
    expect(result).toMatchObject({ target: "onprem/anchorage", tag: r2, key: fingerprint, known: false });
    expect(
      entries()
        .slice(count)
        .map(({ body }) => body),
    ).toEqual([
      expect.objectContaining({ type: "site-key", target: "onprem/anchorage", key: fingerprint }),
      expect.objectContaining({
        type: "receipt",
        target: "onprem/anchorage",
        tag: r2,
        via: "medium",
        count: 1,
      }),
    ]);
    expect((await take(receipt)).stdout).toContain("already");
    expect(entryCount()).toBe(count + 2);

    // The same receipt, by a key of somebody else's.
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const text = fs
      .readFileSync(receipt, "utf8")
      .replace(/^key .*/m, `key ${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`)
      .replace("count 1", "count 2")
      .replace(/^signature .*\n/m, "");
    fs.writeFileSync(
      changed,
      `${text}signature ${sign(null, Buffer.from(text), privateKey).toString("base64")}\n`,
    );
    expect((await take(changed)).stderr).toMatch(
      /^hms: The receipt is signed by the key .* and onprem\/anchorage signs with /,
    );
    expect(entryCount()).toBe(count + 2);
  });

  test("the status says that the site is current, the trail is whole, and the next run has nothing to do there", async () => {
    const status = await world.hms("pipeline", "status", "--stacks", "onprem");
    expect([status.exitCode, status.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`onprem/anchorage +${r2} .* healthy +current, as it said on 20`)),
    ]);
    const audit = await world.hms("audit", "verify");
    expect([audit.exitCode, audit.stderr.includes("bad")]).toEqual([0, false]);
    const shown = await world.hms("audit", "show", "--target", "onprem/anchorage");
    expect(shown.stdout).toContain("is on a medium");
    const rerun = await world.hms("pipeline", "run", "--commit", r2, "--stacks", "onprem", "--json");
    expect([rerun.exitCode, (JSON.parse(rerun.stdout) as { targets: object }).targets]).toMatchObject([
      0,
      { "onprem/anchorage": { state: "current" } },
    ]);
    const list = await world.hms("release", "list", "--json");
    expect(
      (JSON.parse(list.stdout) as { tag: string; targets: string[] }[]).map(({ tag, targets }) => [
        tag,
        targets.sort(),
      ]),
    ).toEqual([
      [r2, ["onprem/anchorage", "onprem/mississippi"]],
      [r1, []],
    ]);
  });

  test("run once more it swaps nothing; its receipt is the second one, and the first is outdated then", async () => {
    const done = await install(medium, "--receipt", stick);
    expect(done.exitCode).toBe(0);
    const second = path.join(stick, `receipt-anchorage-${r2}.txt`);
    const { exitCode } = await world.hms("receipt", "import", second, "--site", "anchorage");
    expect(exitCode).toBe(0);
    expect(newestBody()).toMatchObject({ type: "receipt", count: 2 });
  });
});

test("a killed installation is gone on with", async () => {
  const third = await world.ship((folder) => changeFormula(folder, "m3"), "onprem");
  const { folder, since } = await exported("--site", "anchorage");
  expect(since).toBe(r2);
  const [program, ...args] = inHost(anchorage.name, "setsid", "sh", path.join(folder, "install.sh"));
  const child = execa(program, args, {
    env: { DOCKER_HOST: `unix://${socketOf(siteEngine(anchorage))}` },
    reject: false,
  });
  await new Promise((resolve) => setTimeout(resolve, 700));
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await child;
  expect(["m2", "m3"]).toContain(await formulaThere());
  expect(await install(folder)).toMatchObject({ exitCode: 0 });
  expect(await formulaThere()).toBe("m3");
  const { exitCode } = await world.hms(
    "receipt",
    "import",
    path.join(folder, `receipt-anchorage-${third.tag}.txt`),
    "--site",
    "anchorage",
  );
  expect(exitCode).toBe(0);
});

test("the line comes back, and releases travel over it again", async () => {
  fs.writeFileSync(stackFile, settingsBefore);
  await link(anchorage.name, "up");
  const result = await world.ship((folder) => changeFormula(folder, "m4"), "onprem");
  expect(world.states(result)).toEqual({ "onprem/mississippi": "current", "onprem/anchorage": "current" });
  expect(await formulaThere()).toBe("m4");
});
