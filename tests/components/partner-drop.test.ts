import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { execa } from "execa";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text as textOf } from "node:stream/consumers";
import type { Readable, Writable } from "node:stream";
import { PartnerDrop, type PartnerDropArgs } from "../../components/partner-drop";
import {
  checkLocal,
  deliver,
  isLeftover,
  parcels,
  temporaryName,
  withdraw,
} from "../../components/partner-drop/deliver";
import { type DropInputs, type DropState, provider } from "../../components/partner-drop/provider";
import { providerText } from "../../components/dynamic/resource";
import type { PartnerSettings } from "../../core/config";
import { partnerSettings } from "../../core/config/partners";
import { Refused, Unreachable } from "../../core/errors";
import type { FileFacts, Inbox } from "../../probe/inbox";
import { aReleaseOfTheTrail } from "./released";
import { record, settled, valueOf } from "./mocks";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const content = "what partners get";
const inputs: DropInputs = {
  name: "usgs",
  url: "ftp://hms@10.77.11.2/inbox",
  password: { env: "NOBODY_SETS_THIS" },
  bundle: { path: "bundle.zip", sha256: sha256(content), size: content.length },
};
const state: DropState = {
  ...inputs,
  holds: {
    sha256: sha256(content),
    size: content.length,
    listed: sha256(content),
    modified: "2026-03-01T12:00:00.000Z",
  },
};

describe("the component", () => {
  const release = aReleaseOfTheTrail();
  const settings: PartnerSettings = partnerSettings.parse({
    name: "usgs",
    url: inputs.url,
    password: { env: "NOBODY_SETS_THIS" },
  });
  const args: PartnerDropArgs = { target: "partners/usgs", release, bundlePath: "b.zip", settings };
  const expected = {
    "pulumi-nodejs:dynamic/hms:Intent": {},
    "pulumi-nodejs:dynamic/hms:Drop": { holds: state.holds },
    "pulumi-nodejs:dynamic/hms:Receipt": { says: "holds it" },
  };

  test("notes the intent, brings the bundle, and reads it back", async () => {
    const declared = await record(expected);
    const drop = new PartnerDrop("usgs", args);
    expect(await valueOf(drop.receipt)).toBe("holds it");
    await settled();
    expect(declared.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "hms:partners:PartnerDrop usgs",
      "pulumi-nodejs:dynamic/hms:Intent usgs-intent",
      "pulumi-nodejs:dynamic/hms:Drop usgs-drop",
      "pulumi-nodejs:dynamic/hms:Receipt usgs-receipt",
    ]);
    expect(declared[2]?.inputs).toEqual({
      ...settings,
      bundle: { path: "b.zip", ...release.bundle },
      __provider: providerText("components/partner-drop/provider"),
    });
    expect(declared[3]?.inputs).toMatchObject({
      target: "partners/usgs",
      probe: { kind: "partner", settings },
    });
  });

  test.each<[string, PartnerDropArgs["settings"]["password"], string[]]>([
    ["a reference", { file: "password" }, []],
    ["a text", "hunter2", ["Drop password", "PartnerDrop settings", "Receipt probe"]],
    ["an output", pulumi.output("hunter2"), ["Drop password", "PartnerDrop settings", "Receipt probe"]],
    ["a secret", pulumi.secret("hunter2"), ["Drop password", "PartnerDrop settings", "Receipt probe"]],
  ])("makes no plain text of a password that is %s", async (_, password, secrets) => {
    await record(expected);
    const asked: Promise<string[]>[] = [];
    const ask: pulumi.ResourceTransformation = ({ type, props }) => {
      for (const [key, value] of Object.entries(props)) {
        const found = `${type.split(":").at(-1) ?? ""} ${key}`;
        asked.push(pulumi.isSecret(pulumi.output(value)).then((is) => (is ? [found] : [])));
      }
      return undefined;
    };
    new PartnerDrop("usgs", { ...args, settings: { ...settings, password } }, { transformations: [ask] });
    await settled();
    expect((await Promise.all(asked)).flat().sort()).toEqual(secrets);
  });
});

test("plain node finds the provider by the line in the state", async () => {
  const script = `const m = {}; new Function("exports", "require", process.argv[1])(m, require); console.log(Object.keys(m.handler()).join());`;
  const line = providerText("components/partner-drop/provider");
  const { stdout } = await execa("node", ["-e", script, line], { cwd: path.resolve(__dirname, "../..") });
  expect(stdout).toBe("check,create,read,diff,update,delete");
});

