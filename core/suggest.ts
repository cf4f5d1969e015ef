/** What somebody may have meant by a word that is not among the allowed ones. */

/** How many slips of the keyboard a word may be away from what was meant. */
const slips = 2;

/** The allowed word that is nearest to this one, if any is near. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  const distances = allowed.map((candidate) => ({ candidate, distance: distance(word, candidate) }));
  const [best] = distances.sort((a, b) => a.distance - b.distance);
  const near = best !== undefined && best.distance <= slips && best.distance < best.candidate.length;
  return near ? best.candidate : undefined;
}

/** How many letters must be changed, added, dropped or swapped with their neighbour to make one word the other. */
export function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          at(rows, row - 1, column) + 1,
          at([current], 0, column - 1) + 1,
          at(rows, row - 1, column - 1) + (same ? 0 : 1),
          swapped ? at(rows, row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
    rows.push(current);
  }
  return at(rows, from.length, to.length);
}

const at = (rows: readonly (readonly number[])[], row: number, column: number): number =>
  rows[row]?.[column] ?? Infinity;
