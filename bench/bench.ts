/** What every bench is. */

/** Measures something; it tells how far it is. */
export type Bench = (tell: (line: string) => void) => Promise<BenchResult>;

/** What was measured. */
export interface BenchResult {
  /** For other programs. */
  readonly numbers: unknown;
  /** For people. */
  readonly text: string;
}
