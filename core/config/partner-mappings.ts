/** What a mapping file may hold: `mappings/partner/*.yml`. */
import { z } from "zod";
import { settings, text } from "./common";

/** What a name in `to` may have in braces. */
export const placeholders = ["tag", "commit", "service", "path", "name", "ext"] as const;

/** A path that can't lead out of its folder. */
export function staysInside(path: string): boolean {
  return (
    !path.startsWith("/") &&
    !path.includes("\\") &&
    path.split("/").every((part) => part !== ".." && part !== "")
  );
}

function inside(what: string): z.ZodString {
  const error = `${what}; no .. in it, and no / before it`;
  return text(error).refine(staysInside, { error });
}

const pickText = "a list of fields: PATH, or { from: PATH, as: NAME }";

/** Which fields, in which order, by which names. */
const pick = z
  .array(
    z.union([text("a path"), settings({ from: text("a path"), as: text("a name") })], {
      error: "PATH, or { from: PATH, as: NAME }",
    }),
    { error: pickText },
  )
  .min(1, { error: pickText })
  .optional();

const names = placeholders.map((name) => `{${name}}`).join(", ");

const every = {
  /** A file of the bundle, or a pattern of several, e.g. `rules/*.json`. */
  from: inside("a file of the bundle, or a pattern of several"),
  /** Its path in the inbox; `{tag}` and the like stand for facts of the release and of the file. */
  to: inside("a path in the inbox").refine(
    (to) => [...to.matchAll(/\{([^}]*)\}/g)].every(([, name]) => placeholders.includes(name as "tag")),
    { error: `in braces nothing but ${names}` },
  ),
  /** Whether a release without such a file is fine. @default false */
  optional: z.boolean({ error: "true or false" }).default(false),
};

/** Where the rows are in a JSON document: a dotted path of a list or a map. @default the document itself */
const rows = text("a dotted path, e.g. levels").optional();

const formats = "one of same, csv, json, text";

/** One of `files`. */
export const mappedFileSettings = z.discriminatedUnion(
  "format",
  [
    /** Byte for byte, under another name. */
    settings({ ...every, format: z.literal("same").optional() }),
    /** A table, from JSON or CSV. */
    settings({
      ...every,
      format: z.literal("csv"),
      rows,
      pick,
      /** What stands between two values. @default , */
      delimiter: z.enum([",", ";", "\t", "|"], { error: 'one of "," ";" "\\t" "|"' }).default(","),
      /** Whether the first line names the columns. @default true */
      header: z.boolean({ error: "true or false" }).default(true),
      /** How lines end. @default lf */
      lineEnd: z.enum(["lf", "crlf"], { error: "lf or crlf" }).default("lf"),
    }),
    /** JSON, from JSON or CSV. */
    settings({
      ...every,
      format: z.literal("json"),
      rows,
      pick,
      /** The columns of a CSV that hold numbers. @default none: all are texts */
      numbers: z.array(text("a column"), { error: "a list of columns" }).default([]),
    }),
    /** Whatever a template says. */
    settings({
      ...every,
      format: z.literal("text"),
      rows,
      pick,
      /** A Mustache template beside the mapping file. */
      template: inside("the path of a Mustache template from the mapping's folder"),
    }),
  ],
  { error: formats },
);

/** A mapping file. */
export const mappingSettings = settings({
  /** Who gets the files: the name of one of `hms:partners`, or `ftp://NAME/FOLDER` for another folder of theirs. */
  connector: text("the name of a partner in hms:partners, or PROTOCOL://NAME/FOLDER"),
  /** What they get. */
  files: z
    .array(mappedFileSettings, { error: "a list of files" })
    .min(1, { error: "a list of at least one file" }),
});

/** A mapping file, checked. */
export type MappingSettings = z.infer<typeof mappingSettings>;

/** One of its files, checked. */
export type MappedFileSettings = z.infer<typeof mappedFileSettings>;
