/** Personal data in a text: what is found, and the text without it. */
import type { Finding } from "../core/report";
import type { Detector, Span } from "./detectors/detector";
import { iban } from "./detectors/iban";
import { paymentCard } from "./detectors/payment-card";
import { usSsn } from "./detectors/us-ssn";

const detectors: readonly Detector[] = [iban, paymentCard, usSsn];

/** A stretch of text and the detector that claims it. */
interface Hit extends Span {
  readonly detector: Detector;
}

/** In order, without overlaps: of two that overlap, the one that begins first is meant. */
function hits(text: string): Hit[] {
  const all = detectors.flatMap((detector) => detector.find(text).map((span) => ({ ...span, detector })));
  let end = 0;
  return all
    .sort((a, b) => a.start - b.start)
    .filter((hit) => {
      const free = hit.start >= end;
      if (free) end = hit.end;
      return free;
    });
}

/** The shape of a value, without the value. */
const mask = (value: string): string => value.replace(/[\p{L}\p{N}]/gu, "*");

/**
 * The personal data in a file's text.
 *
 * @param file its path in the commit, with `/`
 */
export function findPii(text: string, file: string): Finding[] {
  const found: Finding[] = [];
  const name = redact(file);
  let line = 1;
  let lineStart = 0;
  for (const { start, end, detector } of hits(text)) {
    for (
      let next = text.indexOf("\n", lineStart);
      next !== -1 && next < start;
      next = text.indexOf("\n", lineStart)
    ) {
      line += 1;
      lineStart = next + 1;
    }
    found.push({
      file: name,
      line,
      column: start - lineStart + 1,
      rule: detector.rule,
      category: "pii",
      severity: detector.severity,
      sample: mask(text.slice(start, end)),
      remedy: detector.remedy,
    });
  }
  return found;
}

/** The personal data in a file's name; the place told is the file's first. */
export function findPiiInName(file: string): Finding[] {
  return findPii(file, file).map((finding) => ({
    ...finding,
    line: 1,
    column: 1,
    remedy: `The file's name holds it: rename the file. ${finding.remedy}`,
  }));
}

/** A text with asterisks in place of personal data: for whatever is printed or stored. */
export function redact(text: string): string {
  let kept = "";
  let from = 0;
  for (const { start, end } of hits(text)) {
    kept += text.slice(from, start) + mask(text.slice(start, end));
    from = end;
  }
  return kept + text.slice(from);
}
