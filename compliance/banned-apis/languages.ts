/** The languages that rules can be written for, and the files that are read as such. */

/** By a rule's language: ast-grep's own names of its dialects, and the endings of their files. */
export const extensions = {
  JavaScript: {
    JavaScript: ["js", "mjs", "cjs", "jsx"],
    TypeScript: ["ts", "mts", "cts"],
    Tsx: ["tsx"],
  },
  Python: { Python: ["py", "pyi", "pyw"] },
  Java: { Java: ["java"] },
  Go: { Go: ["go"] },
  Bash: { Bash: ["sh", "bash", "bats", "ksh", "zsh"] },
  Ruby: { Ruby: ["rb", "rake", "gemspec"] },
  Php: { Php: ["php"] },
  CSharp: { CSharp: ["cs"] },
  Kotlin: { Kotlin: ["kt", "kts"] },
  C: { C: ["c", "h"] },
  Rust: { Rust: ["rs"] },
} as const;

/** A rule's language. */
export type Language = keyof typeof extensions;

export const languages = Object.keys(extensions) as [Language, ...Language[]];

/** How a file is read. */
export interface Reading {
  readonly language: Language;
  /** The ending that ast-grep knows its dialect by. */
  readonly ending: string;
}

const byEnding = new Map<string, Reading>(
  languages.flatMap((language) =>
    Object.values<readonly string[]>(extensions[language]).flatMap((endings) =>
      endings.map((ending): [string, Reading] => [ending, { language, ending: endings[0] ?? ending }]),
    ),
  ),
);

/** By the interpreter that a script's first line names. */
const interpreters: readonly (readonly [RegExp, string])[] = [
  [/\b(?:node|deno|bun)\b/, "js"],
  [/\bpython[\d.]*\b/, "py"],
  [/\b(?:ba|da|k|z)?sh\b/, "sh"],
  [/\bruby\b/, "rb"],
  [/\bphp\b/, "php"],
];

/**
 * How a file is read, by its name's ending or else by its first line; undefined when it is no code that rules are about.
 *
 * @param start the file's first bytes
 */
export function readingOf(name: string, start: string): Reading | undefined {
  const ending = /\.([A-Za-z]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  const known = byEnding.get(ending);
  if (known !== undefined || !start.startsWith("#!")) return known;
  const [line = ""] = start.split("\n", 1);
  const script = interpreters.find(([interpreter]) => interpreter.test(line))?.[1];
  return script === undefined ? undefined : byEnding.get(script);
}
