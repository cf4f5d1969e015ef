/** What a program says of itself: its own version, or the modules that Go built it of. Pure. */
import type { Part } from "./sbom";

/** Programs that images hold without a package, and how each says its version. */
const programs = [
  { name: "node", says: "node.js/v", version: /^\d+\.\d+\.\d+/ },
  { name: "busybox", says: "BusyBox v", version: /^\d+\.\d+\.\d+/ },
] as const;

/** Whether a file is a program of Linux (ELF), by its first bytes. */
export function isProgram(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"));
}

/** The parts of a program. @param where its path */
export function partsOfProgram(bytes: Buffer, where: string): Part[] {
  const go = goModules(bytes, where);
  return go.length > 0 ? go : knownPrograms(bytes, where);
}

function knownPrograms(bytes: Buffer, where: string): Part[] {
  const base = where.split("/").at(-1);
  return programs.flatMap(({ name, says, version }) => {
    // Other programs name these as well, as a shell script runner may name busybox.
    const at = base === name ? bytes.indexOf(says) : -1;
    const text = at < 0 ? "" : bytes.toString("latin1", at + says.length, at + says.length + 16);
    const found = version.exec(text)?.[0];
    return found === undefined ? [] : [{ kind: "generic", name, version: found, where }];
  });
}

/** Go's build information begins with this, on a multiple of 16 bytes (Go's debug/buildinfo). */
const goMagic = Buffer.from("\xff Go buildinf:", "latin1");

/** Set in the flags when the texts follow at once, as all versions since 1.18 write them. */
const inlineTexts = 2;

/** The list of modules lies between 16 bytes that begin and 16 that end it. */
const frame = 16;

function goModules(bytes: Buffer, where: string): Part[] {
  let at = bytes.indexOf(goMagic);
  while (at >= 0 && at % 16 !== 0) {
    at = bytes.indexOf(goMagic, at + 1);
  }
  if (at < 0 || ((bytes[at + 15] ?? 0) & inlineTexts) === 0) {
    return [];
  }
  const version = textAt(bytes, at + 32);
  const modules = textAt(bytes, version.end).text.slice(frame, -frame);
  const compiler = version.text.replace(/^go/, "");
  return [{ kind: "golang", name: "stdlib", version: compiler, where }, ...modulesIn(modules, where)];
}

/** A text after its length, which is written as a varint. */
function textAt(bytes: Buffer, start: number): { readonly text: string; readonly end: number } {
  let length = 0;
  let at = start;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return { text: bytes.toString("latin1", at, at + length), end: at + length };
}

/** Lines of `mod` (the program), `dep` (what it needs), and `=>` (what was taken in the place of the line before). */
function modulesIn(text: string, where: string): Part[] {
  const parts: Part[] = [];
  for (const line of text.split("\n")) {
    const [word, name, version] = line.split("\t");
    if (word === "=>") {
      parts.pop();
    }
    if (["mod", "dep", "=>"].includes(word ?? "") && name !== undefined) {
      parts.push({
        kind: "golang",
        name,
        where,
        ...(version !== undefined && version !== "" && version !== "(devel)" && { version }),
      });
    }
  }
  return parts;
}
