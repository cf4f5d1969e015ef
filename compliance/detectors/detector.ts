/** What every detector is. */

/** A stretch of a text: from `start` up to, and without, `end`, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds one kind of number in a text. */
export interface Detector {
  /** The rule's name in findings, e.g. `us-ssn`. */
  readonly rule: string;
  readonly severity: "high" | "medium" | "low";
  /** What to do about a finding. */
  readonly remedy: string;
  /** Where the text holds it, in order and without overlaps. */
  find(text: string): Span[];
}

/** The spans of all matches that pass a check. The expression must be global. */
export function matches(
  text: string,
  expression: RegExp,
  accept: (match: RegExpMatchArray) => boolean,
): Span[] {
  return Array.from(text.matchAll(expression))
    .filter(accept)
    .map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

/** The digits of a number that is written with separators. */
export const digitsOf = (written: string): string => written.replace(/\D/g, "");
