/** Which column of a table a value stands in: delimited text, HTML tables, SQL's INSERT and COPY. */
import { sqlColumnAt } from "./sql";

/** The text that a table is in. */
interface Text {
  readonly text: string;
  readonly lowered: string;
}

/** Lines of delimited cells under a header. */
interface Table {
  /** Where the lines under the header begin. */
  readonly start: number;
  readonly end: number;
  readonly separator: string;
  readonly columns: readonly string[];
  /** Where the columns begin on each line, if that is what tells them. */
  readonly begins?: readonly number[];
}

const tablesOf = new WeakMap<Text, readonly Table[]>();

/** The header of the column that holds the value at a place, if it is in a table. */
export function columnAt(page: Text, start: number): string | undefined {
  return delimitedColumnAt(page, start) ?? htmlColumnAt(page, start) ?? sqlColumnAt(page, start);
}

function delimitedColumnAt(page: Text, start: number): string | undefined {
  let tables = tablesOf.get(page);
  if (tables === undefined) {
    tables = delimitedTables(page.text);
    tablesOf.set(page, tables);
  }
  const table = tables.findLast(({ start: from, end }) => from <= start && start < end);
  if (table === undefined) return undefined;
  const before = page.text.slice(Math.max(table.start, start - longestRow), start);
  const lineStart = before.lastIndexOf("\n") + 1;
  if (lineStart === 0 && start - table.start > longestRow) return undefined;
  if (table.begins !== undefined) {
    const column = before.length - lineStart;
    return table.columns[table.begins.findLastIndex((begin) => begin <= column)];
  }
  const cells = cellsOf(before.slice(lineStart), table.separator);
  return table.columns[cells.length - 1];
}

/** Characters. */
const longestRow = 4000;

/** A cell of a header: a few words, no number alone, and no long one among them. */
const headerCell = /^(?!.*\d{5})[ \t]*["'*]{0,2}[\p{L}#_][\p{L}\p{M}\w .#/()&'*-]{0,48}["'*]{0,2}[ \t]*$/u;
const separators = [",", "\t", ";", "|"];

function delimitedTables(text: string): Table[] {
  const tables: Table[] = [];
  let lineStart = 0;
  while (lineStart < text.length) {
    const lineEnd = endOfLine(text, lineStart);
    const line = text.slice(lineStart, lineEnd).replace(/\r$/, "");
    const table =
      line.length > 2000 ? undefined : (copyAt(text, line, lineEnd) ?? tableAt(text, line, lineEnd));
    if (table !== undefined) tables.push(table);
    lineStart = Math.max(lineEnd, table?.end ?? 0) + 1;
  }
  return tables;
}

/** PostgreSQL's `COPY table (a, b) FROM stdin;` with tabs below it. */
function copyAt(text: string, line: string, lineEnd: number): Table | undefined {
  const columns = /^\s*copy\s[^(]*\(([^)]*)\)\s*from\s+stdin/i.exec(line)?.[1]?.split(",");
  if (columns === undefined) return undefined;
  return { start: lineEnd + 1, end: endOfTable(text, lineEnd + 1), separator: "\t", columns };
}

function tableAt(text: string, line: string, lineEnd: number): Table | undefined {
  if (!/^[\s|"'*#]*[\p{L}_]/u.test(line)) return undefined;
  const separator = separators.find((sign) => line.includes(sign));
  if (separator === undefined) return alignedAt(text, line, lineEnd);
  const columns = cellsOf(line, separator);
  const named = columns.filter((cell) => cell.trim() !== "");
  if (named.length < 2 || !named.every((cell) => headerCell.test(cell))) return undefined;
  const start = lineEnd + 1;
  const rows = [firstLine(text, start), firstLine(text, endOfLine(text, start) + 1)];
  const fits = rows.some((row) => /\d/.test(row) && cellsOf(row, separator).length === columns.length);
  return fits ? { start, end: endOfTable(text, start), separator, columns } : undefined;
}

/** Columns that are aligned with spaces: a value is in the one that begins last before it, or where it does. */
function alignedAt(text: string, line: string, lineEnd: number): Table | undefined {
  const titles = Array.from(line.matchAll(/\S+(?: \S+)*/g));
  if (titles.length < 2 || !titles.every(([title]) => headerCell.test(title))) return undefined;
  const start = lineEnd + 1;
  if (!/\d.* {2}|^\S*\d\S* /.test(firstLine(text, start))) return undefined;
  const columns = titles.map(([title]) => title);
  return {
    start,
    end: endOfTable(text, start),
    separator: "",
    columns,
    begins: titles.map(({ index }) => index),
  };
}

const firstLine = (text: string, start: number): string => text.slice(start, endOfLine(text, start));

function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end === -1 ? text.length : end;
}

/** A table ends at an empty line. */
function endOfTable(text: string, start: number): number {
  const empty = /\n[ \t]*\r?\n/g;
  empty.lastIndex = start;
  return empty.exec(text)?.index ?? text.length;
}

/** The cells of a line, or of its beginning; separators in quotes are none. */
function cellsOf(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const sign = line.charAt(at);
    if (sign === '"') quoted = !quoted;
    else if (sign === separator && !quoted) {
      cells.push(line.slice(from, at));
      from = at + 1;
    }
  }
  return [...cells, line.slice(from)];
}

/** How far back a table's header is looked for, in characters. */
const tableReach = 50_000;

function lastBefore(text: string, word: string, start: number, reach: number): number {
  const from = Math.max(0, start - reach);
  const place = text.slice(from, start).lastIndexOf(word);
  return place === -1 ? -1 : from + place;
}

function htmlColumnAt({ text, lowered }: Text, start: number): string | undefined {
  if (!/<td\b[^<>]*>\s*(?:<[^<>]*>\s*)*$/i.test(text.slice(Math.max(0, start - 200), start)))
    return undefined;
  const rowStart = lastBefore(lowered, "<tr", start, longestRow);
  if (rowStart === -1) return undefined;
  const tableStart = lastBefore(lowered, "<table", start, tableReach);
  if (tableStart === -1) return undefined;
  const row = lowered.slice(rowStart, start);
  const ownHeader = /<th\b[^<>]*>([^<]*)<\/th>\s*<td\b[^<>]*>[^]*$/.exec(row)?.[1];
  if (ownHeader !== undefined) return ownHeader;
  const headEnd = lowered.indexOf("</tr", tableStart);
  if (headEnd === -1 || headEnd > rowStart) return undefined;
  const headers = [...text.slice(tableStart, headEnd).matchAll(/<t[hd]\b[^<>]*>([^]*?)<\/t[hd]>/gi)];
  const index = (row.match(/<td\b/g) ?? []).length - 1;
  return headers[index]?.[1]?.replace(/<[^<>]*>/g, " ");
}