describe("names", () => {
  const fileName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$/);

  test("a temporary name lies in the same folder, is hidden, and is known again", () => {
    expect(temporaryName("bundle.zip", "0123456789abcdef")).toBe(".bundle.zip.01234567.part");
    fc.assert(
      fc.property(fileName, fc.string(), (name, seed) => {
        const bundle = { path: "x", sha256: sha256(seed), size: 1 };
        for (const { temporary, name: final } of parcels(bundle, name)) {
          expect(temporary).toMatch(/^\.[^/]+\.[0-9a-f]{8}\.part$/);
          expect(isLeftover(temporary, name)).toBe(true);
          expect(isLeftover(final, name)).toBe(false);
        }
      }),
    );
  });

  test("what others have in the folder is no leftover", () => {
    for (const other of [
      "bundle.zip.01234567.part",
      ".bundle.zip.part",
      ".bundle.zip.0123456.part",
      ".other.zip.01234567.part",
      ".bundle.zip.01234567.part2",
    ]) {
      expect([other, isLeftover(other, "bundle.zip")]).toEqual([other, false]);
    }
  });
});

/** An inbox in memory that notes what is done, in order. */
class NotedInbox implements Inbox {
  readonly done: string[] = [];
  constructor(
    readonly files: Map<string, string>,
    private readonly modified = "2026-03-01T12:00:00.000Z",
  ) {}
  async upload(body: Readable, name: string): Promise<void> {
    this.done.push(`upload ${name}`);
    this.files.set(name, this.stored(await textOf(body)));
  }
  /** A test's server may store something else than it was sent. */
  stored(sent: string): string {
    return sent;
  }
  stat(name: string): Promise<FileFacts | undefined> {
    const text = this.files.get(name);
    return Promise.resolve(text === undefined ? undefined : { size: text.length, modified: this.modified });
  }
  download(name: string, into: Writable): Promise<void> {
    return new Promise((resolve) => into.end(this.files.get(name), resolve));
  }
  rename(from: string, to: string): Promise<void> {
    this.done.push(`rename ${from} ${to}`);
    const text = this.files.get(from);
    if (text === undefined) return Promise.reject(new Refused(`550 ${from}`));
    this.files.set(to, text);
    this.files.delete(from);
    return Promise.resolve();
  }
  remove(name: string): Promise<void> {
    this.done.push(`remove ${name}`);
    this.files.delete(name);
    return Promise.resolve();
  }
  list(): Promise<string[]> {
    return Promise.resolve([...this.files.keys()]);
  }
  close(): Promise<void> {
    throw new Error("not the delivery's business");
  }
}

describe("a delivery", () => {
  const bundle = { ...inputs.bundle, path: "" };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hms-drop-"));
    bundle.path = path.join(folder, "b.zip");
    writeFileSync(bundle.path, content);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const part = `.bundle.zip.${sha256(content).slice(0, 8)}.part`;
  const checksumPart = `.bundle.zip.sha256.${sha256(content).slice(0, 8)}.part`;
  const whole = { "bundle.zip": content, "bundle.zip.sha256": `${sha256(content)}  bundle.zip\n` };

  test("has everything there before it renames, and takes away what earlier ones left", async () => {
    const inbox = new NotedInbox(
      new Map([
        ["bundle.zip", "old"],
        [".bundle.zip.01234567.part", "half"],
        ["theirs", "1"],
      ]),
    );
    const holds = await deliver(inbox, bundle, {});
    expect(inbox.done).toEqual([
      `upload ${part}`,
      `upload ${checksumPart}`,
      `rename ${part} bundle.zip`,
      `rename ${checksumPart} bundle.zip.sha256`,
      "remove .bundle.zip.01234567.part",
    ]);
    expect(Object.fromEntries(inbox.files)).toEqual({ ...whole, theirs: "1" });
    expect(holds).toEqual(state.holds);
  });

  test.each([
    ["shorter", "what partners", "13 bytes instead of 17 bytes"],
    [
      "different",
      "WHAT partners get",
      `SHA-256 ${sha256("WHAT partners get")} instead of ${sha256(content)}`,
    ],
  ])("that arrives %s is refused, and leaves what was there", async (_, stored, fault) => {
    const inbox = new NotedInbox(new Map([["bundle.zip", "old"]]));
    inbox.stored = () => stored;
    await expect(deliver(inbox, bundle, {})).rejects.toThrow(
      new Refused(`what the server stored of bundle.zip is not what was sent: ${fault}.`),
    );
    expect(Object.fromEntries(inbox.files)).toEqual({ "bundle.zip": "old" });
  });

  test("is not read back above the limit", async () => {
    const inbox = new NotedInbox(new Map());
    inbox.stored = (sent) => sent.replace("what", "WHAT");
    await expect(deliver(inbox, bundle, { readBackMiB: 0 })).resolves.toMatchObject({ size: content.length });
  });

  test("makes way on servers that don't rename over a file, and only there", async () => {
    const inbox = new NotedInbox(new Map([["bundle.zip", "old"]]));
    const rename = inbox.rename.bind(inbox);
    inbox.rename = (from, to) =>
      inbox.files.has(to) ? Promise.reject(new Refused("553 File exists")) : rename(from, to);
    await deliver(inbox, bundle, {});
    expect(Object.fromEntries(inbox.files)).toEqual(whole);

    const unwilling = new NotedInbox(new Map());
    unwilling.rename = () => Promise.reject(new Refused("550 Permission denied."));
    await expect(deliver(unwilling, bundle, {})).rejects.toThrow("550 Permission denied.");
  });

  test("comes to pass where the server shows no list", async () => {
    const inbox = new NotedInbox(new Map());
    inbox.list = () => Promise.reject(new Refused("550 Permission denied."));
    await deliver(inbox, bundle, {});
    expect(Object.fromEntries(inbox.files)).toEqual(whole);
    inbox.list = () => Promise.reject(new Unreachable("read ECONNRESET"));
    await expect(deliver(inbox, bundle, {})).rejects.toBeInstanceOf(Unreachable);
  });

  test("is taken out again, unless another file has taken its place", async () => {
    const inbox = new NotedInbox(new Map(Object.entries(whole)));
    await withdraw(inbox, state.holds, {});
    expect(inbox.files.size).toBe(0);
    await withdraw(inbox, state.holds, {});

    const newer = new NotedInbox(new Map(Object.entries(whole)), "2026-03-02T12:00:00.000Z");
    await withdraw(newer, state.holds, {});
    expect(newer.files.size).toBe(2);
  });

  test("does not begin with a file that is not the bundle", async () => {
    await checkLocal(bundle);
    writeFileSync(bundle.path, "changed");
    await expect(checkLocal(bundle)).rejects.toThrow(
      `The bundle ${bundle.path} has the SHA-256 ${sha256("changed")} instead of ${sha256(content)}. Run the build stack again.`,
    );
    rmSync(bundle.path);
    await expect(checkLocal(bundle)).rejects.toThrow(
      `The bundle ${bundle.path} can't be read (ENOENT). Run the build stack again.`,
    );
    writeFileSync(bundle.path, "");
  });
});

