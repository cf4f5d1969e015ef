/** What is exported is checked with cosign, by the README's own words, without a network. */
import fs from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { cosignBinary } from "../../lab/toolchain/cosign";
import { exportTrail } from "../../pipeline/audit/export";
import { type Audited, auditedTrail } from "../pipeline/audit/audited";
import { blocksOf, runBlock } from "../pipeline/audit/readme-blocks";

let tools: string;
let audited: Audited;
let folder: string;
beforeAll(async () => {
  tools = path.dirname(await cosignBinary());
  audited = await auditedTrail();
  folder = path.join(path.dirname(audited.trail), "whole");
  await exportTrail(folder);
}, 1_800_000);

/** In a network of its own that has nothing in it. */
const offline = (block: string): string => `unshare --net sh -c '${block.replaceAll("'", `'\\''`)}'`;
const cosignBlock = (): string => offline(blocksOf(folder).get(5) ?? "");

test("cosign accepts every entry, by the entry before it", async () => {
  expect(await runBlock(folder, cosignBlock(), tools)).toEqual({ exitCode: 0, said: "" });
}, 60_000);

test("cosign accepts a part", async () => {
  const part = path.join(path.dirname(audited.trail), "part");
  await exportTrail(part, { from: 3, to: 5 });
  const block = offline(blocksOf(part).get(5) ?? "");
  expect(await runBlock(part, block, tools)).toEqual({ exitCode: 0, said: "" });
}, 60_000);

test("cosign accepts the signed test result by the archive of the commit", async () => {
  const [, lines = ""] = /^## 6\.[^]*?\n\n((?: {4}.*\n)+)/m.exec(readme()) ?? [];
  const key = /"keyid":"([0-9a-f]+)"/.exec(blob(audited.blobs.attestation))?.[1] ?? "";
  const commands = lines
    .replace("REPOSITORY", audited.repository)
    .replace("COMMIT", audited.commit)
    .replace("KEY", key)
    .replace("ATTESTATION", audited.blobs.attestation);
  expect(lines).toContain("git -C REPOSITORY archive --format=tar COMMIT");
  const { exitCode, said } = await runBlock(folder, commands, tools);
  expect([exitCode, said]).toEqual([0, expect.stringContaining("Verified OK")]);

  fs.appendFileSync(path.join(folder, "source.tar"), "!");
  const again = commands.slice(commands.indexOf("cosign"));
  expect((await runBlock(folder, again, tools)).said).toContain("no matching subject digest found");
}, 60_000);

test("cosign refuses an entry whose predecessor was altered, and a signature of another key", async () => {
  const second = path.join(folder, "entries", "00000002.json");
  const before = fs.readFileSync(second, "utf8");
  fs.writeFileSync(second, `${before} `);
  expect((await runBlock(folder, cosignBlock(), tools)).said).toContain(
    "entries/00000003.json: cosign refuses it",
  );
  const other = fs.readdirSync(path.join(folder, "keys")).find((name) => !before.includes(name.slice(0, 64)));
  fs.writeFileSync(second, before.replace(/"keyid":"[^"]+"/, `"keyid":"${other?.slice(0, 64) ?? ""}"`));
  expect((await runBlock(folder, cosignBlock(), tools)).said).toContain(
    "entries/00000002.json: cosign refuses it",
  );
}, 60_000);

const readme = (): string => fs.readFileSync(path.join(folder, "README.md"), "utf8");
const blob = (sha256: string): string =>
  fs.readFileSync(path.join(folder, "blobs", "sha256", sha256), "utf8");
