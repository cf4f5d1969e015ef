/** Precise coordinates next to a person: four decimals of a degree are eleven metres, which is a house. */
import { type Detector, type Span, isFreeAfter, isFreeBefore } from "./detector";
import { dateOfBirth } from "./date-of-birth";
import { email } from "./email";
import { areNear, areOnOneLine, isNearAny } from "./nearby";
import { personName } from "./person-name";
import { phone } from "./phone";
import { streetAddress } from "./street-address";
import { usMbi } from "./us-mbi";
import { usSsn } from "./us-ssn";

/** A latitude, what may stand between, and a longitude. */
const pair =
  /(?<![\d.])([-+]?\d{1,2}\.\d{4,15})\u00b0?\s?[NS]?(?:["']?\s*[,;/|\t ]\s*(?:["'{]?\s*(?:lon|lng|long|longitude)["']?\s*[:=]\s*)?["']?|<\/\w+>\s*<\w+>)([-+]?\d{1,3}\.\d{4,15})(?![\d.])/gi;

/** What says on the line that somebody is, or lives, there. */
const person =
  /\b(?:home|residence|resident|resides|lives|living|patient|applicant|client|caller|subject|victim|claimant|witness|employee|customer|household|tenant|suspect|passenger|user|driver|person|his|her|she|he|last seen|citizen|citizens|beneficiary)\b/i;

/** What says on the line that something else is there; then the line itself must speak of a person. */
const thing =
  /\b(?:gauges?|stations?|sensors?|epicenters?|epicentres?|wells?|buoys?|towers?|antennas?|dams?)\b/i;

/** What a record calls them; without such a word a line of its own is of nobody above it. */
const called = /\b(?:lat|latitude|coord|coords|coordinates?|location|position|geo|gps|point|home)\b/i;

const neighbours = [personName, usSsn, usMbi, phone, email, dateOfBirth, streetAddress];

/** Precise coordinates next to a person. */
export const coordinates: Detector = {
  rule: "coordinates",
  severity: "medium",
  remedy: "Round the coordinates to two decimals, or take them out of the commit.",
  find: (page) => {
    const found: Span[] = [];
    for (const match of page.text.matchAll(pair)) {
      const [latitude, longitude] = [Number(match[1]), Number(match[2])];
      const span = { start: match.index, end: match.index + match[0].length };
      if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180 || (latitude === 0 && longitude === 0))
        continue;
      if (!isFreeBefore(page.text, span.start) && !/[-+]/.test(match[0].charAt(0))) continue;
      if (!isFreeAfter(page.text, span.end)) continue;
      const behind = page.text.slice(span.start, span.end + 80).split("\n")[0] ?? "";
      const line = `${page.before(span.start, 160)}${behind}`.replaceAll("_", " ");
      const near = called.test(line) ? areNear : areOnOneLine;
      const isNear = (): boolean =>
        neighbours.some((detector) => isNearAny(page, span, page.spansOf(detector), near));
      if (person.test(line) || (!thing.test(line) && isNear())) found.push(span);
    }
    return found;
  },
};
