/** Spans of time as docker's language, Go, reads and writes them. */

/** Nanoseconds in each unit. */
const units: Readonly<Record<string, number>> = {
  h: 3_600_000_000_000,
  m: 60_000_000_000,
  s: 1_000_000_000,
  ms: 1_000_000,
  us: 1_000,
  µs: 1_000,
  ns: 1,
};

/**
 * A span such as `1m30s`, in nanoseconds.
 *
 * @throws if it is none
 */
export function parseDuration(span: string): number {
  if (span === "0") return 0;
  if (!/^(\d+(\.\d+)?(h|ms|us|µs|ns|m|s))+$/.test(span)) {
    throw new Error(`"${span}" is no span of time. Write it as in "10s" or "1m30s".`);
  }
  const parts = span.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)/g);
  return [...parts].reduce(
    (sum, [, amount, unit = ""]) => sum + Math.round(Number(amount) * (units[unit] ?? 0)),
    0,
  );
}

const decimal = (nanoseconds: number, unit: number): string => String(nanoseconds / unit);

/** Nanoseconds as Go writes them: 90 000 000 000 is `1m30s`, a whole minute `1m0s`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 1_000) return `${nanoseconds}ns`;
  if (nanoseconds < 1_000_000) return `${decimal(nanoseconds, 1_000)}µs`;
  if (nanoseconds < 1_000_000_000) return `${decimal(nanoseconds, 1_000_000)}ms`;
  const hours = Math.floor(nanoseconds / 3_600_000_000_000);
  const minutes = Math.floor((nanoseconds % 3_600_000_000_000) / 60_000_000_000);
  const seconds = `${decimal(nanoseconds % 60_000_000_000, 1_000_000_000)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
