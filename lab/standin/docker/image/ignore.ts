/** `.dockerignore`: which files a build does not see. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** One line of the file. */
interface Pattern {
  readonly expression: RegExp;
  /** How many folders deep it reaches. */
  readonly depth: number;
  /** Whether it takes back what an earlier line ignores. */
  readonly exception: boolean;
}

/** The lines that count, cleaned. */
export function ignoreLines(content: string): string[] {
  return content
    .replace(/^\uFEFF/, "")
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const exception = line.startsWith("!");
      const cleaned = path.posix.normalize(line.slice(exception ? 1 : 0).trim()).replace(/(?<=.)\/$/, "");
      return (exception ? "!" : "") + (cleaned.length > 1 ? cleaned.replace(/^\//, "") : cleaned);
    });
}

/** The lines for a build: those beside the Dockerfile, else those of the context. */
export function readIgnoreLines(dockerfile: string, context: string): string[] {
  const file = [`${dockerfile}.dockerignore`, path.join(context, ".dockerignore")].find((name) =>
    existsSync(name),
  );
  return file === undefined ? [] : ignoreLines(readFileSync(file, "utf8"));
}

const special = /[.$^+(){}|]/;

/** A pattern as an expression: `*` stays in a folder, `**` does not. */
export function expressionOf(pattern: string): RegExp {
  let expression = "";
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    if (character === "*" && pattern[index + 1] === "*") {
      index += pattern[index + 2] === "/" ? 2 : 1;
      expression += index === pattern.length - 1 ? ".*" : "(.*/)?";
    } else if (character === "*") expression += "[^/]*";
    else if (character === "?") expression += "[^/]";
    else if (character === "\\") {
      index += 1;
      expression += `\\${pattern.charAt(index)}`;
    } else expression += special.test(character) ? `\\${character}` : character;
  }
  return new RegExp(`^${expression}$`);
}

const patternOf = (line: string): Pattern => {
  const exception = line.startsWith("!");
  const pattern = exception ? line.slice(1) : line;
  return { expression: expressionOf(pattern), depth: pattern.split("/").length, exception };
};

/** Says of paths whether a build sees them. */
export class Ignore {
  readonly #patterns: readonly Pattern[];
  /** Whether a folder that is ignored may hold something that is not. */
  readonly hasExceptions: boolean;

  constructor(lines: readonly string[]) {
    this.#patterns = lines.map(patternOf);
    this.hasExceptions = this.#patterns.some(({ exception }) => exception);
  }

  /**
   * Whether a path is ignored, by itself or with a folder above it. Later lines win.
   *
   * @param name relative to the context, with `/`
   */
  ignores(name: string): boolean {
    const folders = name.split("/").slice(0, -1);
    return this.#patterns.reduce((ignored, { expression, depth, exception }) => {
      const above = depth <= folders.length && expression.test(folders.slice(0, depth).join("/"));
      return above || expression.test(name) ? !exception : ignored;
    }, false);
  }
}

/** The lines without effect on the files that a build needs itself. */
export const keepingBuildFiles = (lines: readonly string[], dockerfile: string): string[] => {
  const needed = [".dockerignore", dockerfile].filter((file) => new Ignore(lines).ignores(file));
  return [...lines, ...needed.map((file) => `!${file}`)];
};
