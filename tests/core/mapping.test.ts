import { describe, expect, test } from "@jest/globals";
import { type MappedFileSettings, mappingSettings } from "../../core/config/partner-mappings";
import { partnerSettings } from "../../core/config/partners";
import { UserError } from "../../core/errors";
import { type Mapping, mapRelease, resolveConnector } from "../../core/mapping";
import { validate } from "../../core/validate";
import { aRelease } from "../fixtures";

const partner = (name: string, url: string) =>
  partnerSettings.parse({ name, url, password: { env: "NOBODY_SETS_THIS" } });
const usgs = partner("usgs", "ftp://hms@10.77.11.2/inbox");
const noaa = partner("noaa", "ftps://hms@10.77.12.2/inbox");
const release = aRelease();
const file = "mappings/partner/usgs.yml";

const flood = {
  rule: "Flood risk",
  levels: [
    { name: "low", from: 0, note: { text: "stay" } },
    { name: 'high; "really"', from: 50.5 },
    { name: "severe\nvery", from: -75 },
  ],
  runoff: { sand: 0.25, clay: 0.85 },
  depths: [1, 2],
};
const members = new Map<string, Uint8Array>(
  Object.entries({
    "formula.js": "module.exports = 1;\n",
    "rules/flood.json": JSON.stringify(flood),
    "rules/stations.csv": '\uFEFFid,name,depth\r\n1,Vicksburg,0.50\r\n2,"Natchez, MS",\r\n',
    "rules/plain.json": JSON.stringify([{ a: 1 }]),
  }).map(([name, text]) => [name, Buffer.from(text)]),
);

const templates = new Map([
  ["levels.mustache", "{{release.tag}} {{document.rule}} <&>\n{{#rows}}{{name}}={{from}}\n{{/rows}}"],
  ["bad.mustache", "{{#rows}}"],
]);

/** The settings of one file as its mapping file says them. */
function entry(raw: object): MappedFileSettings {
  const [checked] = validate(mappingSettings, { connector: "usgs", files: [raw] }, { file }).files;
  if (checked === undefined) throw new Error("no file");
  return checked;
}
const mapping = (...raw: object[]): Mapping => ({
  file,
  partner: "usgs",
  files: raw.map(entry),
  templates,
});
const mapped = (...raw: object[]) => mapRelease([mapping(...raw)], usgs, release, members);
const text = (raw: object): string => Buffer.from(mapped(raw)[0]?.bytes ?? []).toString("utf8");

/** What a user is told. */
function told(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "nothing";
}

describe("a file is renamed", () => {
  test("and is the same otherwise", () => {
    expect(mapped({ from: "formula.js", to: "{service}/{tag}-{name}.{ext}" })).toEqual([
      {
        path: "flood-formula/8e9a12c-formula.js",
        identity: "flood-formula/{tag}-formula.js",
        bytes: members.get("formula.js"),
        member: "formula.js",
        mapping: file,
      },
    ]);
  });
  test("all that a pattern names, in the order of their names", () => {
    const found = mapped({ from: "rules/*.json", to: "in/{path}.txt" });
    expect(found.map(({ path, member }) => [path, member])).toEqual([
      ["in/rules/flood.txt", "rules/flood.json"],
      ["in/rules/plain.txt", "rules/plain.json"],
    ]);
  });
  test("for its own partner alone", () => {
    const all = [mapping({ from: "formula.js", to: "a.js" })];
    expect(mapRelease(all, noaa, release, members)).toEqual([]);
  });
});

describe("CSV", () => {
  const csv = (parts: object): string =>
    text({ from: "rules/flood.json", to: "a.csv", format: "csv", ...parts });
  test("of a list, quoted where it must be, only what was picked, in its order, by other names", () => {
    expect(
      csv({
        rows: "levels",
        pick: [{ from: "from", as: "FROM" }, "name", { from: "note.text", as: "note" }],
      }),
    ).toBe('FROM,name,note\n0,low,stay\n50.5,"high; ""really""",\n-75,"severe\nvery",\n');
  });
  test("of a map: its keys are a column", () => {
    expect(csv({ rows: "runoff", delimiter: ";", lineEnd: "crlf" })).toBe(
      "key;value\r\nsand;0.25\r\nclay;0.85\r\n",
    );
  });
  test("of plain values, without a head", () => {
    expect(csv({ rows: "depths", header: false })).toBe("1\n2\n");
  });
  test("of a CSV: columns left out, texts as they were", () => {
    expect(text({ from: "rules/stations.csv", to: "a.csv", format: "csv", pick: ["depth", "name"] })).toBe(
      'depth,name\n0.50,Vicksburg\n,"Natchez, MS"\n',
    );
  });
});

