/** Reads the files of a folder and looks for what must not ship. */
import fs from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../core/errors";
import type { Finding, Report } from "../core/report";
import { findPii, findPiiInName, redact } from "./pii";

/** What a scan says. */
export interface Scan {
  readonly findings: readonly Finding[];
  readonly skipped: Report["skipped"];
  /** How many files were read. */
  readonly files: number;
}

/** Bytes. A larger file is told as skipped; a text of this size still fits a string. */
const largestFile = 256 * 1024 * 1024;

/** How many bytes from the start decide whether a file is text, as in Git. */
const sniffed = 8000;

/**
 * Looks for personal data in all files of a folder, and in their names.
 *
 * @param folder a clean export of a commit
 * @throws Error when the folder itself can't be read
 */
export async function scanFolder(folder: string): Promise<Scan> {
  const findings: Finding[] = [];
  const skipped: { file: string; why: string }[] = [];
  let files = 0;
  for (const file of await filesOf(folder)) {
    findings.push(...findPiiInName(file));
    const text = await readText(path.join(folder, file));
    if ("why" in text) {
      skipped.push({ file: redact(file), why: text.why });
      continue;
    }
    files += 1;
    findings.push(...findPii(text.text, file));
  }
  return { findings, skipped, files };
}

/** Everything in a folder that is no folder, with `/`, in an order that is the same on every machine. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .sort();
}

/** A file's text, or why there is none. Links are not followed: what they lead to is a file of its own, or not ours. */
async function readText(file: string): Promise<{ text: string } | { why: string }> {
  try {
    const { size, ...kind } = await statOf(file);
    if (kind.isLink) return { why: "symbolic link" };
    if (!kind.isFile) return { why: "no regular file" };
    if (size > largestFile) return { why: `larger than ${largestFile / 1024 ** 2} MiB` };
    return decode(await fs.readFile(file));
  } catch (error) {
    return { why: messageOf(error).replace(/, .*/s, "") };
  }
}

async function statOf(file: string): Promise<{ size: number; isLink: boolean; isFile: boolean }> {
  const stat = await fs.lstat(file);
  return { size: stat.size, isLink: stat.isSymbolicLink(), isFile: stat.isFile() };
}

/** UTF-16 where its mark says so; else, without a zero byte, UTF-8 or another code that has ASCII's digits. */
function decode(bytes: Buffer): { text: string } | { why: string } {
  const mark = bytes.subarray(0, 2).toString("hex");
  if (mark === "fffe") return { text: new TextDecoder("utf-16le").decode(bytes) };
  if (mark === "feff") return { text: new TextDecoder("utf-16be").decode(bytes) };
  if (bytes.subarray(0, sniffed).includes(0)) return { why: "binary" };
  return { text: new TextDecoder("utf-8").decode(bytes) };
}
