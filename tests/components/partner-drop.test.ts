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
  type LocalBundle,
  parcels,
  withdraw,
} from "../../components/partner-drop/deliver";
import { type DropInputs, type DropState, provider } from "../../components/partner-drop/provider";
import { providerText } from "../../components/dynamic/resource";
import type { PartnerSettings } from "../../core/config";
import { partnerSettings } from "../../core/config/partners";
import { isLeftover, temporaryName } from "../../core/drop-files";
import { Refused, Unreachable, UserError } from "../../core/errors";
import type { FileFacts, Inbox } from "../../probe/inbox";
import { aReleaseOfTheTrail } from "./released";
import { record, settled, valueOf } from "./mocks";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const content = "what partners get";
const signature = Buffer.from("signed");
const inputs: DropInputs = {
  target: "partners/usgs",
  tag: "8e9a12c",
  name: "usgs",
  url: "ftp://hms@10.77.11.2/inbox",
  password: { env: "NOBODY_SETS_THIS" },
  bundle: {
    path: "bundle.zip",
    sha256: sha256(content),
    size: content.length,
    signature: signature.toString("base64"),
  },
};
const state: DropState = {
  ...inputs,
  holds: {
    sha256: sha256(content),
    size: content.length,
    listed: sha256(content),
    signature: signature.toString("base64"),
    modified: "2026-03-01T12:00:00.000Z",
  },
};

describe("the component", () => {
  const release = aReleaseOfTheTrail();
  const settings: PartnerSettings = partnerSettings.parse({
    name: "usgs",
    url: inputs.url,
    password: { file: "LICENSE" },
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
      target: "partners/usgs",
      tag: release.tag,
      bundle: { path: "b.zip", ...release.bundle },
      __provider: providerText("components/partner-drop/provider"),
    });
    expect(declared[3]?.inputs).toMatchObject({
      target: "partners/usgs",
      probe: { kind: "partner", target: "partners/usgs", settings },
    });
  });

  test("gives each release a name of its own, where that is asked for", async () => {
    const declared = await record(expected);
    const named = { ...settings, fileName: "flood-{date}-{tag}.zip" };
    new PartnerDrop("usgs", { ...args, settings: named });
    await settled();
    const today = new Date().toISOString().slice(0, 10);
    expect(declared[2]?.inputs).toMatchObject({
      fileName: `flood-${today}-${release.tag}.zip`,
      pattern: "flood-{date}-{tag}.zip",
    });
    expect(declared[3]?.inputs).toMatchObject({
      probe: { settings: { fileName: "flood-{date}-{tag}.zip" } },
    });
  });

  test.each([
    ["password", { password: { file: "gone" } }],
    ["hostKey", { hostKey: { file: "gone" } }],
    ["privateKeyFile", { privateKeyFile: "gone" }],
    ["caFile", { caFile: "gone" }],
  ])("declares nothing where the file of %s is not there", async (what, wrong) => {
    const declared = await record(expected);
    expect(() => new PartnerDrop("usgs", { ...args, settings: { ...settings, ...wrong } })).toThrow(
      new UserError(`${what} of usgs: the file gone is not there.`),
    );
    await settled();
    expect(declared).toEqual([]);
  });

  test.each<[string, PartnerDropArgs["settings"]["password"], string[]]>([
    ["a reference", { file: "LICENSE" }, []],
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
        const bundle = { path: "x", sha256: sha256(seed), size: 1, signature: "AA==" };
        for (const { name: final, sha256: hash } of parcels(bundle, name)) {
          const temporary = temporaryName(final, hash);
          expect(temporary).toMatch(/^\.[^/]+\.[0-9a-f]{8}\.part$/);
          expect(isLeftover(temporary, name)).toBe(true);
          expect(isLeftover(final, name)).toBe(false);
        }
      }),
    );
  });
});

