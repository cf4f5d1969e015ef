/** What becomes of a bundle in the inbox: put back, taken away, given again, kept beside the next. */
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type DropInputs, type DropState, provider } from "../../components/partner-drop/provider";
import { partnerSettings } from "../../core/config/partners";
import { temporaryName } from "../../core/drop-files";
import { all } from "../../core/history";
import { describe as sentenceOf, isHealthy, type Receipt } from "../../core/receipt";
import { probePartner } from "../../probe/partner";
import { directoryTrail } from "../../store/trail";
import { type FtpServer, ftpServer } from "../probe/inbox/ftp-server";
import { freshTrail } from "../signed-trail";

const folder = mkdtempSync(path.join(tmpdir(), "hms-meaning-"));
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const contents = { a: "a".repeat(100_000), b: "b".repeat(100_000) };

let server: FtpServer;
let trail: string;
beforeEach(async () => {
  trail = freshTrail();
  process.env["SECRET_OF_ODD"] = "secret";
  server = await ftpServer();
});
afterEach(() => {
  server.close();
});

const settings = (parts: object = {}) =>
  partnerSettings.parse({
    name: "odd",
    url: `ftp://hms@127.0.0.1:${server.port}/inbox`,
    password: { env: "SECRET_OF_ODD" },
    tries: 1,
    ...parts,
  });

function drop(which: keyof typeof contents, parts: Partial<DropInputs> = {}): DropInputs {
  const file = path.join(folder, which);
  writeFileSync(file, contents[which]);
  const bundle = { path: file, sha256: sha256(contents[which]), size: contents[which].length };
  const base = settings({ meaning: parts.meaning });
  return { ...base, target: "partners/odd", tag: which.repeat(7), bundle, ...parts };
}

const create = async (inputs: DropInputs): Promise<DropState> =>
  (await provider.create(inputs)).outs as DropState;
const update = async (state: DropState, inputs: DropInputs): Promise<DropState> =>
  (await provider.update("id", state, inputs)).outs as DropState;
const refresh = async (state: DropState): Promise<DropState | undefined> =>
  (await provider.read("id", state)).props;
const changes = async (state: DropState, inputs: DropInputs): Promise<boolean | undefined> =>
  (await provider.diff("id", state, inputs)).changes;
const ask = (parts: object): Promise<Receipt> => probePartner("partners/odd", settings(parts));
const given = (): string[] =>
  all(directoryTrail(trail).entries(), "hand-over").map(
    ({ body }) => `${body.what} ${body.file} of ${body.tag}`,
  );
const text = (name = "bundle.zip"): string | undefined => server.files.get(name)?.toString();
const names = (): string[] => [...server.files.keys()].sort();
/** How often the bundle was sent. */
const sent = (): number =>
  server.commands.filter((each) => /^STOR \.[\w{}-]+\.zip\.[0-9a-f]{8}\.part$/.test(each)).length;

describe("a mirror", () => {
  test("gets back what is gone", async () => {
    const state = await create(drop("a"));
    server.files.clear();
    expect(await refresh(state)).toBeUndefined();
    expect(await ask({})).toEqual({ kind: "nothing" });
    await create(drop("a"));
    expect(text()).toBe(contents.a);
    expect(await ask({})).toMatchObject({ kind: "holds", sha256: sha256(contents.a) });
  });

  test("gets back a signature that is gone", async () => {
    const { bundle } = drop("a");
    const signed = drop("a", { bundle: { ...bundle, signature: "c2lnbmVk" } });
    const state = await create(signed);
    expect(names()).toEqual(["bundle.zip", "bundle.zip.sha256", "bundle.zip.sig"]);
    server.files.delete("bundle.zip.sig");
    const seen = (await refresh(state)) ?? state;
    expect(await changes(seen, signed)).toBe(true);
    await update(seen, signed);
    expect(text("bundle.zip.sig")).toBe("signed");
  });
});

