/** Turns a file of a bundle into the format that a partner reads. Pure. */
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import Mustache from "mustache";
import type { MappedFileSettings } from "./config/partner-mappings";
import { messageOf, UserError } from "./errors";
import type { Release } from "./release";
import { nearest } from "./suggest";

/** A file of a bundle. */
interface Source {
  readonly member: string;
  readonly bytes: Uint8Array;
}

/** What is known beside the file. */
interface Context {
  readonly release: Release;
  /** The text of the template that the mapping names. */
  readonly template: string | undefined;
  /** `FILE: files[0]`, for errors. */
  readonly where: string;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * A file as a mapping wants it.
 *
 * @throws UserError when the file is not what the mapping takes it for
 */
export function convert(file: MappedFileSettings, source: Source, context: Context): Uint8Array {
  switch (file.format) {
    case undefined:
    case "same":
      return source.bytes;
    case "csv":
      return Buffer.from(csvOf(tableOf(file, source, context), file, context));
    case "json":
      return Buffer.from(`${JSON.stringify(documentOf(file, source, context), null, 2)}\n`);
    case "text":
      return Buffer.from(textOf(file, source, context));
  }
}

type Of<F extends string> = Extract<MappedFileSettings, { format: F }>;
type Picking = Pick<Of<"csv">, "rows" | "pick">;

/** What a file says: a JSON document, or the rows of a CSV. */
function read({ member, bytes }: Source): unknown {
  const text = decode(member, bytes);
  if (/\.json$/i.test(member)) {
    return readJson(member, text);
  }
  if (/\.csv$/i.test(member)) {
    return readCsv(member, text);
  }
  throw new UserError(`${member}: found neither .json nor .csv; allowed: format: same, for what is neither`);
}

function decode(member: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${member}: it is not UTF-8. Save it as UTF-8, or map it with format: same.`);
  }
}

function readJson(member: string, text: string): unknown {
  const exact = (key: string, value: unknown, context?: { source?: string }): unknown => {
    if (/^-?\d+$/.test(context?.source ?? "") && !Number.isSafeInteger(value)) {
      throw new UserError(
        `${member}: the number ${context?.source ?? ""} (${key}) is too large to be kept exactly. Write it as a text.`,
      );
    }
    return value;
  };
  try {
    return JSON.parse(text, exact);
  } catch (error) {
    throw error instanceof UserError
      ? error
      : new UserError(`${member}: it is no JSON (${messageOf(error)}).`);
  }
}

function readCsv(member: string, text: string): Row[] {
  const columns = (header: string[]): string[] => {
    const double = header.find((name, index) => header.indexOf(name) !== index);
    if (double !== undefined) {
      throw new UserError(
        `${member}: the column ${JSON.stringify(double)} is there twice. Rename one of them.`,
      );
    }
    return header;
  };
  try {
    return parse<Row>(text, { bom: true, columns, skip_empty_lines: true });
  } catch (error) {
    throw error instanceof UserError
      ? error
      : new UserError(`${member}: it is no CSV (${messageOf(error)}).`);
  }
}

/** The rows of a file, with the fields that were picked. */
function tableOf({ rows, pick }: Picking, source: Source, context: Context): Row[] {
  const found = rowsOf(read(source), rows, context);
  return picked(found, pick, context);
}

function rowsOf(document: unknown, rows: string | undefined, { where }: Context): Row[] {
  const found = rows === undefined ? document : at(document, rows);
  if (Array.isArray(found)) {
    return found.map((value) => (isMap(value) ? value : { value: value as unknown }));
  }
  if (rows !== undefined && isMap(found)) {
    return Object.entries(found).map(([key, value]) => ({ key, ...(isMap(value) ? value : { value }) }));
  }
  const lists = isMap(document)
    ? Object.keys(document).filter((key) => typeof document[key] === "object" && document[key] !== null)
    : [];
  throw new UserError(
    `${where}.rows: ${rows === undefined ? "missing" : `found ${JSON.stringify(rows)}`}; ` +
      `allowed: the path of a list or a map${lists.length > 0 ? `: ${lists.join(", ")}` : ""}`,
  );
}

function picked(rows: readonly Row[], pick: Picking["pick"], { where }: Context): Row[] {
  if (pick === undefined) {
    return [...rows];
  }
  const fields = pick.map((entry) => (typeof entry === "string" ? { from: entry, as: entry } : entry));
  fields.forEach(({ from }, index) => {
    if (rows.length > 0 && rows.every((row) => at(row, from) === undefined)) {
      const known = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      throw new UserError(
        `${where}.pick[${index}]: found ${JSON.stringify(from)}; allowed: ${nearest(from, known) ?? known.join(", ")}`,
      );
    }
  });
  return rows.map((row) => Object.fromEntries(fields.map(({ from, as }) => [as, at(row, from)])));
}

function csvOf(rows: readonly Row[], file: Of<"csv">, { where }: Context): string {
  const columns = file.pick?.map((entry) => (typeof entry === "string" ? entry : entry.as)) ?? [
    ...new Set(rows.flatMap((row) => Object.keys(row))),
  ];
  const cells = rows.map((row) => columns.map((column) => cell(row[column], column, where)));
  return stringify(file.header ? [columns, ...cells] : cells, {
    delimiter: file.delimiter,
    record_delimiter: file.lineEnd === "crlf" ? "windows" : "unix",
  });
}

function cell(value: unknown, column: string, where: string): string {
  if (typeof value === "object" && value !== null) {
    throw new UserError(
      `${where}.pick: the column ${JSON.stringify(column)} would hold ${JSON.stringify(value).slice(0, 40)}; ` +
        `allowed: texts, numbers, true, false. Pick a field of it.`,
    );
  }
  return value === undefined || value === null ? "" : plain(value);
}

function documentOf(file: Of<"json">, source: Source, context: Context): unknown {
  const document = read(source);
  const numbers = new Set(file.numbers);
  const rows =
    Array.isArray(document) || file.rows !== undefined ? rowsOf(document, file.rows, context) : undefined;
  if (rows === undefined) {
    return isMap(document) && file.pick !== undefined ? picked([document], file.pick, context)[0] : document;
  }
  const typed = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [
        key,
        numbers.has(key) ? numberOf(value, key, context) : value,
      ]),
    ),
  );
  return picked(typed, file.pick, context);
}

/** An empty cell is no number, and no 0 either. */
function numberOf(value: unknown, column: string, { where }: Context): number | null {
  const text = plain(value).trim();
  if (text === "") {
    return null;
  }
  if (!Number.isFinite(Number(text))) {
    throw new UserError(
      `${where}.numbers: ${JSON.stringify(column)} holds ${JSON.stringify(value)}; allowed: a column of numbers`,
    );
  }
  return Number(text);
}

/** A template sees the document, its rows and the release, and can do nothing but print them. */
function textOf(file: Of<"text">, source: Source, context: Context): string {
  const { tag, commit, subject, service, image, bundle, report } = context.release;
  const document = read(source);
  const hasRows = Array.isArray(document) || file.rows !== undefined;
  const rows = hasRows ? picked(rowsOf(document, file.rows, context), file.pick, context) : [];
  const view = {
    release: { tag, commit, subject, service, image, bundle, report },
    file: source.member,
    document,
    rows,
  };
  try {
    return Mustache.render(context.template ?? "", view, {}, { escape: plain });
  } catch (error) {
    throw new UserError(`${context.where}.template: ${file.template}: ${messageOf(error)}`);
  }
}

/** A field by its name, or by a dotted path. */
function at(value: unknown, path: string): unknown {
  if (isMap(value) && Object.hasOwn(value, path)) {
    return value[path];
  }
  return path.split(".").reduce<unknown>((inner, part) => {
    const isThere = typeof inner === "object" && inner !== null && Object.hasOwn(inner, part);
    return isThere ? (inner as Row)[part] : undefined;
  }, value);
}

function isMap(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as its own text; a list or a map as JSON. */
function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