/** An inbox in memory that notes what is done, in order. */
class NotedInbox implements Inbox {
  readonly done: string[] = [];
  /** What the server says of a file's hash. @default it can't tell */
  tell: (text: string) => string | undefined = () => undefined;
  constructor(
    readonly files: Map<string, string>,
    private readonly modified = "2026-03-01T12:00:00.000Z",
  ) {}
  async upload(body: Readable, name: string, start = 0): Promise<void> {
    this.done.push(`upload ${name}${start === 0 ? "" : ` from ${start}`}`);
    const kept = (this.files.get(name) ?? "").slice(0, start);
    this.files.set(name, kept + this.stored(await textOf(body)));
  }
  /** A test's server may store something else than it was sent. */
  stored(sent: string): string {
    return sent;
  }
  stat(name: string): Promise<FileFacts | undefined> {
    const text = this.files.get(name);
    return Promise.resolve(text === undefined ? undefined : { size: text.length, modified: this.modified });
  }
  hash(name: string): Promise<string | undefined> {
    return Promise.resolve(this.tell(this.files.get(name) ?? ""));
  }
  download(name: string, into: Writable): Promise<void> {
    this.done.push(`download ${name}`);
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
  const checksum = `${sha256(content)}  bundle.zip\n`;
  const part = temporaryName("bundle.zip", sha256(content));
  const checksumPart = temporaryName("bundle.zip.sha256", sha256(checksum));
  const signaturePart = temporaryName("bundle.zip.sig", sha256("signed"));
  const whole = { "bundle.zip": content, "bundle.zip.sha256": checksum, "bundle.zip.sig": "signed" };
  const changes = (inbox: NotedInbox): string[] => inbox.done.filter((what) => !what.startsWith("download"));

  test("has everything there before it renames, and takes away what earlier ones left", async () => {
    const inbox = new NotedInbox(
      new Map([
        ["bundle.zip", "old"],
        [".bundle.zip.01234567.part", "half"],
        ["theirs", "1"],
      ]),
    );
    const holds = await deliver(inbox, bundle, {});
    expect(changes(inbox)).toEqual([
      `upload ${part}`,
      `upload ${checksumPart}`,
      `upload ${signaturePart}`,
      `rename ${part} bundle.zip`,
      `rename ${checksumPart} bundle.zip.sha256`,
      `rename ${signaturePart} bundle.zip.sig`,
      "remove .bundle.zip.01234567.part",
    ]);
    expect(Object.fromEntries(inbox.files)).toEqual({ ...whole, theirs: "1" });
    expect(holds).toEqual(state.holds);
  });

  test("is noted when all is there, and nothing has its name", async () => {
    const inbox = new NotedInbox(new Map());
    const seen: string[][] = [];
    await deliver(inbox, bundle, { whole: () => seen.push([...inbox.files.keys()]) });
    expect(seen).toEqual([[part, checksumPart, signaturePart]]);
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

  test("is checked by the server's own hash where that can tell, of whatever size, and not read back", async () => {
    const inbox = new NotedInbox(new Map());
    inbox.tell = sha256;
    await deliver(inbox, bundle, { readBackMiB: 0 });
    expect(inbox.done).toEqual(changes(inbox));
    inbox.stored = (sent) => sent.replace("what", "WHAT");
    await expect(deliver(inbox, bundle, { readBackMiB: 0 })).rejects.toThrow(/SHA-256 \w+ instead of/);
  });

  test("does not ask a server for a hash that it is told not to ask", async () => {
    const inbox = new NotedInbox(new Map());
    inbox.tell = () => sha256("a server that is wrong");
    await deliver(inbox, bundle, { serverHash: false });
    expect(Object.fromEntries(inbox.files)).toEqual(whole);
  });

  test("that is refused while it comes leaves no part of it", async () => {
    const inbox = new NotedInbox(new Map([["bundle.zip", "old"]]));
    inbox.upload = (_, name) => {
      inbox.files.set(name, "half");
      return Promise.reject(new Refused("552 Quota exceeded."));
    };
    await expect(deliver(inbox, bundle, {})).rejects.toThrow(new Refused("552 Quota exceeded."));
    expect(Object.fromEntries(inbox.files)).toEqual({ "bundle.zip": "old" });
  });

  describe("that was cut", () => {
    const long = "0123456789abcdef".repeat(8192);
    const big: LocalBundle = { path: "", sha256: sha256(long), size: long.length };
    const half = long.slice(0, 100_000);
    const bigPart = temporaryName("bundle.zip", big.sha256);
    const cut = async (
      there: string,
      prepare: (inbox: NotedInbox) => void = () => undefined,
      readBackMiB = 64,
    ) => {
      const file = path.join(folder, "big.zip");
      writeFileSync(file, long);
      const inbox = new NotedInbox(new Map([[bigPart, there]]));
      prepare(inbox);
      await deliver(inbox, { ...big, path: file }, { readBackMiB });
      expect(inbox.files.get("bundle.zip")).toBe(long);
      return inbox.done.filter((what) => what.endsWith(bigPart) || what.includes(" from "));
    };
    const anew = [`remove ${bigPart}`, `upload ${bigPart}`];

    test("goes on where it was, once what is there has been read", async () => {
      expect(await cut(half)).toEqual([
        `download ${bigPart}`,
        `upload ${bigPart} from 100000`,
        `download ${bigPart}`,
      ]);
    });

    test("goes on by the server's word, without reading", async () => {
      expect(await cut(half, (inbox) => (inbox.tell = sha256), 0)).toEqual([`upload ${bigPart} from 100000`]);
    });

    test("needs nothing more when all of it had come", async () => {
      expect(await cut(long)).toEqual([`download ${bigPart}`]);
    });

    const asItIs = (): undefined => undefined;
    test.each<[string, string, (inbox: NotedInbox) => void, number]>([
      ["is not its beginning", `${half.slice(1)}x`, asItIs, 64],
      ["is longer", `${long}x`, asItIs, 64],
      ["is empty", "", asItIs, 64],
      ["can't be checked", half, asItIs, 0],
      [
        "can't be read",
        half,
        (inbox) => {
          const download = inbox.download.bind(inbox);
          let first = true;
          inbox.download = (name, into) => {
            const refused = first;
            first = false;
            return refused ? Promise.reject(new Refused("550 Permission denied.")) : download(name, into);
          };
        },
        64,
      ],
      [
        "can't be continued",
        half,
        (inbox) => {
          const upload = inbox.upload.bind(inbox);
          inbox.upload = (body, name, start) =>
            start ? Promise.reject(new Refused("451 Restart not permitted")) : upload(body, name);
        },
        64,
      ],
      [
        "becomes something else",
        half,
        (inbox) => {
          inbox.stored = (sent) =>
            sent.length > 1000 && sent.length < long.length ? sent.replace("0", "x") : sent;
        },
        64,
      ],
    ])("begins anew when what is there %s", async (_, there, prepare, readBackMiB) => {
      const done = await cut(there, prepare, readBackMiB);
      expect(done.filter((what) => !what.startsWith("download")).slice(-2)).toEqual(anew);
    });
  });

  describe("on servers that don't rename over a file", () => {
    const unwilling = (files: Record<string, string>): NotedInbox => {
      const inbox = new NotedInbox(new Map(Object.entries(files)));
      const rename = inbox.rename.bind(inbox);
      inbox.rename = (from, to) =>
        inbox.files.has(to) ? Promise.reject(new Refused("553 File exists")) : rename(from, to);
      return inbox;
    };

    test("makes way", async () => {
      const inbox = unwilling({ "bundle.zip": "old", "bundle.zip.sig": "old" });
      await deliver(inbox, bundle, {});
      expect(Object.fromEntries(inbox.files)).toEqual(whole);
    });

    test("puts back what was there, when the new file does not get its name", async () => {
      const inbox = unwilling({ "bundle.zip": "old" });
      const rename = inbox.rename.bind(inbox);
      inbox.rename = (from, to) =>
        from === part ? Promise.reject(new Refused("550 Permission denied.")) : rename(from, to);
      await expect(deliver(inbox, bundle, {})).rejects.toThrow("550 Permission denied.");
      expect(inbox.files.get("bundle.zip")).toBe("old");
    });

    test("leaves alone what was there, where nothing can be renamed", async () => {
      const inbox = new NotedInbox(new Map([["bundle.zip", "old"]]));
      inbox.rename = () => Promise.reject(new Refused("550 Permission denied."));
      await expect(deliver(inbox, bundle, {})).rejects.toThrow("550 Permission denied.");
      expect(inbox.files.get("bundle.zip")).toBe("old");
    });
  });

  test("comes to pass where the server shows no list", async () => {
    const inbox = new NotedInbox(new Map());
    inbox.list = () => Promise.reject(new Refused("550 Permission denied."));
    await deliver(inbox, bundle, {});
    expect(Object.fromEntries(inbox.files)).toEqual(whole);
    inbox.list = () => Promise.reject(new Unreachable("read ECONNRESET"));
    await expect(deliver(inbox, bundle, {})).rejects.toBeInstanceOf(Unreachable);
  });

  test("may be taken away at once where that is meant, and nowhere else", async () => {
    const emptied = (): NotedInbox => {
      const inbox = new NotedInbox(new Map());
      inbox.list = () => {
        inbox.files.delete("bundle.zip");
        return Promise.resolve([]);
      };
      return inbox;
    };
    const { modified, ...holds } = state.holds;
    expect(await deliver(emptied(), bundle, { mayGo: true })).toEqual(holds);
    expect(modified).toBeDefined();
    await expect(deliver(emptied(), bundle, {})).rejects.toThrow(
      "bundle.zip was there, and is gone or changed again: another program takes it from the folder. " +
        "If it is meant to, set meaning: inbox.",
    );
  });

  test("is taken out again, unless another file has taken its place", async () => {
    const inbox = new NotedInbox(new Map(Object.entries({ ...whole, theirs: "1" })));
    expect(await withdraw(inbox, state.holds, {})).toBe(true);
    expect([...inbox.files.keys()]).toEqual(["theirs"]);
    expect(await withdraw(inbox, state.holds, {})).toBe(false);

    const newer = new NotedInbox(new Map(Object.entries(whole)), "2026-03-02T12:00:00.000Z");
    expect(await withdraw(newer, state.holds, {})).toBe(false);
    expect(newer.files.size).toBe(3);
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
  const other = { ...inputs.bundle, path: "b2.zip", sha256: sha256("other"), size: 5 };

  const mine = { meaning: "inbox" } as const;
  const unlisted = { ...state.holds, listed: undefined, signature: undefined };
  const strange = { ...state.holds, sha256: sha256("other") };
  const versioned = (tag: string) => ({ fileName: `flood-${tag}.zip`, pattern: "flood-{tag}.zip" });

  test.each<[string, Partial<DropInputs>, Partial<DropState>, object]>([
    ["nothing", {}, {}, nothing],
    ["the bundle's place on this machine", { bundle: { ...inputs.bundle, path: "elsewhere" } }, {}, nothing],
    ["the bundle", { bundle: other }, {}, update],
    ["the inbox: another bundle", {}, { holds: { ...state.holds, sha256: sha256("other") } }, update],
    ["the inbox: no checksum file", {}, { holds: { ...state.holds, listed: undefined } }, update],
    ["the inbox: no signature", {}, { holds: { ...state.holds, signature: undefined } }, update],
    ["an inbox that is emptied: no checksum file", mine, { ...mine, holds: unlisted }, nothing],
    ["an inbox that is emptied: another bundle", mine, { ...mine, holds: strange }, update],
    ["the meaning", mine, {}, update],
    ["the release, with the same bundle", { tag: "0123456" }, {}, nothing],
    ["the release's own name", versioned("0123456"), versioned("8e9a12c"), update],
    ["the kind of names", versioned("0123456"), {}, { ...update, replaces: ["fileName"] }],
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
    ["the name, to the one it has", { fileName: "bundle.zip" }, {}, nothing],
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
