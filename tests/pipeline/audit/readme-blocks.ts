/** Runs what an exported README says, as an auditor would. */
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";

/** The blocks of a README's shell commands, by the number of their section. */
export function blocksOf(folder: string): Map<number, string> {
  const text = fs.readFileSync(path.join(folder, "README.md"), "utf8");
  const sections = text.split(/^## (?=\d)/m).slice(1);
  return new Map(
    sections.flatMap((section): [number, string][] => {
      const [, block] = /```sh\n([^]*?)```/.exec(section) ?? [];
      return block === undefined ? [] : [[Number.parseInt(section, 10), block]];
    }),
  );
}

/** Runs a block in the folder. @param tools a folder that comes first on PATH */
export async function runBlock(
  folder: string,
  block: string,
  tools = "",
): Promise<{ readonly exitCode: number | undefined; readonly said: string }> {
  const { exitCode, stdout, stderr } = await execa("sh", ["-c", block], {
    cwd: folder,
    reject: false,
    env: { PATH: `${tools}:${process.env["PATH"] ?? ""}` },
  });
  return { exitCode, said: `${stdout}${stderr}` };
}
