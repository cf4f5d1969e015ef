/** Phone numbers: the North American plan as NANPA gives them out, and others by libphonenumber's data. */
import { isValidPhoneNumber } from "libphonenumber-js/max";
import type { Page } from "../page";
import { type Detector, type Span, digitsOf, isFreeAfter, isFreeBefore, isMadeUp, matches } from "./detector";

/** Ten digits of the North American plan, with what may stand before and between them. */
const american =
  /(?:\+?1[ .\u00a0-]?)?(?:\([2-9]\d{2}\)|(?<!\d)[2-9]\d{2}|(?<=\+?1)[2-9]\d{2})[ .\u00a0/\u2010-\u2014-]{0,2}[2-9]\d{2}[ .\u00a0\u2010-\u2014-]?\d{4}(?!\d)/g;

/** With a plus and a country's code. */
const international = /\+(?!1[ .(-]?\(?[2-9]\d\d)[1-9]\d{0,2}(?:[ .\u00a0-]{0,2}\(?\d{1,5}\)?){1,7}/g;

/** Seven digits of a local call. */
const local = /(?<!\d|\d[ .-])[2-9]\d{2}[-.]\d{4}(?!\d)/g;

const word =
  /\b(?:phones?|telephone|tel|mobile|cell|cellular|cellphone|fax|sms|voice ?mail|whats ?app|ph|mob|landline|contact (?:no|num|number)|callback|call back|hotline|emergency contact)\b|\b(?:home|work)$|\b(?:calls?|called|calling|text|ring|dial|reach|reached)(?: \w+){0,3}$|phone|mobile/;

/** What the number of somebody's file is called: it is no number to call, though it may be grouped like one. */
const numbered =
  /\b(?:customer|client|claim|case|account|acct|member|file|policy|che(?:ck|que)|chart|record|patient|applicant|voter|student|registration|application|certificate|contract|loan|badge|plate|employee|emp|license|licen[cs]e|property|tax|document|doc|form) (?:no|nr|num|number|numbers|id|ids|code)$/;

/** Numbers for calls without charge are offices', not a person's. */
const tollFree = /^8(?:00|33|44|55|66|77|88)/;

/** Numbers that are kept for fiction, or answer for the network: 555-01xx, 555-1212; Ofcom's for drama. */
const americanFiction = /^\d{3}555(?:01\d\d|1212)$/;
const britishFiction =
  /^440?(?:1(?:1[3-8]|[2-6]1)4960|2079460|1914980|2896496|2920180|1632960|7700900|8081570|9098790|3069990)/;

/** The largest numbers of 32 bits have ten digits, too. */
const limits = new Set(["2147483647", "2147483648", "4294967295", "4294967296"]);

/** Whether ten digits follow the plan: area and exchange begin with 2 to 9 and are no service code such as 911. */
export const isAmerican = (digits: string): boolean =>
  /^[2-9](?!11|9)\d\d[2-9](?!11)\d\d\d{4}$/.test(digits) &&
  !americanFiction.test(digits) &&
  !isMadeUp(digits) &&
  !tollFree.test(digits);

function isMeant(page: Page, written: string, span: Span): boolean {
  const digits = digitsOf(written).slice(-10);
  if (!isAmerican(digits) || limits.has(written)) return false;
  if (/^\d+$/.test(written) && page.text.charAt(span.start - 1) === "-") return false;
  if (page.isCalled(span, word)) return true;
  if (page.isOfOtherThing(span.start) || numbered.test(page.labelOf(span.start))) return false;
  if (written.includes("(") || written.startsWith("+1")) return true;
  const isGrouped = /\d[.\u2010-\u2014-]\d{3}[.\u2010-\u2014-]\d{4}$/.test(written);
  return isGrouped && isValidPhoneNumber(digits, "US");
}

/** A bracket may stand before the number, and nothing that makes it part of another. */
const standsFree = (text: string, { start, end }: Span): boolean =>
  isFreeBefore(text, start) && isFreeAfter(text, end) && !/[_/&?#]/.test(text.charAt(start - 1));

/** Phone numbers. */
export const phone: Detector = {
  rule: "phone",
  severity: "medium",
  remedy: "Take the phone number out of the commit; tests can use one such as 202-555-0143.",
  find: (page) => {
    const { text } = page;
    const found = Array.from(text.matchAll(american), ({ index, 0: written }) => ({
      start: index,
      end: index + written.length,
    })).filter((span) => standsFree(text, span) && isMeant(page, text.slice(span.start, span.end), span));
    const abroad = !text.includes("+")
      ? []
      : matches(text, international, (written, span) => {
          if (page.isOfOtherThing(span.start) || britishFiction.test(digitsOf(written))) return false;
          return digitsOf(written).length >= 8 && isValidPhoneNumber(written);
        });
    const near = !word.test(page.lowered)
      ? []
      : matches(text, local, (written, span) => {
          const digits = digitsOf(written);
          return (
            !/^(?:555|[2-9]11)/.test(digits) &&
            !isMadeUp(digits) &&
            /(?:phone|tel|mobile|cell|call)(?: (?:no|number|home|work))?$/.test(page.labelOf(span.start))
          );
        });
    return [...found, ...abroad, ...near].sort((a, b) => a.start - b.start);
  },
};
