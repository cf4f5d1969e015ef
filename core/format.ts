/** Facts as people read them. */

/** Bytes: `41 KB`. Decimal units, as on the wire. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : String(Math.round(value))} ${units[power] ?? ""}`;
}

/** Seconds since a run began: `00:07`. */
export function formatElapsed(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
}

/** How long ago: `12 s`, `5 min`, `3 h`, `2 d`. */
export function formatAge(seconds: number): string {
  if (seconds < 60) return `${String(Math.max(0, Math.floor(seconds)))} s`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min`;
  if (seconds < 86_400) return `${String(Math.floor(seconds / 3600))} h`;
  return `${String(Math.floor(seconds / 86_400))} d`;
}

/** A table with aligned columns; the first row is its head. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/**
 * The same for a terminal of so many columns: where the table is too wide, a block for each row, whose first cell stands above the others.
 *
 * @param columns how many characters fit in a line. @default any
 */
export function formatRows(rows: readonly (readonly string[])[], columns = Infinity): string {
  const table = formatTable(rows);
  const [head = [], ...members] = rows;
  if (members.length === 0 || table.split("\n").every(({ length }) => length <= columns)) {
    return table;
  }
  const widest = Math.max(...head.slice(1).map(({ length }) => length));
  return members
    .map(([first = "", ...cells]) => {
      const lines = cells.map(
        (cell, at) => `  ${(head[at + 1] ?? "").toLowerCase().padEnd(widest)}  ${cell}`,
      );
      return [first, ...lines].join("\n");
    })
    .join("\n");
}