describe("what changes", () => {
  const diff = (news: Partial<DropInputs>, olds: Partial<DropState> = {}) =>
    provider.diff("id", { ...state, ...olds }, { ...inputs, ...news });
  const nothing = { changes: false, replaces: [], deleteBeforeReplace: false };
  const update = { ...nothing, changes: true };
  const other = { path: "b2.zip", sha256: sha256("other"), size: 5 };

  test.each<[string, Partial<DropInputs>, Partial<DropState>, object]>([
    ["nothing", {}, {}, nothing],
    ["the bundle's place on this machine", { bundle: { ...inputs.bundle, path: "elsewhere" } }, {}, nothing],
    ["the bundle", { bundle: other }, {}, update],
    ["the inbox: another bundle", {}, { holds: { ...state.holds, sha256: sha256("other") } }, update],
    ["the inbox: no checksum file", {}, { holds: { ...state.holds, listed: undefined } }, update],
    [
      "the inbox: a touched file",
      {},
      { holds: { ...state.holds, modified: "2027-01-01T00:00:00.000Z" } },
      nothing,
    ],
    ["the password's place", { password: { env: "OTHER" } }, {}, update],
    ["a time limit", { tries: 5 }, {}, update],
    ["the protocol", { url: "ftps://hms@10.77.11.2/inbox" }, {}, update],
    ["the user", { url: "ftp://other@10.77.11.2/inbox" }, {}, update],
    ["the host", { url: "ftp://hms@10.77.11.3/inbox" }, {}, { ...update, replaces: ["url"] }],
    ["the folder", { url: "ftp://hms@10.77.11.2/outbox" }, {}, { ...update, replaces: ["url"] }],
    ["the name", { fileName: "rules.zip" }, {}, { ...update, replaces: ["fileName"] }],
    ["the name, to the one it has", { fileName: "bundle.zip" }, {}, update],
  ])("%s", async (_, news, olds, expected) => {
    expect(await diff(news, olds)).toEqual(expected);
  });

  test("nothing is sent for a setting that is not the bundle's: nobody is dialled", async () => {
    const news = { ...inputs, password: { env: "OTHER" }, tries: 5 };
    expect(await provider.update("id", state, news)).toEqual({ outs: { ...news, holds: state.holds } });
  });
});

test("faults in the settings are told by property", async () => {
  const { failures } = await provider.check(inputs, { ...inputs, url: "sftp://hms@10.77.11.2/inbox" });
  expect(failures).toEqual([
    {
      property: "hostKey",
      reason: "an SFTP server without a pinned host key could be anybody's. Set hostKey.",
    },
  ]);
  expect(await provider.check(inputs, inputs)).toEqual({ inputs, failures: [] });
});
