import { createHash } from "node:crypto";
import { afterEach, expect, test } from "@jest/globals";
import { scanArtefacts } from "../../compliance/artefacts";
import { parseExceptions } from "../../compliance/exceptions";
import { tarOf, zipOf } from "./content/archives";
import { folderWith, remove } from "./folder";
import { ssn } from "./numbers";

let folder = "";
afterEach(() => {
  remove(folder);
});

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** An image of a base and one layer, and a bundle, with a number in each; returns the base's digest. */
async function release(): Promise<string> {
  const base = await tarOf({ "etc/motd": `ssn ${ssn()}\n` });
  const own = await tarOf({ "app/docs/forms/a.md": `# Form\nssn ${ssn()}\n`, "app/server.js": "1;\n" });
  folder = folderWith({
    "image/manifest.json": JSON.stringify([{ Config: "config.json", Layers: ["base.tar", "own.tar"] }]),
    "image/config.json": JSON.stringify({ rootfs: { diff_ids: [digestOf(base), digestOf(own)] } }),
    "image/base.tar": base,
    "image/own.tar": own,
    "8e9a12c0": zipOf({ "docs/forms/a.md": `# Form\nssn ${ssn()}\n` }),
  });
  return digestOf(base);
}

const what = () => ({ imageFolder: `${folder}/image`, bundlePath: `${folder}/8e9a12c0` });

const files = ({ findings }: { findings: readonly { file: string; line: number }[] }): string[] =>
  findings.map(({ file, line }) => `${file}:${String(line)}`);

const exception = (parts: object = {}) =>
  parseExceptions(
    JSON.stringify([
      { rule: "us-ssn", path: "docs/forms/*", reason: "r", owner: "o", expires: "2099-12-31", ...parts },
    ]),
    "exceptions.yml",
  );

test("the image's own layers and the bundle are looked into, the base's layers are not", async () => {
  const base = await release();
  const all = ["image!etc/motd:1", "image!app/docs/forms/a.md:2", "bundle.zip!docs/forms/a.md:2"];
  expect(files(await scanArtefacts(what()))).toEqual(all);
  const own = await scanArtefacts({ ...what(), baseLayers: [base] });
  expect(files(own)).toEqual(all.slice(1));
  expect(own.findings[0]).toMatchObject({ rule: "us-ssn", category: "pii", sample: "***-**-****" });
});

test("either alone", async () => {
  await release();
  const { imageFolder, bundlePath } = what();
  expect(files(await scanArtefacts({ bundlePath }))).toEqual(["bundle.zip!docs/forms/a.md:2"]);
  expect(files(await scanArtefacts({ imageFolder }))).toHaveLength(2);
  expect(await scanArtefacts({})).toEqual({ findings: [], excepted: [], skipped: [], files: 0, bytes: 0 });
});

test("an exception for the commit's path holds wherever the Dockerfile put the file", async () => {
  const base = await release();
  const scan = (exceptions: ReturnType<typeof exception>) =>
    scanArtefacts({ ...what(), baseLayers: [base], exceptions }, "2027-01-01");
  const { findings, excepted } = await scan(exception());
  expect(findings).toEqual([]);
  expect(excepted.map(({ file, owner }) => [file, owner])).toEqual([
    ["image!app/docs/forms/a.md", "o"],
    ["bundle.zip!docs/forms/a.md", "o"],
  ]);
  for (const parts of [{ path: "forms" }, { rule: "email" }, { expires: "2026-12-31" }, { comments: true }]) {
    expect(files(await scan(exception(parts)))).toHaveLength(2);
  }
});

test("what the commit's report lets pass by a comment passes here, at the same place", async () => {
  const base = await release();
  const one = {
    file: "docs/forms/a.md",
    line: 2,
    rule: "us-ssn",
    reason: "r",
    owner: "o",
    expires: "2099-12-31",
  };
  const scan = (excepted: typeof one) =>
    scanArtefacts({
      ...what(),
      baseLayers: [base],
      exceptions: exception({ comments: true }),
      excepted: [excepted],
    });
  expect(files(await scan(one))).toEqual([]);
  expect(files(await scan({ ...one, line: 3 }))).toHaveLength(2);
  expect(files(await scan({ ...one, file: "docs/forms/b.md" }))).toHaveLength(2);
});

test("what is no image, and no bundle", async () => {
  folder = folderWith({ "a.txt": "a" });
  await expect(scanArtefacts({ imageFolder: folder })).rejects.toThrow(/holds no image/);
  await expect(scanArtefacts({ bundlePath: `${folder}/none.zip` })).rejects.toThrow(
    /There is no file or folder/,
  );
});

test("how a package's authors are reached is no finding; what else lies among packages is", async () => {
  const word = ["quarry", "Lantern", "7"].join("-");
  const author = `{ "name": "left", "author": "Mary Malone <mary.malone@leftpad.io>", "password": "${word}" }\n`;
  const own = await tarOf({
    "app/node_modules/left/package.json": author,
    "app/node_modules/left/dump.txt": `ssn ${ssn()}\n`,
    "app/people.json": author,
  });
  folder = folderWith({
    "image/manifest.json": JSON.stringify([{ Config: "config.json", Layers: ["own.tar"] }]),
    "image/config.json": JSON.stringify({ rootfs: { diff_ids: [digestOf(own)] } }),
    "image/own.tar": own,
  });
  const { findings } = await scanArtefacts({ imageFolder: `${folder}/image` });
  expect(new Set(findings.map(({ file, rule }) => `${file} ${rule}`))).toEqual(
    new Set([
      "image!app/node_modules/left/dump.txt us-ssn",
      "image!app/people.json email",
      "image!app/people.json person-name",
      "image!app/people.json secret-password",
    ]),
  );
});
