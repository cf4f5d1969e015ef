/** A stack's file says to us what it says to Pulumi, however it is written. */
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { configInFile } from "../../core/config/stack-file";
import { labEnvironment, stacks } from "../../lab/environment";
import { stackConfig } from "../../pipeline/stack-config";
import { projectFolder } from "../../store/project";

const folder = fs.mkdtempSync(path.join(tmpdir(), "hms-stack-config-"));
const project = "name: hms\nruntime: nodejs\n";
let workspace: LocalWorkspace;

const put = (name: string, text: string): void => {
  fs.writeFileSync(path.join(folder, name), text);
};

beforeAll(async () => {
  put("Pulumi.yaml", project);
  fs.mkdirSync(path.join(folder, "state"));
  Object.assign(process.env, await labEnvironment(), {
    PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "hms-lab",
  });
  workspace = await LocalWorkspace.create({ workDir: folder });
  await workspace.createStack("odd");
}, 300_000);
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** What Pulumi says. */
async function asked(name: string): Promise<Record<string, string>> {
  const config = await workspace.getAllConfig(name);
  return Object.fromEntries(Object.entries(config).map(([key, { value }]) => [key, value]));
}

const configOf = (name: string) => stackConfig(name, folder, () => workspace.getAllConfig(name));

const oddities = [
  ...["0", "007", "0123456", "0o17", "0x1F", "0b11", "1_000", "+1", "-1", "-0", "12345678901234567"],
  ...["12e3", "12e4567", "1.0", "0.5", ".5", "1.", ".inf", ".nan", "12:30", "12:30:45", "1.2.3"],
  ...["yes", "No", "on", "true", "True", "TRUE", "y", "n", "null", "~", '""', "''", '"0123"', "'yes'"],
  ...["2026-01-01", "2026-01-01T00:00:00Z", "2026-1-1", "10.0.0.1", "::1", "[::1]:80", "a:b", "a: b"],
  ...["<<", "=", "!!str 12", "!!int '12'", "!text x", "&a x", "text # note", "text#text", '"\\u00e9"', "é"],
  ...[
    "|\n    two\n    lines",
    ">-\n    one\n    line",
    "[1, x, [0x10]]",
    "{ a: 1, 2: b, on: off }",
    "{ a: }",
  ],
  ...["[~]", "{ a: 0777 }", "{ a: { b: 1e3 } }", "[2026-01-01]", "{ <<: { a: 1 }, b: 2 }", "[-0]", "[1.0]"],
];

test("what is read of a file is what Pulumi reads", async () => {
  const read = oddities.filter((written) => configInFile(`config:\n  hms:key: ${written}\n`) !== undefined);
  expect(read.length).toBeGreaterThan(25);
  const lines = read.map((written, index) => `  hms:key${String(index)}: ${written}\n`);
  fs.appendFileSync(path.join(folder, "Pulumi.odd.yaml"), `config:\n${lines.join("")}`);
  const own = await configOf("odd");
  const pulumi = await asked("odd");
  read.forEach((written, index) => {
    const key = `hms:key${String(index)}`;
    expect([written, own[key]]).toEqual([written, pulumi[key]]);
  });
});

test("the files of the project's stacks, too", async () => {
  for (const name of stacks) {
    await workspace.createStack(name);
    fs.copyFileSync(
      path.join(projectFolder, `Pulumi.${name}.yaml`),
      path.join(folder, `Pulumi.${name}.yaml`),
    );
    expect(configInFile(fs.readFileSync(path.join(folder, `Pulumi.${name}.yaml`), "utf8"))).toEqual(
      await asked(name),
    );
  }
});

test("a stack without a file is asked of Pulumi, which knows of none", async () => {
  await expect(configOf("none")).rejects.toThrow("no stack named 'none'");
});

test("what the project configures for all stacks is asked of Pulumi", async () => {
  put("Pulumi.yaml", `${project}config: { hms:service: { value: flood-formula } }\n`);
  expect(await configOf("cloud")).toMatchObject({ "hms:service": "flood-formula" });
  put("Pulumi.cloud.yaml", "config: { hms:role: cloud }\n");
  expect(await configOf("cloud")).toEqual({
    "hms:role": "cloud",
    "hms:service": "flood-formula",
  });
});
