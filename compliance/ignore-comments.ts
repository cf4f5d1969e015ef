/** Comments by which a service's code asks that a finding be ignored. They count only where an exception says so. */
import fs from "node:fs";
import path from "node:path";
import type { Finding } from "../core/report";

/** No comment is looked for in a file that is larger, in bytes. */
const largestFile = 32 * 1024 * 1024;

/** What stands in the finding's line, or in the line before it. With `rule` it names the rule; alone, it means any. */
const inLine = /\b(?:ast-grep-ignore|secretlint-disable-line)\b:?(?<rules>.*)/;
const inLineBefore = /\b(?:ast-grep-ignore|secretlint-disable-next-line)\b:?(?<rules>.*)/;
/** Ours names its rule always. */
const ours = /\bhms-ignore\b:?(?<rules>.*)/;
/** From such a line on, until `secretlint-enable`. */
const block = /\bsecretlint-(?<what>disable|enable)\b(?!-)(?<rules>.*)/;

/**
 * Whether the code around a finding has a comment that asks to ignore it.
 *
 * @param folder the folder that the finding's file is relative to
 */
export function hasIgnoreComment(folder: string, { file, line, rule }: Finding): boolean {
  const lines = linesOf(path.join(folder, file));
  const own = lines[line - 1] ?? "";
  const before = lines[line - 2] ?? "";
  return (
    asks(inLine, own, rule) ||
    asks(inLineBefore, before, rule) ||
    [own, before].some(
      (text) =>
        ours
          .exec(text)
          ?.groups?.["rules"]?.split(/[\s,]+/)
          .includes(rule) === true,
    ) ||
    isInBlock(lines.slice(0, line), rule)
  );
}

function asks(comment: RegExp, text: string, rule: string): boolean {
  const rules = comment.exec(text)?.groups?.["rules"];
  return rules !== undefined && means(rules, rule);
}

/** Whether what follows a comment's word is about a rule: it names it, or names none. */
function means(rest: string, rule: string): boolean {
  const words = rest
    .replace(/(?:\*\/|-->|--).*$/, "")
    .split(/[\s,]+/)
    .filter((word) => word !== "")
    // What secretlint calls a rule, we call by the short name.
    .map((word) => word.replace(/^@secretlint\/secretlint-rule-/, "secret-"));
  return words.length === 0 || words.includes(rule);
}

function isInBlock(lines: readonly string[], rule: string): boolean {
  let ignored = false;
  for (const text of lines) {
    const found = block.exec(text)?.groups;
    if (found !== undefined && means(found["rules"] ?? "", rule)) ignored = found["what"] === "disable";
  }
  return ignored;
}

/** The lines of a file; none when it is no file of its own, such as a member of an archive, or not a text. */
function linesOf(file: string): string[] {
  try {
    const stat = fs.lstatSync(file);
    return stat.isFile() && stat.size <= largestFile ? fs.readFileSync(file, "utf8").split("\n") : [];
  } catch {
    return [];
  }
}