describe("JSON", () => {
  test("of a CSV, with columns that are numbers; an empty cell is none", () => {
    const raw = { from: "rules/stations.csv", to: "a.json", format: "json", numbers: ["id", "depth"] };
    expect(JSON.parse(text(raw))).toEqual([
      { id: 1, name: "Vicksburg", depth: 0.5 },
      { id: 2, name: "Natchez, MS", depth: null },
    ]);
  });
  test("of a JSON document: fields by path, under other names", () => {
    const pick = ["rule", { from: "runoff.clay", as: "clay" }, { from: "levels.0.name", as: "first" }];
    expect(text({ from: "rules/flood.json", to: "a.json", format: "json", pick })).toBe(
      '{\n  "rule": "Flood risk",\n  "clay": 0.85,\n  "first": "low"\n}\n',
    );
  });
});

test("a template prints release, document and rows, and no HTML", () => {
  const raw = {
    from: "rules/flood.json",
    to: "a.txt",
    format: "text",
    template: "levels.mustache",
    rows: "levels",
  };
  expect(text({ ...raw, pick: ["name", "from"] })).toBe(
    '8e9a12c Flood risk <&>\nlow=0\nhigh; "really"=50.5\nsevere\nvery=-75\n',
  );
});

describe("what does not fit is one sentence with file, key, what was found and what is allowed", () => {
  const csv = { from: "rules/flood.json", to: "a.csv", format: "csv", rows: "levels", pick: ["name"] };
  test.each<[string, object, string]>([
    ["a format", { format: "cvs" }, '.format: found "cvs"; allowed: one of same, csv, json, text'],
    [
      "a key",
      { picks: [] },
      ".picks: unknown key; allowed: from, to, optional, format, rows, pick, delimiter, header, lineEnd",
    ],
    [
      "a path out of the bundle",
      { from: "../../etc/passwd" },
      '.from: found "../../etc/passwd"; allowed: a file of the bundle, or a pattern of several; no .. in it, and no / before it',
    ],
    [
      "an absolute path",
      { to: "/etc/cron.d/x" },
      '.to: found "/etc/cron.d/x"; allowed: a path in the inbox; no .. in it, and no / before it',
    ],
    [
      "a path out of the inbox",
      { to: "a/../../b" },
      '.to: found "a/../../b"; allowed: a path in the inbox; no .. in it, and no / before it',
    ],
    [
      "a placeholder",
      { to: "{tga}.csv" },
      '.to: found "{tga}.csv"; allowed: in braces nothing but {tag}, {commit}, {service}, {path}, {name}, {ext}',
    ],
    [
      "a name",
      { to: "a b.csv" },
      '.to: found "a b.csv" for rules/flood.json; allowed: names of letters, digits, dots, hyphens and underscores, a letter or digit first',
    ],
    [
      "a file that is not there",
      { from: "rules/flod.json" },
      '.from: found "rules/flod.json"; allowed: a file of the bundle of 8e9a12c: rules/flood.json. Where a release may lack it, say optional: true.',
    ],
    [
      "a pattern of nothing",
      { from: "*.xml" },
      '.from: found "*.xml"; allowed: a file of the bundle of 8e9a12c: formula.js, rules/flood.json, rules/plain.json, rules/stations.csv. Where a release may lack it, say optional: true.',
    ],
    [
      "no rows",
      { rows: undefined },
      ".rows: missing; allowed: the path of a list or a map: levels, runoff, depths",
    ],
    [
      "rows that are a text",
      { rows: "rule" },
      '.rows: found "rule"; allowed: the path of a list or a map: levels, runoff, depths',
    ],
    ["a field", { pick: ["nmae"] }, '.pick[0]: found "nmae"; allowed: name'],
    [
      "a field of everything",
      { pick: ["toString"] },
      '.pick[0]: found "toString"; allowed: name, from, note',
    ],
    [
      "a map in a cell",
      { pick: ["note"] },
      '.pick: the column "note" would hold {"text":"stay"}; allowed: texts, numbers, true, false. Pick a field of it.',
    ],
  ])("%s", (_, parts, sentence) => {
    expect(told(() => mapped({ ...csv, ...parts }))).toBe(`${file}: files[0]${sentence}`);
  });

  test.each<[string, string, string]>([
    ["x.json", "{", "x.json: it is no JSON ("],
    [
      "x.json",
      '[{"id": 12345678901234567890}]',
      "x.json: the number 12345678901234567890 (id) is too large to be kept exactly. Write it as a text.",
    ],
    ["x.csv", "a,b\n1,2,3\n", "x.csv: it is no CSV (Invalid Record Length"],
    ["x.csv", "a,a\n1,2\n", 'x.csv: the column "a" is there twice. Rename one of them.'],
    ["x.csv", "\xFF", "x.csv: it is not UTF-8. Save it as UTF-8, or map it with format: same."],
    ["x.bin", "a", "x.bin: found neither .json nor .csv; allowed: format: same, for what is neither"],
  ])("%s of %j", (name, content, sentence) => {
    const other = new Map([[name, Buffer.from(content, "latin1")]]);
    const all = [mapping({ from: name, to: "a.csv", format: "csv" })];
    expect(told(() => mapRelease(all, usgs, release, other))).toContain(sentence);
  });

  test("a column of numbers that holds none, and a template that is not closed", () => {
    const numbers = { from: "rules/stations.csv", to: "a.json", format: "json", numbers: ["name"] };
    expect(told(() => mapped(numbers))).toBe(
      `${file}: files[0].numbers: "name" holds "Vicksburg"; allowed: a column of numbers`,
    );
    const bad = { from: "rules/plain.json", to: "a.txt", format: "text", template: "bad.mustache" };
    expect(told(() => mapped(bad))).toMatch(
      /^mappings\/partner\/usgs\.yml: files\[0\]\.template: bad\.mustache: Unclosed/,
    );
  });

  test.each([
    [
      "another mapped file",
      [
        { from: "formula.js", to: "a" },
        { from: "rules/plain.json", to: "a" },
      ],
      "/inbox/a",
    ],
    [
      "another's checksum",
      [
        { from: "formula.js", to: "a" },
        { from: "rules/plain.json", to: "a.sha256" },
      ],
      "/inbox/a.sha256",
    ],
    ["the bundle", [{ from: "formula.js", to: "bundle.zip" }], "/inbox/bundle.zip"],
  ])("a file that would be %s", (_, files, place) => {
    expect(told(() => mapped(...files))).toMatch(
      new RegExp(`: ${place} would be written by .*, too\\. Give one of them another name\\.$`),
    );
  });
});

