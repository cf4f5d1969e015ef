/** Names of persons: next to another finding, or where a label says that it is a person's. */
import type { Page } from "../page";
import { dateOfBirth } from "./date-of-birth";
import { type Detector, type Span, withoutOverlaps } from "./detector";
import { email } from "./email";
import { isFirstName } from "./first-names";
import { iban } from "./iban";
import { firstEndingFrom, isNearAny } from "./nearby";
import { paymentCard } from "./payment-card";
import { phone } from "./phone";
import { streetAddress } from "./street-address";
import { usDrivingLicence } from "./us-driving-licence";
import { usItin } from "./us-itin";
import { usMbi } from "./us-mbi";
import { usPassport } from "./us-passport";
import { usSsn } from "./us-ssn";

/** Each repetition begins with another sign than the one before ends with, so that no text takes long. */
const part =
  "(?:\\p{Lu}[\\p{Ll}\\p{M}]{0,24}['\u2019]?(?:-?\\p{Lu}[\\p{Ll}\\p{M}]{1,24}){0,2}(?<=[\\p{Ll}\\p{M}]))";
/** Two to four capitalised words, the middle ones perhaps initials or particles; or the family name first, with a comma. */
const full = new RegExp(
  `(?<![\\p{L}\\p{N}_.@/-])(${part}),? (?:(?:\\p{Lu}\\.?|de|la|del|van|von|der|da|dos|bin|al|el|${part}) ){0,2}(${part})(?![\\p{L}\\p{N}_@(]|[./-][\\p{L}])`,
  "gu",
);
/** The same in capitals, as records have it. */
const capitals =
  /(?<![\p{L}\p{N}_.@/-])(\p{Lu}{2,24}),? (?:\p{Lu}\.? )?(\p{Lu}[\p{Lu}'\u2019-]{1,24})(?![\p{L}\p{N}_@(]|[./-]\p{L})/gu;
/** One word in a column or under a key for a part of the name. */
const single = new RegExp(`(?<![\\p{L}\\p{N}_.@/-])${part}(?![\\p{L}\\p{N}_@]|[./-][\\p{L}]| \\p{L})`, "gu");

/** The same in capitals, perhaps with a second given name. */
const singleCapitals =
  /(?<![\p{L}\p{N}_.@/'\u2019-])\p{Lu}(?:['\u2019-]{0,2}\p{Lu}){1,24}(?: \p{Lu}{1,24})?(?![\p{L}\p{N}_@'\u2019]|[./-]\p{L}| \p{L})/gu;

/** Labels that only a person has. */
const role =
  /\b(?:patients?|applicants?|claimants?|beneficiar(?:y|ies)|taxpayers?|tax payer|defendants?|plaintiffs?|petitioners?|respondents?|victims?|witness(?:es)?|tenants?|residents?|caregivers?|guardians?|spouses?|insured|cardholders?|card holder|account holder|employees?|citizens?|card ?member|subscriber|next of kin|mother s maiden|maiden)(?: (?:full )?(?:name|is|was))?$/;
const fullName =
  /\b(?:full|legal|customer|contact|person|member|holder|client|user|emergency contact|parent|student|owner|payee|recipient|display|your|first and last|employee|patient|applicant|beneficiary|cardholder|real|birth|maiden)s? names?$|^(?:fn|formatted name)$/;
const partName =
  /\b(?:first|last|middle|given|family|sur|fore|fname|lname|f|l) ?names?$|^(?:surname|fname|lname|forename|given|family|first|last)$/;
const anyName =
  /(?:^|\b)(?:names?|contact|attn|attention|dear|mr|mrs|ms|signed|caller|customer|client|member|student|recipient|owner|holder|person|user|author|from|to|resident|parent|driver|payee|cn|display ?name|attendee cn|organizer cn)$/;

/** Names that stand for nobody. */
const nobody =
  /^(?:jane|john|baby|johnny|richard|joe|jim)\s(?:[a-z]\.?\s)?doe$|^doe,?\s(?:jane|john)|\b(?:test|sample|example|dummy|placeholder|foo|bar)\b|^(?:jane|john|richard|mary)\sroe$|^(?:joe|jane|john|mary)\s(?:public|bloggs|sixpack)$|^(?:first|last|full|your)\sname$|^doe$/i;

/** A header's own words, and a test's. */
const noPart =
  /name$|^(?:test|sample|jane|john|doe|first|last|middle|given|family|surname|mbi|itin|ein|iban|pan|mrn|sex|city|age)$/i;

/** Words that begin with a capital and are of an office, a place, a thing, or begin a sentence. */
const notNames =
  /\b(?:inc|llc|ltd|corp|corporation|company|department|dept|agency|office|service|services|bureau|commission|authority|board|council|committee|institute|university|college|school|hospital|clinic|bank|insurance|street|avenue|road|lane|drive|boulevard|court|place|county|city|state|states|river|creek|lake|mountain|valley|park|bridge|station|north|south|east|west|social|security|medicare|medicaid|passport|license|licence|driver|number|phone|email|address|date|birth|name|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|june|july|september|october|november|december|national|federal|public|health|human|resources|customer|support|data|privacy|policy|system|systems|software|version|release|project|report|section|chapter|table|figure|form|id|the|this|that|please|contact|call|see|dear|thank|thanks|regards|sincerely|hello|best|new|york|san|los|santa|united|america|american|internal|revenue|treasury|administration|flood|formula|apache|mit|gnu|open|source|foundation|visa|master|card|account|order|invoice|payment|credit|debit|tax|record|records|case|file|patient|applicant|employee|claimant|beneficiary|taxpayer|member|client|his|her|my|our|your|home|work|cell|mobile|primary|secondary|emergency|team|group|note|notes|born|lives|received|updated|created|from|to|subject|ip|dob|ssn|zip|apt|suite|unit|ref|type|status|code|value|total|amount|true|false|null|none|select|insert|create|update|delete|merge|into|where|when|then|matched|values)\b/i;

/** A city and its state; some have the names of persons. */
const place =
  /,\s+(?:alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|ohio|oklahoma|oregon|pennsylvania|tennessee|texas|utah|vermont|virginia|washington|wisconsin|wyoming)$/i;

const neighbours = [
  usSsn,
  usItin,
  usMbi,
  usPassport,
  usDrivingLicence,
  paymentCard,
  iban,
  phone,
  email,
  dateOfBirth,
  streetAddress,
];
/** E-mail addresses stand next to names of authors and projects alike. */
const strong = neighbours.filter((detector) => detector !== email);

const isNear = (page: Page, span: Span, detectors: readonly Detector[]): boolean =>
  detectors.some((detector) => isNearAny(page, span, page.spansOf(detector)));

function isFullName(page: Page, span: Span, written: string, first: string, last: string): boolean {
  if (nobody.test(written) || notNames.test(written) || place.test(written)) return false;
  const label = page.labelOf(span.start);
  if (role.test(label)) return true;
  const known = isFirstName(first) || (written.includes(",") && isFirstName(last));
  const behind = page.text.slice(span.end, span.end + 40);
  const lead = /^["']?\s*[<(](?:mailto:)?(?=\S+@)/.exec(behind)?.[0].length;
  if (lead !== undefined) return page.spansOf(email).some(({ start }) => start === span.end + lead);
  if (fullName.test(label)) return isNear(page, span, neighbours);
  if (anyName.test(label))
    return isNear(page, span, known || isListed(page, span, label) ? neighbours : strong);
  return (known && isNear(page, span, neighbours)) || isBesideNumber(page, span);
}

/** What may stand between a name and the number of its bearer: punctuation, and what the number is called. */
const between =
  /^[\s,;:|()"'#\u2013-]{0,6}(?:(?:his|her|their|with|has|ssn|social security|itin|mbi|medicare|dob|born|date of birth|passport|licen[cs]e|dl)\b[\s:#.]*(?:(?:is|no|number|num|on|of|in|id)\b[\s:#.]*){0,2}){0,2}[\s:#,(]{0,3}$/i;

/** Numbers and dates that each belong to one person. */
const identities = [usSsn, usItin, usMbi, usPassport, usDrivingLicence, dateOfBirth];

/** How far behind a name its bearer's number may stand, and how far before it, in characters. */
const besideReach = 48;
const afterReach = 3;

/** Whether somebody's own number stands right beside: then two capitalised words are a name, however rare. */
function isBesideNumber(page: Page, { start, end }: Span): boolean {
  return identities.some((detector) => {
    const numbers = page.spansOf(detector);
    const at = firstEndingFrom(numbers, start - afterReach);
    return numbers.slice(at, at + 2).some((number) => {
      const [from, to] = number.end <= start ? [number.end, start] : [end, number.start];
      return to >= from && to - from <= besideReach && isGap(page.text.slice(from, to));
    });
  });
}

const isGap = (text: string): boolean => !text.includes("\n") && between.test(text);

/** A row of a list of persons has name and e-mail address on one line; what says who made a program has two. */
function isListed(page: Page, span: Span, label: string): boolean {
  const line = page.text.slice(span.end, span.end + 120).split("\n")[0] ?? "";
  return label === "name" && /^["']?[,;\t|]\s*["']?[^,;\t|]*@/.test(line);
}

function namesBy(expression: RegExp, page: Page): Span[] {
  const found: Span[] = [];
  expression.lastIndex = 0;
  for (let match = expression.exec(page.text); match !== null; match = expression.exec(page.text)) {
    const [written, first = "", last = ""] = match;
    const span = { start: match.index, end: match.index + written.length };
    if (isFullName(page, span, written, first, last)) found.push(span);
    // "Contact Maria Lopez": the name may begin with the second word.
    else expression.lastIndex = match.index + first.length;
  }
  return found;
}

/** In capitals, a header's other words look like names: `LNAME,FNAME,SSN`. */
const isPart = (written: string): boolean =>
  !noPart.test(written) && (written !== written.toUpperCase() || !notNames.test(written));

function partsOfNames(page: Page): Span[] {
  if (!/name|first|last|given|family/.test(page.lowered)) return [];
  return [single, singleCapitals]
    .flatMap((expression) =>
      Array.from(page.text.matchAll(expression), ({ index, 0: written }) => ({
        start: index,
        end: index + written.length,
      })),
    )
    .filter((span) => partName.test(page.labelOf(span.start)))
    .filter(({ start, end }) => isPart(page.text.slice(start, end)))
    .filter((span) => isNear(page, span, neighbours));
}

/** Names of persons. */
export const personName: Detector = {
  rule: "person-name",
  severity: "medium",
  remedy: "Take the person's name out of the commit; tests can use Jane Doe.",
  find: (page) => {
    const speaksOfNobody = neighbours.every((detector) => page.spansOf(detector).length === 0);
    if (speaksOfNobody && !hasRole(page)) return [];
    return withoutOverlaps([...namesBy(full, page), ...namesBy(capitals, page), ...partsOfNames(page)]);
  },
};

const roleHint = new RegExp(role.source.replace("(?: (?:full )?(?:name|is|was))?$", ""));
const hasRole = (page: Page): boolean => roleHint.test(page.lowered);
