/** Every example in the docs, run. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { parse } from "yaml";
import { parseStack, type StackSettingsOf } from "../core/config";
import { buildSettings, subscriberSettings } from "../core/config/build";
import { complianceSettings } from "../core/config/compliance";
import { clusterSettings, dockerHostSettings } from "../core/config/cloud";
import { siteSettings } from "../core/config/onprem";
import { mappedFileSettings, mappingSettings } from "../core/config/partner-mappings";
import { partnerSettings } from "../core/config/partners";
import { mapRelease } from "../core/mapping";
import { parseService } from "../core/service";
import { validate } from "../core/validate";
import { parseSecrets, signatureHeaders } from "../core/webhook";
import { readRules } from "../compliance/banned-apis/rules";
import { parseExceptions } from "../compliance/exceptions";
import { ethics } from "../compliance/steps/ethics";
import { readMappings } from "../store/mappings";
import { projectFolder } from "../store/project";
import { folderWith, remove } from "./compliance/folder";
import { context, platform } from "./compliance/steps/context";
import { aRelease } from "./fixtures";

interface Block {
  readonly file: string;
  readonly language: string;
  readonly text: string;
}

const documents = ["README.md", "CONTRIBUTING.md", ...fs.globSync("docs/**/*.md", { cwd: projectFolder })];

const blocks: Block[] = documents.flatMap((file) =>
  [...fs.readFileSync(path.join(projectFolder, file), "utf8").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", text = ""]) => ({ file, language, text }),
  ),
);

const yaml = blocks.filter(({ language }) => language === "yaml");
const titled = (pattern: RegExp): [string, string, string][] =>
  yaml.flatMap(({ file, text }) => {
    const title = pattern.exec(text)?.[1];
    return title === undefined ? [] : [[title, file, text]];
  });

/** Keys `hms:…` of a stack file, without `hms:`. */
function settingsIn(text: string): Record<string, unknown> {
  const { config } = parse(text) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("hms:", ""), value]));
}

