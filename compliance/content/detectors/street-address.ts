/** Street addresses of the US: a house number, a street's name and its suffix (USPS Publication 28). */
import type { Page } from "../page";
import { type Detector, type Span, isFreeBefore } from "./detector";

/** Suffixes that hardly mean anything else. */
const sure =
  "Street|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Parkway|Pkwy|Terrace|Terr|Highway|Hwy|Turnpike|Cir|Expressway|Expy|Freeway|Fwy";
/** Suffixes that are words, or titles, as well: more must speak for them. */
const unsure =
  "St|Dr|Drive|Ct|Court|Pl|Place|Way|Circle|Trail|Trl|Ter|Loop|Run|Pass|Path|Pike|Plaza|Plz|Square|Sq|Alley|Aly|Row|Walk|Park|Point|Pt|Ridge|Hill|Crossing|Xing|Cove|Cv|Bend|Commons|Crescent|Cres|Glen|Grove|Heights|Hollow|Landing|Manor|Meadows|Mews|Mill|Oval|Trace|View|Vista";

const direction = "(?:[NSEW]|N[EW]|S[EW]|North|South|East|West|Northeast|Northwest|Southeast|Southwest)\\.?";
const nameWord = "(?:\\p{Lu}[\\p{L}'\u2019-]*\\.?|\\d{1,3}(?:st|nd|rd|th|ST|ND|RD|TH))";
const written = new RegExp(
  `(?<![\\p{L}\\p{N}.$#/:-]|(?<!\\d)\\d{1,3},)\\d{1,6}(?:-\\d{1,4}|[A-Z]|\\u00bd| 1/2)? (?:${direction} )?(?:${nameWord} ){1,4}?(?:(${sure})|(${unsure}))(?![\\p{L}\\p{N}])\\.?(?: ${direction}(?![\\p{L}]))?`,
  "gu",
);
const anyCase = new RegExp(written.source.replaceAll("\\p{Lu}", "\\p{L}"), "giu");

const label =
  /\b(?:address|addr|street|residence|resides?|lives?|living|home|mailing|ship to|deliver(?:ed)? to|domicile|located|apartment|moved to|property|(?:line|addr|address) ?[12])\b/;

/** What follows a street: a flat, or a city with its state or ZIP code. */
const follows =
  /^["']?,?\s*(?:(?:apt|apartment|unit|suite|ste|fl|floor|rm|room|#)\.?\s*#?\s*[\w-]{1,6}|(?:[\p{Lu}][\p{L}.'-]*[ ,]+){1,4}["',\s]*[A-Z]{2}\b|["',\s]{0,4}\d{5}(?:-\d{4})?\b|,\s*\p{Lu}[\p{L}]+)/iu;

/** Addresses of forms and films. */
const madeUp =
  /^(?:123|1234|111|1|100|999|0+|12345) (?:main|any|anywhere|fake|example|test|sample|elm|first|some|street|my|your|oak|maple)\b|\b(?:any ?street|anywhere|any ?town|example|sample|fake|test|your|dummy|placeholder|evergreen terrace)\b/i;
const madeUpCity =
  /^["',\s]*(?:[\w #.]{1,12},\s*)?(?:any ?(?:town|city|ville|where)|sample ?(?:town|city|ville)|example|test ?(?:town|city|ville))/i;

/** Years and counts before words that are a suffix, too: "2019 Supreme Court". */
const prose =
  /^\d+ (?:the|a|an|in|of|and|or|to|from|minutes?|hours?|days?|miles?|years?|percent|new|federal|supreme|district|state|united|superior|appeals|national)\b/i;

function isMeant(page: Page, span: Span, value: string, isSure: boolean): boolean {
  if (!isFreeBefore(page.text, span.start) || prose.test(value) || madeUp.test(value)) return false;
  const after = page.text.slice(span.end, span.end + 60);
  if (madeUpCity.test(after)) return false;
  if (label.test(page.labelOf(span.start)) || follows.test(after)) return true;
  return isSure;
}

/** US street addresses. */
export const streetAddress: Detector = {
  rule: "street-address",
  severity: "medium",
  remedy: "Take the street address out of the commit; tests can use 123 Main Street, Anytown.",
  find: (page) => {
    const found: Span[] = [];
    for (const match of page.text.matchAll(written)) {
      const value = match[0];
      const span = { start: match.index, end: match.index + value.length };
      if (isMeant(page, span, value, match[1] !== undefined)) found.push(span);
    }
    if (!/addr|street|reside/.test(page.lowered)) return found;
    for (const match of page.text.matchAll(anyCase)) {
      const value = match[0];
      const span = { start: match.index, end: match.index + value.length };
      const isNew = found.every(({ start, end }) => end <= span.start || span.end <= start);
      const isLabelled =
        /\b(?:address|addr|street|residence|line 1|address line|address1)(?: (?:line )?\d?)?$/.test(
          page.labelOf(span.start),
        );
      if (isNew && isLabelled && isMeant(page, span, value, true)) found.push(span);
    }
    return found.sort((a, b) => a.start - b.start);
  },
};
