import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { digestOfFile } from "../../core/chain";
import { type Envelope, keyIdOf, seal } from "../../core/dsse";
import { type Body, noPrevious } from "../../core/entry";
import { UserError } from "../../core/errors";
import { headFile } from "../../store/head";
import { createKey } from "../../store/keys";
import { projectFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import { freshTrail } from "../signed-trail";

let folder: string;
beforeEach(() => {
  folder = freshTrail();
});

const refusal = (run: number): Body => ({ type: "refusal", run, stage: "policy", why: "because" });
const file = (number: number): string =>
  path.join(folder, "entries", `${String(number).padStart(8, "0")}.json`);

describe("the trail", () => {
  test("is numbered, and each entry holds the digest of the one before", () => {
    const trail = directoryTrail(folder);
    trail.append(refusal(1));
    trail.append(refusal(2));
    const [first, second] = trail.entries();
    expect([first?.number, second?.number]).toEqual([1, 2]);
    expect(first?.previous).toBe(noPrevious);
    expect(second?.previous).toBe(digestOfFile(fs.readFileSync(file(1), "utf8")));
  });

  test("says on whose behalf, where somebody says it", () => {
    process.env["HMS_ACTOR"] = "jo@agency.example";
    try {
      directoryTrail(folder).append(refusal(1));
    } finally {
      delete process.env["HMS_ACTOR"];
    }
    directoryTrail(folder).append(refusal(2));
    expect(
      directoryTrail(folder)
        .entries()
        .map((entry) => entry.actor),
    ).toEqual(["jo@agency.example", undefined]);
  });

  test("is not read again by who has read it, but for what is new", () => {
    const [mine, other] = [directoryTrail(folder), directoryTrail(folder)];
    [1, 2, 3].forEach((run) => other.append(refusal(run)));
    const before = mine.entries();
    const read = jest.spyOn(fs, "readFileSync");
    try {
      expect(mine.entries()).toEqual(before);
      const { number } = other.append(refusal(4));
      expect(mine.entries().at(-1)?.number).toBe(number);
      const entries = read.mock.calls
        .map(([name]) => String(name))
        .filter((name) => name.includes("/entries/"));
      // Who appends reads the last one, and who follows the new one, after it has looked for it and for the next.
      expect(new Set(entries)).toEqual(new Set([file(3), file(4), file(5)]));
    } finally {
      read.mockRestore();
    }
    expect(before).toHaveLength(3);
  });

  test("is empty before its first entry", () => {
    expect(directoryTrail(path.join(folder, "none")).entries()).toEqual([]);
  });

  test("loses and forks nothing when several write at once", async () => {
    const script = `
      const { directoryTrail } = require("./components/dynamic/load.js")("store/trail");
      const trail = directoryTrail(process.argv[1]);
      for (let n = 0; n < 25; n++) trail.append({ type: "refusal", run: n, stage: "test", why: process.argv[2] });`;
    const writers = ["a", "b", "c", "d"].map((name) =>
      execa("node", ["-e", script, folder, name], { cwd: projectFolder }),
    );
    await Promise.all(writers);
    const entries = directoryTrail(folder).entries();
    expect(entries.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    for (const entry of entries.slice(1)) {
      expect(entry.previous).toBe(digestOfFile(fs.readFileSync(file(entry.number - 1), "utf8")));
    }
    expect(fs.readdirSync(path.join(folder, "entries"))).toHaveLength(100);
  });

  test("clears away what a killed writer left half written, and nothing of who may still write", async () => {
    const script = `
      require("node:fs").linkSync = () => process.kill(process.pid, "SIGKILL");
      const { directoryTrail } = require("./components/dynamic/load.js")("store/trail");
      directoryTrail(process.argv[1]).append({ type: "refusal", run: 1, stage: "test", why: "killed" });`;
    const { signal } = await execa("node", ["-e", script, folder], { cwd: projectFolder, reject: false });
    const entries = path.join(folder, "entries");
    const [left = ""] = fs.readdirSync(entries);
    expect([signal, left]).toEqual(["SIGKILL", expect.stringMatching(/^\.00000001\.json\.\d+$/)]);
    const living = `.00000001.json.${String(process.ppid)}`;
    const own = `.00000007.json.${String(process.pid)}`;
    for (const name of [living, own]) fs.writeFileSync(path.join(entries, name), "{");

    // It may be of another machine, which is just at it.
    directoryTrail(folder).append(refusal(1));
    expect(fs.readdirSync(entries).sort()).toEqual([left, living, own, "00000001.json"].sort());

    for (const name of [left, living, own]) fs.utimesSync(path.join(entries, name), 0, 0);
    directoryTrail(folder).append(refusal(2));
    expect(fs.readdirSync(entries).sort()).toEqual([living, "00000001.json", "00000002.json"]);
  });

  test("writes again what somebody cleared away under a writer that was very slow", () => {
    const { linkSync } = fs;
    const link = jest.spyOn(fs, "linkSync").mockImplementationOnce((draft, file) => {
      fs.rmSync(draft);
      linkSync(draft, file);
    });
    directoryTrail(folder).append(refusal(1));
    expect([link.mock.calls.length, directoryTrail(folder).entries().length]).toEqual([2, 1]);
    link.mockRestore();
  });

  test("says which entry is no entry", () => {
    const trail = directoryTrail(folder);
    trail.append(refusal(1));
    fs.writeFileSync(file(1), "{");
    expect(() => trail.entries()).toThrow(
      new UserError(
        "Entry 1 of the trail is no signed envelope, or was altered. Put it back from a copy of the trail.",
      ),
    );
  });

  test("says so when it can't be written", () => {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "entries"), "not a folder");
    expect(() => directoryTrail(folder).append(refusal(1))).toThrow(
      /^The trail .* can't be used \(.*\)\. Nothing ships without its entry: mend the disk or set HMS_TRAIL\.$/,
    );
  });
});

