/** What every bench is. */

/** Measures something; it tells how far it is. */
export type Bench = (tell: (line: string) => void) => Promise<BenchResult>;

/** What was measured. */
export interface BenchResult {
  /** For other programs. */
  readonly numbers: Numbers;
  /** For people. */
  readonly text: string;
}

/** A ratio, which is good when it is not above its goal, and what else was measured. Field names are stable. */
export interface Numbers {
  /** What was measured, against what it is measured by. */
  readonly ratio: number;
  readonly goal: number;
  /** How often it was measured: the ratio is that of the medians. */
  readonly samples: number;
  /** What the ratio is of. */
  readonly unit: string;
  readonly [other: string]: unknown;
}

/** How often to measure. HMS_BENCH_SAMPLES makes it less, to try a bench. @default 5 */
export const samples = Math.max(1, Number(process.env["HMS_BENCH_SAMPLES"] ?? 5) || 5);

/** A number with three digits after the point. */
export const rounded = (number: number): number => Math.round(number * 1000) / 1000;
