/** Checks settings that people write, and says what is wrong in one sentence each. */
import type { z } from "zod";
import { UserError } from "./errors";

/** What a value is allowed to be that lies elsewhere: most of them are secrets. */
export const referenceText = "{ file: PATH } or { env: NAME }";

/** Where settings come from: the words that an error begins with. */
export interface Source {
  /** The file a user edits, e.g. `Pulumi.onprem.yaml`. */
  readonly file: string;
  /** The key the value stands under, e.g. `hms:sites`. @default none: the value is the whole file */
  readonly key?: string;
}

/**
 * The settings as the schema types them.
 *
 * A schema says what is allowed with its `error` text, e.g. `z.int({ error: "a whole number" })`.
 *
 * @throws UserError with a line per fault: `FILE: KEY: found X; allowed: Y`
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown, source: Source): z.infer<S> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) {
    return result.data;
  }
  throw new UserError(result.error.issues.flatMap((issue) => sentences(issue, value, source)).join("\n"));
}

function sentences(issue: z.core.$ZodIssue, value: unknown, source: Source): string[] {
  const at = (path: readonly PropertyKey[]): string => {
    const key = [source.key ?? "", ...path.map(step)].join("").replace(/^\./, "");
    return key === "" ? source.file : `${source.file}: ${key}`;
  };
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${at([...issue.path, key])}: unknown key; ${issue.message}`);
  }
  const found = lookUp(value, issue.path);
  const isSecret = issue.message === referenceText && typeof found === "string";
  const what = found === undefined ? "missing" : `found ${isSecret ? "the text itself" : show(found)}`;
  return [`${at(issue.path)}: ${what}; allowed: ${issue.message}`];
}

const step = (part: PropertyKey): string => (typeof part === "number" ? `[${part}]` : `.${String(part)}`);

function lookUp(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}

/** A value as a user would recognise it, cut to a readable length; a URL's password is nobody's business. */
function show(value: unknown): string {
  const text = JSON.stringify(value).replaceAll(/(:\/\/[^:@/"]*):[^@/"]*@/g, "$1:***@");
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
