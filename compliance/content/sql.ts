/** Which column of an SQL `INSERT INTO table (a, b) VALUES (1, 2), (3, 4)` a value stands in. */

interface Text {
  readonly text: string;
  readonly lowered: string;
}

interface Insert {
  readonly columns: readonly string[];
  /** Where the first row begins. */
  readonly start: number;
  /** Where the rows begin, in order, and last where the statement ends. */
  readonly rows: readonly number[];
}

const insertsOf = new WeakMap<Text, readonly Insert[]>();
const statement = /\binsert\s+(?:into|ignore\s+into)\s+[\w.`"[\]]+\s*\(([^()]*)\)\s*values\s*(?=\()/gi;

/** The column's name, if the place is in a row of an INSERT that names its columns. */
export function sqlColumnAt(page: Text, start: number): string | undefined {
  let inserts = insertsOf.get(page);
  if (inserts === undefined) {
    inserts = page.lowered.includes("insert") ? insertsIn(page.text) : [];
    insertsOf.set(page, inserts);
  }
  const insert = inserts.findLast((candidate) => candidate.start < start);
  if (insert === undefined || start >= (insert.rows.at(-1) ?? 0)) return undefined;
  const row = insert.rows[lastAtOrBefore(insert.rows, start)] ?? start;
  return insert.columns[commasIn(page.text, row + 1, start)];
}

function insertsIn(text: string): Insert[] {
  return Array.from(text.matchAll(statement), (match) => {
    const start = match.index + match[0].length;
    return { columns: (match[1] ?? "").split(","), start, rows: rowsFrom(text, start) };
  });
}

/** Where the brackets of the rows open, outside of quotes, up to the statement's end. */
function rowsFrom(text: string, start: number): number[] {
  const rows: number[] = [];
  let depth = 0;
  let at = start;
  for (; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === "'") at = endOfQuote(text, at);
    else if (sign === ";" && depth === 0) break;
    else if (sign === "(") {
      if (depth === 0) rows.push(at);
      depth += 1;
    } else if (sign === ")") depth -= 1;
  }
  return [...rows, at];
}

/** The place of the quote that closes; a doubled one opens anew, which comes to the same. */
function endOfQuote(text: string, start: number): number {
  const end = text.indexOf("'", start + 1);
  return end === -1 ? text.length : end;
}

function commasIn(text: string, start: number, end: number): number {
  let commas = 0;
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    const sign = text.charAt(at);
    if (sign === "'") at = endOfQuote(text, at);
    else if (sign === "(") depth += 1;
    else if (sign === ")") depth -= 1;
    else if (sign === "," && depth === 0) commas += 1;
  }
  return commas;
}

function lastAtOrBefore(places: readonly number[], place: number): number {
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((places[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
