/** Puts the code that is to be read into a folder of its own, under names of our choice. */
import type { Dirent } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../core/errors";
import type { Skipped } from "../../core/report";
import { redact } from "../content";
import { keyOf } from "./cache";
import { largestFile, mostLines } from "./engine";
import { readingOf } from "./languages";
import type { Rule } from "./rules";

/** A file of the service. */
export interface Original {
  /** Its path below the root, with `/`. */
  readonly name: string;
  /** The digest of its code. */
  readonly key: string;
}

/** What was put there. */
export interface Staged {
  /** Each file, by its name in the new folder. */
  readonly originals: ReadonlyMap<string, Original>;
  /** Those that were not put there, since what is in them is known. */
  readonly known: readonly Original[];
  /** Code that ast-grep would leave out. */
  readonly skipped: readonly Skipped[];
  /** How many files are code. */
  readonly files: number;
}

/** The comment by which ast-grep lets itself be switched off. */
const ignoreComment = /ast-grep-ignore/g;
/** Of the same length, so that places stay the same. */
const unknownComment = "ast-grep-ignor_";

/** How many files are read at a time. */
const atATime = 16;

/**
 * Stages a folder, or one file. A file that no rule can be about is not staged; one that ast-grep would misread, or
 * that tells it to look away, is staged as a copy that it reads; any other as a link.
 *
 * @param target an empty folder
 * @param isKnown whether it is known what is in code of this digest
 */
export async function stage(
  root: string,
  target: string,
  rules: readonly Rule[],
  isKnown: (key: string) => boolean = () => false,
): Promise<Staged> {
  const words = wordsOf(rules);
  const originals = new Map<string, Original>();
  const known: Original[] = [];
  const skipped: Skipped[] = [];
  let files = 0;

  async function stageOne(file: string, name: string): Promise<void> {
    const { reading, bytes, size } = await readCode(file);
    if (reading === undefined) return;
    files += 1;
    if (bytes === undefined) {
      skipped.push({
        file: redact(name),
        why: `banned APIs: larger than ${largestFile / 1e6} MB (${size} bytes)`,
      });
      return;
    }
    const text = decode(bytes);
    if (words.get(reading.language)?.test(text.text) !== true) return;
    if (text.text.split("\n", mostLines + 1).length > mostLines) {
      skipped.push({ file: redact(name), why: `banned APIs: more than ${mostLines} lines` });
      return;
    }
    const original = { name, key: keyOf(reading.ending, text.text) };
    if (isKnown(original.key)) {
      known.push(original);
      return;
    }
    const staged = `${originals.size}.${reading.ending}`;
    originals.set(staged, original);
    const quiet = text.text.replaceAll(ignoreComment, unknownComment);
    await (quiet === text.text && text.isUtf8
      ? fs.symlink(path.resolve(file), path.join(target, staged))
      : fs.writeFile(path.join(target, staged), quiet));
  }

  const list = await filesOf(root, (name, why) => skipped.push({ file: redact(name), why }));
  const queue = list.entries();
  const work = async (): Promise<void> => {
    for (const [, { file, name }] of queue) {
      await stageOne(file, name).catch((error: unknown) => {
        skipped.push({ file: redact(name), why: `banned APIs: ${messageOf(error).replace(/,.*/s, "")}` });
      });
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return { originals, known, skipped, files };
}

/** By language: what a file must have for any of its rules; a rule without words is about every file. */
function wordsOf(rules: readonly Rule[]): ReadonlyMap<string, RegExp> {
  const languages = new Set(rules.map(({ language }) => language));
  return new Map(
    [...languages].map((language) => {
      const own = rules.filter((rule) => rule.language === language);
      const all = own.some(({ words }) => words.length === 0) ? [] : own.flatMap(({ words }) => words);
      return [language, new RegExp(all.map(wordPattern).join("|"))];
    }),
  );
}

/** White space and comments, in any of the languages. */
const gap = String.raw`(?:[\s\\]|/\*(?:[^*]|\*(?!/))*\*/|(?://|#)[^\n]*\n)*`;

/** A word; where it ends with a parenthesis, code may have a gap before that. */
function wordPattern(word: string): string {
  const literally = (text: string): string => text.replaceAll(/[$()*+./?[\\\]^{|}-]/g, "\\$&");
  const [, name = "", parenthesis = ""] = /^(.*?)([()]?)$/.exec(word) ?? [];
  return literally(name) + (parenthesis === "" ? "" : gap + literally(parenthesis));
}

/** A file to look at. */
interface Listed {
  readonly file: string;
  /** Relative to the root, with `/`. */
  readonly name: string;
}

/**
 * All regular files of a folder, or the file itself; links lead to files of their own, or to none of ours.
 *
 * @param skip told of a folder that can't be looked into
 */
async function filesOf(root: string, skip: (name: string, why: string) => void): Promise<Listed[]> {
  if ((await fs.stat(root)).isFile()) return [{ file: root, name: path.basename(root) }];
  const files: Listed[] = [];
  const look = async (folder: string): Promise<void> => {
    const list = (): Promise<Dirent[]> => fs.readdir(path.join(root, folder), { withFileTypes: true });
    const entries = await list().catch((error: unknown) => {
      skip(folder, `banned APIs: ${messageOf(error).replace(/,.*/s, "")}`);
      return [];
    });
    for (const entry of entries) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await look(name);
      else if (entry.isFile()) files.push({ file: path.join(root, name), name });
    }
  };
  await look("");
  return files.sort((one, other) => (one.file < other.file ? -1 : 1));
}

/** A file's bytes, when it is code; they are missing when ast-grep would find it too large. */
async function readCode(
  file: string,
): Promise<{ reading: ReturnType<typeof readingOf>; bytes?: Buffer; size: number }> {
  const byName = readingOf(file, "");
  const hasEnding = path.extname(file) !== "";
  if (byName === undefined && hasEnding) return { reading: undefined, size: 0 };
  const handle = await fs.open(file);
  try {
    const { size } = await handle.stat();
    const start = Buffer.alloc(128);
    if (byName === undefined) await handle.read(start, 0, start.length, 0);
    const reading = byName ?? readingOf(file, start.toString("latin1"));
    if (reading === undefined || size > largestFile) return { reading, size };
    return { reading, bytes: await handle.readFile(), size };
  } finally {
    await handle.close();
  }
}

/** A file's text, whatever it is written in: code that is not UTF-8 runs, too, and ast-grep would leave it out. */
function decode(bytes: Buffer): { text: string; isUtf8: boolean } {
  const mark = bytes.subarray(0, 2).toString("hex");
  if (mark === "fffe") return { text: new TextDecoder("utf-16le").decode(bytes), isUtf8: false };
  if (mark === "feff") return { text: new TextDecoder("utf-16be").decode(bytes), isUtf8: false };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), isUtf8: true };
  } catch {
    return { text: bytes.toString("latin1"), isUtf8: false };
  }
}
