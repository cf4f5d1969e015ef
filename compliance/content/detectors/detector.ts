/** What every detector is. */
import type { Page } from "../page";

/** A stretch of a text: from `start` up to, and without, `end`, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds one kind of personal data in a text. */
export interface Detector {
  /** The rule's name in findings, e.g. `us-ssn`. */
  readonly rule: string;
  readonly severity: "high" | "medium" | "low";
  /** What to do about a finding. */
  readonly remedy: string;
  /** Where the text holds it, in order and without overlaps. */
  find(page: Page): Span[];
}

const letterOrDigit = /[\p{L}\p{N}]/u;

/** Whether a number may begin here: not inside a longer number or name, but after an escape, as in "\n…". */
export function isFreeBefore(text: string, start: number): boolean {
  if (start === 0) return true;
  const before = text.charAt(start - 1);
  if (letterOrDigit.test(before)) return text.charAt(start - 2) === "\\" && /[nrt]/.test(before);
  return !((before === "-" || before === ".") && start > 1 && letterOrDigit.test(text.charAt(start - 2)));
}

/** Whether a number may end here. */
export function isFreeAfter(text: string, end: number): boolean {
  const after = text.charAt(end);
  if (after === "") return true;
  if (letterOrDigit.test(after)) return false;
  return !((after === "-" || after === ".") && /\p{N}/u.test(text.charAt(end + 1)));
}

/** The spans of all matches that stand free and pass a check. The expression must be global. */
export function matches(
  text: string,
  expression: RegExp,
  accept: (written: string, span: Span, match: RegExpMatchArray) => boolean,
): Span[] {
  const found: Span[] = [];
  for (const match of text.matchAll(expression)) {
    const span = { start: match.index, end: match.index + match[0].length };
    if (isFreeBefore(text, span.start) && isFreeAfter(text, span.end) && accept(match[0], span, match)) {
      found.push(span);
    }
  }
  return found;
}

/** The digits of a number that is written with separators. */
export const digitsOf = (written: string): string => written.replace(/\D/g, "");

/** Whether digits are what people type for want of a number: one digit throughout, or a count up or down. */
export const isMadeUp = (digits: string): boolean =>
  /^(\d)\1*$/.test(digits) ||
  "01234567890123456789".includes(digits) ||
  "98765432109876543210".includes(digits);

/** In order: of two that overlap, the one that begins first is meant, then the one that was first in the list. */
export function withoutOverlaps<S extends Span>(spans: readonly S[]): S[] {
  let end = 0;
  return [...spans]
    .sort((a, b) => a.start - b.start)
    .filter((span) => {
      const free = span.start >= end;
      if (free) end = span.end;
      return free;
    });
}
