/** A text, and what stands around a place of it: a number alone seldom says what it is. */
import type { Detector, Span } from "./detectors/detector";
import { columnAt } from "./tables";

/** How far back on its line a value's label is looked for, in characters. */
const reach = 64;

/** How far up a list's key is looked for, in characters. */
const listReach = 400;

/** Keys, tags and names of variables that say nothing: what stands before them is asked. */
const generic =
  /^(?:value|val|v|t|data|text|content|string|str|number|num|no|id|field|answer|const|let|var|input|result|raw|td|th|dd|dt|span|p|li|b|i|strong|em|div|label|font|a|x|y|s|expected|actual|default|default value|note|notes|comment|comments|message|msg|description|body|line|example)$/;

/** `key: `, `"key" = '`, `key=>(` at the end of what stands before a value. */
const keyBefore =
  /(?:^|[^\w$.\-#'/])["'`]?([A-Za-z_$][\w$ .#'/-]{0,48}?)["'`]?\s*(?::=|=>|:|=)\s*[([{]?["'`]?\s*$/;

/** Tags that only lay a text out, around a label: `<dt>SSN</dt><dd>`. */
const layout = /<\/?(?:dl|dt|dd|tr|td|th|ul|ol|li|p|div|span|label|b|i|strong|em|br)\b[^<>]*>/gi;

/** `<tag attribute="…">` at the end of what stands before a value. */
const tagBefore = /<([A-Za-z][\w:.-]*)[^<>]*>\s*$/;

/** Words that say that the number is of something else than a person. */
const otherThings =
  /\b(?:order|invoice|part|sku|item|ticket|tracking|serial|model|batch|lot|po|purchase order|product|catalog|catalogue|isbn|issn|version|ver|confirmation|build|commit|sha|hash|checksum|uuid|guid|timestamp|epoch|transaction|txn|request|trace|span|session|job|run|reference|ref|barcode|upc|ean|gtin|meter|gauge|station|sensor|device|docket|permit|parcel|asset|firmware|shipment|container|imei|mac|offset|size|bytes|doi|ark|pid|seed|nonce|error|status|code|sequence|seq|revision|rev|patch|release|etag(?: w)?|quote|estimate|bid|rma|waybill|voucher|coupon|requisition)s?(?: (?:no|nr|num|number|numbers|id|ids|code|key|ref))?\s*$/;

/** `homePhone`, `home_phone`, `HOME-PHONE` as words: `home phone`. */
export const wordsOf = (label: string): string =>
  label
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();

/** One text under examination. What detectors find is kept, since some ask what others found nearby. */
export class Page {
  private readonly found = new Map<Detector, readonly Span[]>();
  private readonly labels = new Map<number, string>();
  private lower: string | undefined;

  constructor(readonly text: string) {}

  /** What a detector finds here, looked for once. */
  spansOf(detector: Detector): readonly Span[] {
    let spans = this.found.get(detector);
    if (spans === undefined) {
      spans = detector.find(this);
      this.found.set(detector, spans);
    }
    return spans;
  }

  /** The text in lower case, made once: for looking whether a word occurs at all. */
  get lowered(): string {
    return (this.lower ??= this.text.toLowerCase());
  }

  /** What stands before a place on its line, at most so many characters. */
  before(start: number, characters = reach): string {
    // Cut first: on a line of megabytes its beginning is far to seek.
    const before = this.text.slice(Math.max(0, start - characters), start);
    return before.slice(before.lastIndexOf("\n") + 1);
  }

  /**
   * The words that name a value: its column's header, its key, its tag, or else what stands before it on its line;
   * in lower case, separated by single spaces.
   */
  labelOf(start: number): string {
    let label = this.labels.get(start);
    if (label === undefined) {
      label = this.findLabel(start);
      this.labels.set(start, label);
    }
    return label;
  }

  /** Whether the words before a value, or those in brackets behind it, match. */
  isCalled(span: Span, words: RegExp): boolean {
    if (words.test(this.labelOf(span.start))) return true;
    const behind = /^["'`]?\s*[([]([^()[\]\n]{2,24})[)\]]/.exec(this.text.slice(span.end, span.end + 30));
    return behind?.[1] !== undefined && words.test(wordsOf(behind[1]));
  }

  /** Whether the words right before a value say that it is of something else: an order, a part, a version. */
  isOfOtherThing(start: number): boolean {
    return otherThings.test(this.labelOf(start));
  }

  private findLabel(start: number): string {
    const column = columnAt(this, start);
    if (column !== undefined) return wordsOf(column);
    const before = this.before(start, 2 * reach);
    const match = keyBefore.exec(before) ?? tagBefore.exec(before);
    const words = wordsOf(match?.[1]?.replace(/^\w+:(?=\w)/, "") ?? "");
    if (words !== "" && !generic.test(words)) return words;
    const list = /^[ \t]*(?:- )?["']?$/.test(before) ? this.listLabel(start - before.length) : undefined;
    if (list !== undefined) return wordsOf(list);
    // `name="passport" value="…"`: the key that says nothing is left out.
    const said = match === null || before[match.index] === "<" ? before : before.slice(0, match.index);
    const plain = this.withLineBefore(said.slice(-reach), start).replace(layout, " ");
    return wordsOf(sinceLastValue(plain));
  }

  /** The key of a list, or of a value, that stands alone on its line: `ssns:` above `- …`, or `"ssns": [` above `"…",`. */
  private listLabel(lineStart: number): string | undefined {
    const lines = this.text
      .slice(Math.max(0, lineStart - listReach), lineStart)
      .split(/\r?\n/)
      .slice(0, -1);
    const above = lines.findLast((line) => !/^[ \t]*(?:- )?["']?[\w.+() -]+["']?,?$/.test(line));
    return above === undefined
      ? undefined
      : /([A-Za-z_$][\w .#-]{0,40})["']?[ \t]*[:=][ \t]*\[?[ \t]*$/.exec(above)?.[1];
  }

  /** In markup a label often stands on the line before: `<dt>SSN</dt>` and below it `<dd>`. */
  private withLineBefore(before: string, start: number): string {
    if (!/^\s*(?:<[^<>]*>\s*)+$/.test(before)) return before;
    const lineStart = start - before.length - 1;
    return lineStart <= 0 || this.text.charAt(lineStart) !== "\n"
      ? before
      : `${this.before(lineStart)} ${before}`.replace(/<[^<>]*>/g, " ");
  }
}

/** A number, and what joins it to the next one: both have the label before. */
const joint = /(?:[,&]|\b(?:and|or|to|through|thru))\s+$/;
const joined = /(?<![^\s:=])[^\s:=]*\d{3}\S*\s*$/;

/**
 * A label that another number has taken already is not this one's: "SSN 000-00-0000, order 12345". Numbers that are joined share
 * it: "parts 770-21-4452 and 770-21-4453".
 */
function sinceLastValue(written: string): string {
  const joiner = joint.exec(written);
  const first = joiner === null ? null : joined.exec(written.slice(0, joiner.index));
  const before = first === null ? written : written.slice(0, first.index);
  const rest = /^[^]*\d{4,}([^]*)$/.exec(before)?.[1];
  return rest !== undefined && /\p{L}{2}/u.test(rest) ? rest : before;
}
