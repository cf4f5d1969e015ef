/** What the compliance suite said about one commit. */

/** One thing that must not ship. */
export interface Finding {
  /** Path in the commit, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The rule that found it, e.g. `us-ssn`. */
  readonly rule: string;
  readonly category: "pii" | "secret" | "banned-api";
  readonly severity: "high" | "medium" | "low";
  /** The value, redacted: never the value itself. */
  readonly sample: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** One step of the suite. */
export interface Step {
  readonly name: string;
  readonly passed: boolean;
  /** One sentence, or the last lines of a failing test's output. */
  readonly summary: string;
  readonly seconds: number;
  /** How many tests ran, where the step can tell. */
  readonly tests?: number;
}

/** The whole verdict on one commit. */
export interface Report {
  /** Full commit hash. */
  readonly commit: string;
  /** Hash of the commit's tree. */
  readonly tree: string;
  readonly service: string;
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  /** Files that could not be read, and why. */
  readonly skipped: readonly { readonly file: string; readonly why: string }[];
  readonly passed: boolean;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
}