test("a file that a release may lack is not missed", () => {
  expect(mapped({ from: "new.json", to: "a.json", optional: true })).toEqual([]);
});

test.each(["../x.json", "a/../x.json", "a b/x.json", ".x.json", "a\nb/x.json"])(
  "a bundle's own %j is no file's name in an inbox",
  (name) => {
    const evil = new Map([[name, Buffer.from("[]")]]);
    const all = [mapping({ from: "*x.json", to: "{path}.json" }, { from: "**/*.json", to: "{path}.json" })];
    expect(told(() => mapRelease(all, usgs, release, evil))).toMatch(
      /\.to: found ".*" for .*; allowed: names of letters|\.from: found .*; allowed: a file of the bundle/,
    );
  },
);

describe("a connector", () => {
  const resolve = (connector: string) => resolveConnector(connector, [usgs, noaa], "m.yml: connector");
  test.each([
    ["usgs", { partner: "usgs" }],
    ["ftp://usgs", { partner: "usgs" }],
    ["ftp://usgs/inbox/", { partner: "usgs", folder: "/inbox" }],
    ["ftps://noaa/rules/flood%20risk", { partner: "noaa", folder: "/rules/flood risk" }],
    ["ftp://hms@10.77.11.2/rules", { partner: "usgs", folder: "/rules" }],
  ])("%s", (connector, expected) => {
    expect(resolve(connector)).toEqual(expected);
  });
  test.each([
    "fema",
    "ftp://noaa/inbox",
    "ftp://other@10.77.11.2/inbox",
    "ftp://hms:hunter2@10.77.11.2/inbox",
    "ftp://usgs/a/%2e%2e/../%2e%2e%2fb",
    "ftp://usgs/a%0d%0aDELE%20b",
    "file:///etc",
  ])("%s is nobody's", (connector) => {
    const sentence = told(() => resolve(connector));
    expect(sentence).toMatch(
      /^m\.yml: connector: found ".*"; allowed: usgs or ftp:\/\/usgs\/FOLDER, noaa or ftps:\/\/noaa\/FOLDER$/,
    );
    expect(sentence).not.toContain("hunter2");
  });
});

test("the same release gives the same bytes", () => {
  const raw = {
    from: "rules/flood.json",
    to: "a.csv",
    format: "csv",
    rows: "levels",
    pick: ["name", "from"],
  };
  const backwards = new Map([...members].reverse());
  expect(mapRelease([mapping(raw)], usgs, release, backwards)).toEqual(mapped(raw));
});