describe("stack files", () => {
  const examples = titled(/^# (Pulumi\.[\w-]+\.yaml)$/m);
  test("are shown for each role", () => {
    expect(examples.map(([title]) => title)).toEqual(
      expect.arrayContaining([
        "Pulumi.build.yaml",
        "Pulumi.cloud.yaml",
        "Pulumi.onprem.yaml",
        "Pulumi.partners.yaml",
      ]),
    );
  });
  test.each(examples)("%s in %s", (title, _file, text) => {
    expect(() => parseStack(settingsIn(text), title)).not.toThrow();
  });
  test.each(fs.globSync("Pulumi.*.yaml", { cwd: projectFolder }))("%s of the lab", (file) => {
    const text = fs.readFileSync(path.join(projectFolder, file), "utf8");
    expect(() => parseStack(settingsIn(text), file)).not.toThrow();
    expect(text).toMatch(/^encryptionsalt: /m);
  });
  test.each(fs.globSync("Pulumi.*.yaml", { cwd: projectFolder }))("%s explains each setting", (file) => {
    const lines = fs.readFileSync(path.join(projectFolder, file), "utf8").split("\n");
    const key = (line: string): string | undefined => /^ +(?:- )?([\w:]+):/.exec(line)?.[1];
    const explained = lines.flatMap((line, n) => (/^ *#/.test(lines[n - 1] ?? "") ? [key(line)] : []));
    const lists = /^hms:(clusters|dockerHosts|sites|partners)$/;
    // Of a list its members are explained; what a user names is the user's.
    const own = new Set(["BASE"]);
    const bare = lines.map(key).filter((each) => each !== undefined && !lists.test(each) && !own.has(each));
    expect(bare.filter((each) => !explained.includes(each))).toEqual([]);
  });
});

test.each(titled(/^# (pipeline\.yml)$/m))("%s in %s", (title, _file, text) => {
  expect(() => parseService(text, title)).not.toThrow();
});

test.each(titled(/^# (mappings\/partner\/\w+\.yml)$/m))("%s in %s", (title, _file, text) => {
  expect(() => validate(mappingSettings, parse(text), { file: title })).not.toThrow();
});

test("the mappings of the lab fit the bundle of the example service", () => {
  const file = "Pulumi.partners.yaml";
  const settings = parseStack(
    settingsIn(fs.readFileSync(path.join(projectFolder, file), "utf8")),
    file,
  ) as StackSettingsOf<"partners">;
  const mappings = readMappings(settings.mappings, settings.partners, file);
  const rules = "rules/flood.json";
  const members = new Map([
    [rules, fs.readFileSync(path.join(projectFolder, "examples/flood-formula", rules))],
  ]);
  const made = settings.partners.flatMap((partner) => mapRelease(mappings, partner, aRelease(), members));
  expect(made.map(({ path: to, bytes }) => [to, Buffer.from(bytes).toString()])).toEqual([
    ["flood-levels.csv", "LEVEL;FROM_PERCENT\r\nlow;0\r\nmoderate;25\r\nhigh;50\r\nsevere;75\r\n"],
  ]);
});

test.each(titled(/^# (exceptions\.yml)$/m))("%s in %s", (title, _file, text) => {
  expect(parseExceptions(text, title).all.length).toBeGreaterThan(0);
});

test.each(titled(/^# rules\/banned-apis\/(\w+\.yml)$/m))("a rule, %s in %s", (title, _file, text) => {
  const folder = folderWith({ [title]: text });
  expect(readRules([folder])).toHaveLength(1);
  remove(folder);
});

test("what an ethics check prints, in docs/compliance.md", async () => {
  const block = blocks.find(({ file, language }) => file === "docs/compliance.md" && language === "json");
  const folder = folderWith({ "said.json": block?.text ?? "" });
  const checks = { ethics: [{ name: "said", run: "cat said.json" }] };
  const { objections } = await ethics.run(context({ folder, platform: platform(checks) }));
  expect(objections).toMatchObject([{ rule: "legal-basis", file: "rules/flood.json" }]);
  remove(folder);
});

test("how a receiver checks an event, in docs/events.md", async () => {
  const block = blocks.find(({ file, language }) => file === "docs/events.md" && language === "sh");
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const check = async (body: string, age: number): Promise<string> => {
    const signed = { id: "flood-formula-142", timestamp: Math.floor(Date.now() / 1000) - age, body: "{}" };
    const headers = signatureHeaders(signed, parseSecrets(`${secret}\n${secret}`, "secret"));
    const named = Object.entries(headers).map(([name, value]) => [
      name.toUpperCase().replace("-", "_"),
      value,
    ]);
    const folder = folderWith({ "body.json": body });
    const env = { SECRET: secret, ...(Object.fromEntries(named) as Record<string, string>) };
    const { stdout } = await execa("sh", ["-c", block?.text ?? ""], { cwd: folder, env, reject: false });
    remove(folder);
    return stdout;
  };
  expect(await check("{}", 0)).toBe("good");
  expect(await check("{ }", 0)).toMatch(/^not from/);
  expect(await check("{}", 400)).toMatch(/^not from/);
});

test.each(titled(/^# (\.gitlab-ci\.yml)$/m))(
  "%s in %s asks hms for what there is, a run at a time",
  async (_title, _file, text) => {
    const jobs = Object.entries(parse(text) as Record<string, { script: string[]; resource_group?: string }>);
    expect(jobs.length).toBeGreaterThan(0);
    for (const [name, { script, resource_group: group }] of jobs) {
      expect([name, group]).toEqual([name, "hms"]);
      for (const line of script) {
        const [, verb = "", options = ""] = /npx hms ([a-z ]+?) (--.*)$/.exec(line) ?? [];
        const { stdout } = await execa("node", ["cli/hms.js", ...verb.split(" "), "--help"], {
          cwd: projectFolder,
        });
        const known = [...options.matchAll(/--[a-z]+/g)].map(([option]) => option);
        expect(known.length).toBeGreaterThan(0);
        expect(known.filter((option) => !stdout.includes(option))).toEqual([]);
      }
    }
  },
);

test("no yaml example is of a kind that nobody runs", () => {
  const known =
    /^# (\.gitlab-ci\.yml|Pulumi\.[\w-]+\.yaml|pipeline\.yml|exceptions\.yml|rules\/banned-apis\/\w+\.yml|mappings\/partner\/\w+\.yml)$/m;
  expect(yaml.filter(({ text }) => !known.test(text))).toEqual([]);
});

test("every npm script that the docs name is there", () => {
  const { scripts } = JSON.parse(fs.readFileSync(path.join(projectFolder, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = documents.flatMap((file) => [
    ...fs.readFileSync(path.join(projectFolder, file), "utf8").matchAll(/npm run (?:--silent )?([\w:]+)/g),
  ]);
  expect(named.length).toBeGreaterThan(3);
  for (const [, script = ""] of named) {
    expect(Object.keys(scripts)).toContain(script);
  }
});

test("every key of a mapping file is in docs/mappings.md", () => {
  const reference = fs.readFileSync(path.join(projectFolder, "docs/mappings.md"), "utf8");
  const keys = mappedFileSettings.options.flatMap((option) => Object.keys(option.shape));
  expect(keys.filter((key) => !reference.includes(`| \`${key}\` `))).toEqual([]);
});

describe("the reference of the settings", () => {
  const reference = fs.readFileSync(path.join(projectFolder, "docs/settings.md"), "utf8");
  /** The keys in the first column of the table that follows a line. */
  const keysAfter = (line: string): string[] => {
    const [, text = ""] = reference.split(`\n${line}\n`);
    const rows = /^\|[^]*?(?=\n\n|$(?![^]))/m.exec(text)?.[0].split("\n").slice(2) ?? [];
    return rows.flatMap((row) =>
      [...(row.split("|")[1] ?? "").matchAll(/`([\w:.]+)`/g)].map(([, key = ""]) => key),
    );
  };
  const keys = (schema: { shape: object }, prefix = ""): string[] =>
    Object.keys(schema.shape).map((key) => prefix + key);
  test.each([
    ["## Every stack", ["hms:role", "hms:service", "hms:release", "hms:reason"]],
    [
      "## `build`",
      [
        ...keys(buildSettings, "hms:build."),
        ...keys(complianceSettings.unwrap(), "hms:compliance."),
        "hms:stacks",
        "hms:metricUrl",
        "hms:subscribers",
      ],
    ],
    ["`hms:subscribers`, a list:", keys(subscriberSettings)],
    ["`hms:clusters`, a list:", keys(clusterSettings)],
    ["`hms:dockerHosts`, a list:", keys(dockerHostSettings)],
    ["`hms:sites`, a list:", keys(siteSettings)],
    ["## `partners`", ["hms:mappings"]],
    ["`hms:partners`, a list:", keys(partnerSettings)],
  ])("%s has each, and no other", (line, wanted) => {
    expect(keysAfter(line).sort()).toEqual([...wanted].sort());
  });
});

test("every variable of the environment that we read is in the docs", () => {
  const sources = fs.globSync(
    "{cli,compliance,components,core,lab,notify,pipeline,policy,probe,store}/**/*.{ts,sh}",
    {
      cwd: projectFolder,
    },
  );
  const read = sources.flatMap((file) =>
    [
      ...fs.readFileSync(path.join(projectFolder, file), "utf8").matchAll(/env\["((?:HMS|METRIC)_\w+)"\]/g),
    ].map(([, name = ""]) => name),
  );
  // What our own programs tell each other.
  const between = new Set(["HMS_BEGAN", "HMS_RUN"]);
  const docs = documents.map((file) => fs.readFileSync(path.join(projectFolder, file), "utf8")).join("\n");
  expect(read.length).toBeGreaterThan(8);
  expect([...new Set(read)].filter((name) => !between.has(name) && !docs.includes(`\`${name}`))).toEqual([]);
});
