/** Personal data in a text: what is found, and the text without it. */
import type { Finding } from "../../core/report";
import { detectors } from "./detectors";
import { type Detector, type Span, withoutOverlaps } from "./detectors/detector";
import { Page } from "./page";
import { placesIn } from "./places";

/** A stretch of text and the detector that claims it. */
interface Hit extends Span {
  readonly detector: Detector;
}

const hitsIn = (page: Page): Hit[] =>
  withoutOverlaps(
    detectors.flatMap((detector) => page.spansOf(detector).map((span) => ({ ...span, detector }))),
  );

/** The shape of a value, without the value. */
export const mask = (value: string): string => value.replace(/[\p{L}\p{N}]/gu, "*");

/** The personal data of a page, as findings of a file that is named already without any. */
export function piiOf(page: Page, name: string): Finding[] {
  const placeOf = placesIn(page.text);
  return hitsIn(page).map(({ start, end, detector }) => ({
    file: name,
    ...placeOf(start),
    rule: detector.rule,
    category: "pii",
    severity: detector.severity,
    sample: mask(page.text.slice(start, end)),
    remedy: detector.remedy,
  }));
}

/**
 * The personal data in a file's text.
 *
 * @param file its path in the commit, with `/`
 */
export const findPii = (text: string, file: string): Finding[] => piiOf(new Page(text), redact(file));

/** Without two digits together, an `@`, or two words that begin with a capital, a name holds nothing of anybody. */
const mayHold = /\d.?\d|@|\p{Lu}\S*[ ,]+\p{Lu}/u;

/** A file's name without personal data. */
export const redactName = (file: string): string => (mayHold.test(file) ? redact(file) : file);

/** The personal data in a file's name; the place told is the file's first. */
export function findPiiInName(file: string): Finding[] {
  if (!mayHold.test(file)) return [];
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
  for (const { start, end } of hitsIn(new Page(text))) {
    kept += text.slice(from, start) + mask(text.slice(start, end));
    from = end;
  }
  return kept + text.slice(from);
}
