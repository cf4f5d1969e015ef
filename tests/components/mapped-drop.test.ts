import fs from "node:fs";
import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { MappedDrop, placeIn } from "../../components/mapped-drop";
import { type MappedInputs, type MappedState, provider } from "../../components/mapped-drop/provider";
import { providerText } from "../../components/dynamic/resource";
import { partnerSettings } from "../../core/config/partners";
import { projectFolder } from "../../store/project";
import { record, settled } from "./mocks";

const settings = partnerSettings.parse({
  name: "usgs",
  url: "ftp://hms@10.77.11.2/inbox",
  password: { env: "NOBODY_SETS_THIS" },
});
const bytes = Buffer.from("name,from\nlow,0\n");
const sha256 = createHash("sha256").update(bytes).digest("hex");
const bundle = { sha256: "b5".repeat(32), size: 1234, signature: "YnVuZGxl" };

test("is declared with digest and size, and without its content", async () => {
  const declared = await record({ "pulumi-nodejs:dynamic/hms:MappedDrop": { holds: {} } });
  const file = {
    path: "rules/levels.csv",
    identity: "rules/levels.csv",
    bytes,
    member: "rules/flood.json",
    mapping: "mappings/partner/usgs.yml",
  };
  new MappedDrop("usgs/rules/levels.csv", { settings, file, bundle }, {});
  await settled();
  expect(declared).toMatchObject([
    {
      name: "usgs/rules/levels.csv",
      inputs: {
        ...settings,
        url: "ftp://hms@10.77.11.2/inbox/rules",
        fileName: "levels.csv",
        makesFolder: true,
        bundle,
        from: { mapping: "mappings/partner/usgs.yml", member: "rules/flood.json" },
        content: { sha256, size: bytes.length },
        __provider: providerText("components/mapped-drop/provider"),
      },
    },
  ]);
  expect(JSON.stringify(declared)).not.toContain("low,0");
  const { path } = declared[0]?.inputs["content"] as { path: string };
  expect(fs.readFileSync(path, "utf8")).toBe("name,from\nlow,0\n");
});

test.each([
  ["levels.csv", undefined, { url: settings.url, fileName: "levels.csv", makesFolder: false }],
  ["a/b/c.csv", undefined, { url: `${settings.url}/a/b`, fileName: "c.csv", makesFolder: true }],
  [
    "c.csv",
    "/flood risk",
    { url: "ftp://hms@10.77.11.2/flood%20risk", fileName: "c.csv", makesFolder: true },
  ],
  ["a/c.csv", "/rules", { url: "ftp://hms@10.77.11.2/rules/a", fileName: "c.csv", makesFolder: true }],
])("%s in %s lies there", (path, folder, expected) => {
  expect(placeIn(settings.url, { path, folder })).toEqual(expected);
});

const inputs: MappedInputs = {
  ...settings,
  fileName: "levels.csv",
  bundle,
  from: { mapping: "mappings/partner/usgs.yml", member: "rules/flood.json" },
  content: { path: ".hms/mapped/x", sha256, size: bytes.length },
};
const state: MappedState = { ...inputs, holds: { sha256, size: bytes.length, listed: sha256 } };

describe("what changes", () => {
  const nothing = { changes: false, replaces: [], deleteBeforeReplace: false };
  const update = { ...nothing, changes: true };
  const other = { path: "y", sha256: "11".repeat(32), size: 5 };
  test.each<[string, Partial<MappedInputs>, Partial<MappedState>, object]>([
    ["nothing", {}, {}, nothing],
    [
      "the release, which has the same bytes",
      { bundle: { ...bundle, sha256: "c6".repeat(32) } },
      {},
      nothing,
    ],
    [
      "the file of the bundle, which has the same bytes",
      { from: { mapping: "m", member: "n" } },
      {},
      nothing,
    ],
    ["the bytes", { content: other }, {}, update],
    ["the inbox: another file", {}, { holds: { ...state.holds, sha256: other.sha256 } }, update],
    ["the inbox: no checksum file", {}, { holds: { ...state.holds, listed: undefined } }, update],
    ["a time limit", { tries: 5 }, {}, update],
    ["the name", { fileName: "stufen.csv" }, {}, { ...update, replaces: ["fileName"] }],
    ["the folder", { url: "ftp://hms@10.77.11.2/x" }, {}, { ...update, replaces: ["url"] }],
    ["the protocol", { url: "ftps://hms@10.77.11.2/inbox" }, {}, update],
  ])("%s", async (_, news, olds, expected) => {
    expect(await provider.diff("id", { ...state, ...olds }, { ...inputs, ...news })).toEqual(expected);
  });

  test("nothing is sent for a setting alone: nobody is dialled", async () => {
    const news = { ...inputs, tries: 5 };
    expect(await provider.update("id", state, news)).toEqual({ outs: { ...news, holds: state.holds } });
  });
});

test("plain node finds the provider by the line in the state", async () => {
  const script = `const m = {}; new Function("exports", "require", process.argv[1])(m, require); console.log(Object.keys(m.handler()).join());`;
  const line = providerText("components/mapped-drop/provider");
  const { stdout } = await execa("node", ["-e", script, line], { cwd: projectFolder });
  expect(stdout).toBe("create,read,diff,update,delete");
});
