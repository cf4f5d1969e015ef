/** Dates of birth: a date that is called one. */
import { type Detector, isFreeAfter, isFreeBefore } from "./detector";

const month = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\\.?";

/** Dates as they are written in the US, in Europe, by ISO 8601, and in words. */
const date = new RegExp(
  [
    "(?<y1>\\d{4})([-/.])(?<m1>\\d{1,2})\\2(?<d1>\\d{1,2})",
    "(?<m2>\\d{1,2})([-/.])(?<d2>\\d{1,2})\\6(?<y2>\\d{4}|\\d{2})",
    "(?<y3>(?:19|20)\\d{2})(?<m3>\\d{2})(?<d3>\\d{2})",
    "(?<m6>\\d{2})(?<d6>\\d{2})(?<y6>(?:19|20)\\d{2})",
    `(?<m4>${month}) (?<d4>\\d{1,2})(?:st|nd|rd|th)?,? (?<y4>\\d{4})`,
    `(?<d5>\\d{1,2})(?:st|nd|rd|th)?[ -](?:of )?(?<m5>${month}),?[ -](?<y5>\\d{4}|\\d{2})`,
  ].join("|"),
  "gi",
);

const word =
  /\b(?:dob|d o b|date of birth|birth ?dates?|birthdays?|birth day|bday|born(?: on)?|birth dt|dt of birth|date birth|birth ?time|birth|fecha de nacimiento|nacid[oa]|geburtsdatum|geboren|geb|date de naissance|née? le)(?: (?:is|was|of|on|am|el|mm dd yyyy|yyyy mm dd|mm dd yy|dd mm yyyy|date|value|iso|str|string|text|patient|applicant|the|a))*$/;
const hint = /birth|dob|d\.o\.b|d\.\s?o\.\s?b|born|bday|naci|geb|naissance|née? le/;

/** Dates that stand for none. */
const placeholders = new Set(["1900-1-1", "1970-1-1", "1111-11-11", "1901-1-1", "2000-0-0"]);

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const monthOf = (written: string): number =>
  /^\d+$/.test(written) ? Number(written) : months.indexOf(written.slice(0, 3).toLowerCase()) + 1;

/** Whether somebody alive, or not long dead, can be born on it. */
function canBeBorn(parts: Readonly<Record<string, string | undefined>>): boolean {
  const of = (part: string): string =>
    Object.entries(parts).find(([name, value]) => name.startsWith(part) && value !== undefined)?.[1] ?? "";
  const written = Number(of("y"));
  const year = of("y").length === 2 ? 1900 + written : written;
  const [one, other] = [monthOf(of("m")), Number(of("d"))];
  const [mm, dd] = one > 12 ? [other, one] : [one, other];
  if (placeholders.has(`${year}-${mm}-${dd}`)) return false;
  const day = new Date(Date.UTC(year, mm - 1, dd));
  return (
    year >= 1890 && day.getTime() <= Date.now() && day.getUTCMonth() === mm - 1 && day.getUTCDate() === dd
  );
}

/** Dates of birth in context. */
export const dateOfBirth: Detector = {
  rule: "date-of-birth",
  severity: "medium",
  remedy: "Take the date of birth out of the commit; tests can use 1900-01-01.",
  find: (page) => {
    if (!hint.test(page.lowered)) return [];
    return Array.from(page.text.matchAll(date))
      .map((match) => ({ start: match.index, end: match.index + match[0].length, parts: match.groups ?? {} }))
      .filter(
        (span) =>
          isFreeBefore(page.text, span.start) &&
          (isFreeAfter(page.text, span.end) || /^T\d\d:/.test(page.text.slice(span.end))) &&
          page.isCalled(span, word) &&
          canBeBorn(span.parts),
      )
      .map(({ start, end }) => ({ start, end }));
  },
};
