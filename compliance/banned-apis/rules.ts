/** Rules on banned APIs: ast-grep's, as YAML files. */
import fs from "node:fs";
import path from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { z } from "zod";
import { messageOf, UserError } from "../../core/errors";
import { validate } from "../../core/validate";
import { extensions, type Language, languages } from "./languages";

/** Where the suite's own rules lie. */
export const ownRules = path.join(__dirname, "rules");

/** One rule. */
export interface Rule {
  readonly id: string;
  /** TypeScript's and JSX's dialects are read by the rules for JavaScript. */
  readonly language: Language;
  readonly message: string;
  /** What to do about it. */
  readonly note: string;
  /**
   * Only a file with one of these words can break the rule; others need not be parsed. `eval(` is the word before an opening
   * parenthesis, whatever stands between. @default any file can
   */
  readonly words: readonly string[];
  /** The document, for ast-grep. */
  readonly document: Readonly<Record<string, unknown>>;
}

const sentence = (what: string): z.ZodString => z.string({ error: what }).regex(/\S/, { error: what });

const word = "a name, or a name and a parenthesis, e.g. eval(";

/** What we need of a rule; ast-grep looks at the rest. */
const schema = z.looseObject(
  {
    id: z
      .string({ error: "a name" })
      .regex(/^[a-z0-9][a-z0-9.-]*$/, { error: "a name: lower-case letters, digits and hyphens" }),
    language: z.enum(languages, { error: `one of ${languages.join(", ")}` }),
    severity: z.enum(["error", "warning", "info", "hint"], { error: "error, warning, info or hint" }),
    message: sentence("what is wrong, in a sentence"),
    note: sentence("what to do about it, in a sentence"),
    metadata: z
      .looseObject({
        words: z
          .array(z.string().regex(/^[\w:/]+[()]?$/, { error: word }), { error: "a list of words" })
          .optional(),
      })
      .optional(),
    rule: z.looseObject({}, { error: "what to look for: a rule of ast-grep" }),
  },
  { error: "a rule of ast-grep" },
);

/**
 * The rules of some folders.
 *
 * @throws UserError when a folder or a rule is not good
 */
export function readRules(folders: readonly string[]): Rule[] {
  const rules = folders.flatMap((folder) => filesOf(folder).flatMap(rulesOf));
  const twice = rules.find(({ id }, index) => rules.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined) {
    throw new UserError(`Two rules on banned APIs are called ${twice.id}. Rename one of them.`);
  }
  return rules;
}

function filesOf(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => path.join(folder, name));
  } catch (error) {
    throw new UserError(
      `The rules in ${folder} can't be read (${messageOf(error).replace(/,.*/s, "")}). Put the folder there, or change hms:compliance.rules.`,
    );
  }
}

function rulesOf(file: string): Rule[] {
  const documents = parseAllDocuments(fs.readFileSync(file, "utf8"), { prettyErrors: false });
  return (Array.isArray(documents) ? documents : []).map((document) => {
    const [fault] = document.errors;
    if (fault !== undefined) {
      throw new UserError(`${file}: ${fault.message}`);
    }
    const value = document.toJS() as Readonly<Record<string, unknown>>;
    const { id, language, message, note, metadata } = validate(schema, value, { file });
    return { id, language, message, note, words: metadata?.words ?? [], document: value };
  });
}

/** The rules as one text for ast-grep; those for JavaScript are there for each of its dialects. */
export function textOf(rules: readonly Rule[]): string {
  return rules
    .flatMap(({ language, document }) =>
      Object.keys(extensions[language]).map((dialect) => stringify({ ...document, language: dialect })),
    )
    .join("---\n");
}