describe("a trail that is not what it was", () => {
  const three = (): void => {
    [1, 2, 3].forEach((run) => directoryTrail(folder).append(refusal(run)));
  };

  test("is refused when its newest entries were cut off", () => {
    three();
    fs.rmSync(file(3));
    const why =
      `The trail ${folder} does not hold entry 3 as it was known here: its newest entries were cut off. ` +
      `Put the trail back from a copy; if it was begun anew on purpose, remove ${headFile(folder)}.`;
    expect(() => directoryTrail(folder).entries()).toThrow(new UserError(why));
    expect(() => directoryTrail(folder).append(refusal(4))).toThrow(new UserError(why));
  });

  test.each<[string, () => void, RegExp]>([
    [
      "the last of it is gone",
      () => {
        fs.rmSync(file(3));
      },
      /its newest entries were cut off/,
    ],
    [
      "the last of it was altered",
      () => {
        fs.appendFileSync(file(3), " ");
      },
      /entry 3 /i,
    ],
    [
      "all of it is gone",
      () => {
        fs.rmSync(path.dirname(file(1)), { recursive: true });
      },
      /its newest entries were cut off/,
    ],
  ])("is refused by who has read it when %s", (_, harm, why) => {
    three();
    const trail = directoryTrail(folder);
    trail.entries();
    harm();
    expect(() => trail.entries()).toThrow(why);
    expect(() => trail.entries()).toThrow(why);
  });

  test.each([
    ["one entry", [4]],
    ["all", [4, 5]],
  ])("is refused by who has read its beginning when %s of what came after is gone", (_, gone) => {
    three();
    const trail = directoryTrail(folder);
    trail.entries();
    [4, 5].forEach((run) => directoryTrail(folder).append(refusal(run)));
    gone.forEach((number) => {
      fs.rmSync(file(number));
    });
    expect(() => trail.entries()).toThrow(/does not hold entry 5 as it was known here/);
    expect(() => trail.entries()).toThrow(/does not hold entry 5 as it was known here/);
  });

  test("is refused when it was written anew, by the same key, from somewhere on", () => {
    three();
    const head = fs.readFileSync(headFile(folder));
    [2, 3].forEach((number) => {
      fs.rmSync(file(number));
    });
    fs.rmSync(headFile(folder));
    [7, 8].forEach((run) => directoryTrail(folder).append(refusal(run)));
    fs.writeFileSync(headFile(folder), head);
    expect(() => directoryTrail(folder).entries()).toThrow(
      /does not hold entry 3 as it was known here: entry 3 or one before it was altered\./,
    );
  });

  test("is read on a machine that has not seen it, once every signature is checked", () => {
    three();
    fs.rmSync(headFile(folder));
    expect(directoryTrail(folder).entries()).toHaveLength(3);
  });

  test("is refused there when a signature is not the key's", () => {
    three();
    fs.rmSync(headFile(folder));
    const { payload, signatures } = JSON.parse(fs.readFileSync(file(3), "utf8")) as Envelope;
    const { privateKey } = generateKeyPairSync("ed25519");
    const forged = {
      keyId: signatures[0].keyid,
      sign: (bytes: Uint8Array) => sign(null, bytes, privateKey),
    };
    fs.writeFileSync(file(3), seal(Buffer.from(payload, "base64").toString(), forged));
    expect(() => directoryTrail(folder).entries()).toThrow(
      new UserError(
        `Entry 3 of the trail has a signature that is not of key ${forged.keyId.slice(0, 12)}…: it was altered or forged. ` +
          "Put it back from a copy of the trail.",
      ),
    );
  });
});

describe("a key that does not sign the trail", () => {
  test("writes no entry into it: one would make the whole trail bad", () => {
    directoryTrail(folder).append(refusal(1));
    const signing = `${process.env["HMS_KEYS"] ?? ""}/signing.pem`;
    const first = keyIdOf(createPrivateKey(fs.readFileSync(signing)));
    fs.rmSync(signing);
    const second = createKey();
    expect(() => directoryTrail(folder).append(refusal(2))).toThrow(
      new UserError(
        `The signing key is ${second.slice(0, 12)}…, but ${first.slice(0, 12)}… signs this trail. ` +
          'Set HMS_KEYS to where that one lies; if it is lost, run "npx hms keys rotate --lost --reason TEXT".',
      ),
    );
    expect(directoryTrail(folder).entries()).toHaveLength(1);
  });

  test("writes none either when nobody trusts it", () => {
    const trusted = `${process.env["HMS_KEYS"] ?? ""}/trusted`;
    fs.rmSync(trusted, { recursive: true });
    expect(() => directoryTrail(folder).append(refusal(1))).toThrow(
      /^The signing key [0-9a-f]{12}… is not among those in .*trusted\. Run "npx hms keys init", or set HMS_KEYS to where they lie\.$/,
    );
  });
});