describe("an inbox that is emptied", () => {
  const inbox = { meaning: "inbox" } as const;
  const take = (): void => {
    server.files.clear();
  };

  test("is not drift, and says so", async () => {
    const state = await create(drop("a", inbox));
    expect(await ask(inbox)).toMatchObject({ kind: "holds" });
    take();
    const seen = await refresh(state);
    expect(seen).toEqual(state);
    expect(await changes(state, drop("a", inbox))).toBe(false);
    const receipt = await ask(inbox);
    expect(receipt).toMatchObject({ kind: "taken", sha256: sha256(contents.a) });
    expect(isHealthy(receipt)).toBe(true);
    expect(sentenceOf(receipt)).toMatch(
      /^was given a bundle, sha256:[0-9a-f]{12}, at 20\S+Z, and has taken it$/,
    );
  });

  test("may be emptied file by file", async () => {
    const state = await create(drop("a", inbox));
    server.files.delete("bundle.zip.sha256");
    const seen = (await refresh(state)) ?? state;
    expect(await changes(seen, drop("a", inbox))).toBe(false);
  });

  test("is not given the same again when the state is lost", async () => {
    await create(drop("a", inbox));
    take();
    const state = await create(drop("a", inbox));
    expect(names()).toEqual([]);
    expect(sent()).toBe(1);
    expect(await changes(state, drop("a", inbox))).toBe(false);
    expect(given()).toEqual(["given bundle.zip of aaaaaaa"]);
  });

  test("is given the same again neither by another user nor by another protocol", async () => {
    const state = await create(drop("a", inbox));
    take();
    const url = `ftp://other@127.0.0.1:${server.port}/inbox`;
    await update(state, drop("a", { ...inbox, url }));
    expect(sent()).toBe(1);
  });

  test("is given a rollback, and the newer release again after it", async () => {
    let state = await create(drop("a", inbox));
    for (const which of ["b", "a", "b"] as const) {
      take();
      expect(await changes(state, drop(which, inbox))).toBe(true);
      state = await update(state, drop(which, inbox));
      expect(text()).toBe(contents[which]);
      state = await update(state, drop(which, { ...inbox, tries: 2 }));
    }
    expect(sent()).toBe(4);
    expect(given()).toHaveLength(4);
  });

  test("has a bundle put right that lies there changed", async () => {
    const state = await create(drop("a", inbox));
    server.files.set("bundle.zip", Buffer.from("damaged"));
    const seen = (await refresh(state)) ?? state;
    expect(await changes(seen, drop("a", inbox))).toBe(true);
    await update(seen, drop("a", inbox));
    expect(text()).toBe(contents.a);
  });

  test("gets a bundle that waits for its name, when whoever brought it was killed", async () => {
    server.quirks = { replies: { RNTO: "451 Killed" } };
    await expect(create(drop("a", inbox))).rejects.toThrow("refused: ");
    const waiting = temporaryName("bundle.zip", sha256(contents.a));
    expect(names()).toContain(waiting);
    expect(given()).toEqual(["given bundle.zip of aaaaaaa"]);
    expect(await ask(inbox)).toEqual({ kind: "nothing" });
    server.quirks = {};
    await create(drop("a", inbox));
    expect(names()).toEqual(["bundle.zip", "bundle.zip.sha256"]);
    expect(text()).toBe(contents.a);
    expect([sent(), given().length]).toEqual([1, 1]);
  });

  test("gets a checksum that waits for its name; the bundle, which it took, does not come twice", async () => {
    await create(drop("a", inbox));
    const checksum = server.files.get("bundle.zip.sha256") ?? Buffer.alloc(0);
    take();
    server.files.set(temporaryName("bundle.zip.sha256", sha256(checksum.toString())), checksum);
    await create(drop("a", inbox));
    expect(names()).toEqual(["bundle.zip.sha256"]);
    expect(sent()).toBe(1);
  });

  test("may be given again what was taken out before the partner took it, and nothing else", async () => {
    const state = await create(drop("a", inbox));
    await provider.delete("id", state);
    expect(names()).toEqual([]);
    const again = await create(drop("a", inbox));
    expect(text()).toBe(contents.a);
    take();
    await provider.delete("id", again);
    await create(drop("a", inbox));
    expect(names()).toEqual([]);
    expect(given().map((each) => each.split(" ")[0])).toEqual(["given", "withdrawn", "given"]);
  });

  test("may be a folder that a mirror was", async () => {
    const state = await create(drop("a"));
    const other = await update(state, drop("a", inbox));
    take();
    expect(await changes((await refresh(other)) ?? state, drop("a", inbox))).toBe(false);
    await create(drop("a", inbox));
    expect(sent()).toBe(1);
  });
});

describe("a name for each release", () => {
  const named = (which: keyof typeof contents, parts: Partial<DropInputs> = {}): DropInputs =>
    drop(which, { fileName: `flood-${which.repeat(7)}.zip`, pattern: "flood-{tag}.zip", ...parts });
  const both = (which: string): string[] => [
    `flood-${which.repeat(7)}.zip`,
    `flood-${which.repeat(7)}.zip.sha256`,
  ];

  test("replaces the one before, which is taken out once the new one is there", async () => {
    server.files.set("flood-ccccccc.zip", Buffer.from("theirs"));
    const state = await create(named("a"));
    expect(await provider.diff("id", state, named("b"))).toMatchObject({ changes: true, replaces: [] });
    await update(state, named("b"));
    expect(names()).toEqual([...both("b"), "flood-ccccccc.zip"]);
    expect(await ask({ fileName: "flood-{tag}.zip" })).toMatchObject({
      kind: "holds",
      sha256: sha256(contents.b),
    });
  });

  test("stays beside the next for as long as it is kept", async () => {
    const two = { keep: 2 };
    const first = await create(named("a", two));
    const second = await update(first, named("b", two));
    expect(names()).toEqual([...both("a"), ...both("b")]);
    expect(second.earlier?.map(({ fileName }) => fileName)).toEqual(["flood-aaaaaaa.zip"]);

    const back = await update(second, named("a", two));
    expect(names()).toEqual([...both("a"), ...both("b")]);
    expect(await ask({ fileName: "flood-{tag}.zip" })).toMatchObject({ sha256: sha256(contents.a) });

    server.files.delete("flood-aaaaaaa.zip");
    const seen = (await refresh(back)) ?? back;
    expect(await changes(seen, named("a", two))).toBe(true);
    const healed = await update(seen, named("a", two));
    expect(names()).toEqual([...both("a"), ...both("b")]);

    await provider.delete("id", healed);
    expect(names()).toEqual([]);
  });

  test("is not taken out when somebody else has put another file there", async () => {
    const state = await create(named("a"));
    server.files.set("flood-aaaaaaa.zip", Buffer.from("theirs"));
    await update(state, named("b"));
    expect(text("flood-aaaaaaa.zip")).toBe("theirs");
  });

  test("is asked for by what was given last, and by nothing before that", async () => {
    expect(await ask({ fileName: "flood-{tag}.zip" })).toEqual({ kind: "nothing" });
    expect(server.commands).toEqual([]);
  });
});
