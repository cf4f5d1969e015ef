/** How many tests ran, read from what test runners print last. */

/** Each runner's line. */
const summaries: readonly RegExp[] = [
  /^(?:ℹ|#) tests (\d+)$/gm, // node --test
  /^Tests: .*\b(\d+) total$/gm, // jest
  /^1\.\.(\d+)$/gm, // TAP
];

/**
 * How many tests ran, or undefined when the output doesn't tell. What several runs say is added up.
 *
 * @param output without escape sequences
 */
export function countTests(output: string): number | undefined {
  const counts = summaries
    .map((summary) => Array.from(output.matchAll(summary), ([, count]) => Number(count)))
    .find((found) => found.length > 0);
  return counts?.reduce((total, count) => total + count, 0);
}
