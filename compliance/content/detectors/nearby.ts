/** Whether two stretches of a text speak of the same person: of one record, and not far from each other. */
import type { Page } from "../page";
import type { Span } from "./detector";

/** How far apart two values of one record may be, in characters: on one line, and over lines. */
const lineReach = 400;
const recordReach = 300;
const mostLines = 6;

/** Where one record ends and the next begins: an empty line, a bracket that closes, a dash that begins an item. */
const boundary =
  /\n[ \t]*\r?\n|\n[ \t]*[}\]][^\n]*\n|\n[ \t]*-[ \t]|\}\s*,\s*\{|\)\s*,\s*\(|\n---|<\/(?:tr|person|patient|record|row|entry|item|li|applicant|customer|employee|user|contact|member)>/i;

/** Whether two stretches are of one record. */
export function areNear(page: Page, one: Span, other: Span): boolean {
  const [first, second] = one.start <= other.start ? [one, other] : [other, one];
  const distance = second.start - first.end;
  if (distance < 0) return true;
  if (distance > lineReach) return false;
  // After a salutation, or a heading that is a name, an empty line parts nothing.
  const between = page.text.slice(first.end, second.start).replace(/^[,:]?[ \t]*\r?\n[ \t]*\r?\n/, "\n");
  if (boundary.test(between)) return false;
  const lines = between.split("\n").length - 1;
  return lines === 0 || (distance <= recordReach && lines <= mostLines);
}

/** Whether two stretches are of one record, and on one line. */
export function areOnOneLine(page: Page, one: Span, other: Span): boolean {
  const between = page.text.slice(Math.min(one.end, other.end), Math.max(one.start, other.start));
  return !between.includes("\n") && areNear(page, one, other);
}

/** The index of the first stretch of a list, which is in order, that ends at a place or behind it. */
export function firstEndingFrom(spans: readonly Span[], place: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.end ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether any stretch of a list, which is in order, is of the same record. */
export function isNearAny(page: Page, span: Span, others: readonly Span[], near = areNear): boolean {
  for (let at = firstEndingFrom(others, span.start - lineReach); at < others.length; at += 1) {
    const other = others[at];
    if (other === undefined || other.start > span.end + lineReach) return false;
    if (near(page, span, other)) return true;
  }
  return false;
}
