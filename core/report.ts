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

/** What one of the agency's own checks objects to. */
export interface Objection {
  /** Path in the commit, with `/`. @default the commit as a whole */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly rule: string;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** A file, or a member of an archive, that could not be read, and why. */
export interface Skipped {
  readonly file: string;
  readonly why: string;
}

/** A finding that an exception of the platform lets pass. */
export interface Excepted {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** The last day that it holds, e.g. `2027-03-31`. */
  readonly expires: string;
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
  /** The names of the tests that failed, where the step can tell. */
  readonly failures?: readonly string[];
  /** What the agency's own checks object to. */
  readonly objections?: readonly Objection[];
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
  readonly skipped: readonly Skipped[];
  /** Findings that do not count, by an exception of the platform. @default none */
  readonly excepted?: readonly Excepted[];
  readonly passed: boolean;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
}
