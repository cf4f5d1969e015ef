/** E-mail addresses of persons (RFC 5322), but not those of functions (RFC 2142) and of examples (RFC 2606, 6761). */
import type { Page } from "../page";
import type { Detector, Span } from "./detector";

const localSign = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const domain =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(\p{L}{2,24}|xn--[a-z0-9-]{2,20})(?![\p{L}\p{N}]|[-.@]\p{N}|\()/u;

/** The longest part before the `@` (RFC 5321). */
const longestLocal = 64;

/** Mailboxes of functions, by RFC 2142 and common use: nobody's own. */
const functions =
  /^(?:info|marketing|sales|support|abuse|noc|security|postmaster|hostmaster|usenet|news|webmaster|www|uucp|ftp|admin|administrator|root|help|helpdesk|contact|contactus|office|press|media|jobs|careers|billing|feedback|hello|team|service|services|customerservice|git|hg|svn|no-?reply|donotreply|do-not-reply|do_not_reply|mailer-daemon|daemon|bounces?|notifications?|alerts?|newsletter|subscribe|unsubscribe|privacy|legal|compliance|ops|devops|dev|oss|opensource|bot|ci|build|builds|user|username|you|your|yourname|your\.name|your\.email|youremail|name|someone|somebody|anyone|nobody|foo|bar|baz|test|tester|testuser|test\.user|example|email|me|first\.last|firstname\.lastname|jane\.?doe|john\.?doe|j\.?doe|docs|documentation|enquir(?:y|ies)|inquir(?:y|ies)|general|reception|permits?|licensing|benefits|intake|records|clerk|court|elections|planning|inspections|taxes|finance|accounting|accounts|payroll|procurement|purchasing|claims|payments|orders|returns|shipping|bookings?|reservations|events|training|registrar|registration|admissions|membership|volunteers?|library|foia|pio|ombudsman|ethics|fraud|safety|dispatch|hr|it|servicedesk|engineering|research|maintainers?|monitoring|mail)$/i;

/** A function's name before or behind a hyphen: `docs-team@`, `security-announce@`. */
const functionGroup =
  /(?:^|[-_])(?:team|support|desk|helpdesk|office|list|group|announce|noreply|alerts|security)$/i;

/** Names that belong to nobody, or to no public network. */
const unownedDomain =
  /(?:^|\.)(?:example|test|invalid|localhost|local|internal|lan|intranet|home|corp|arpa|localdomain)$|(?:^|\.)example\.[a-z.]{2,6}$|(?:^|\.)(?:noreply|no-reply)\.|^(?:your|my|some)-?(?:domain|company|org|agency|site)\.|^(?:domain|company|foo|bar|host|server|mail|email)\.(?:com|org|net|tld)$/i;

/** What ends in these is a file, or code. */
const files =
  /^(?:png|jpe?g|gif|svg|webp|ico|css|scss|less|js|mjs|cjs|jsx|ts|tsx|json|html?|xml|ya?ml|md|txt|csv|pdf|zip|gz|tar|tgz|whl|jar|so|dll|exe|py|rb|rs|go|java|kt|c|cc|cpp|h|hpp|sh|service|socket|timer|target|mount|lock|map|min|src|prototype|length|get|set|class|override|component|param|return)$/i;

/** A copyright notice names its owner, and must be kept as it is. */
const notice = /\bcopyright\b|\(c\) ?\d{4}|\u00a9/i;

/** Where the local part begins that ends before an `@`. */
function localStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start <= longestLocal && localSign.test(text.charAt(start - 1))) start -= 1;
  // Signs that are allowed, but are of what stands around it: `mailto=x@y`, `'x@y'`, `/x@y`, `?user=x@y`.
  const written = text.slice(start, at);
  const lead = /^.*(?:[=/?&'`|{}*#!$^]|%3[Dd]|%20)/.exec(written)?.[0].length ?? 0;
  const plain = written.slice(lead).replace(/^[.\-+_~]+/, "");
  return at - plain.length;
}

function isPersons(local: string, host: string, page: Page, span: Span): boolean {
  if (local === "" || local.length > longestLocal || local.endsWith(".") || local.includes(".."))
    return false;
  const name = local.replace(/\+.*$/, "");
  if (functions.test(name) || functionGroup.test(name) || unownedDomain.test(host)) return false;
  // user:password@host is no address, and the identifier of a message, or of an event, is not a person's.
  if (/\/\/[^\s/]*:$/.test(page.before(span.start, 80)) || /:\/\/$/.test(page.before(span.start, 3)))
    return false;
  if (notice.test(page.before(span.start, 200))) return false;
  return !/^\s*(?:message-id|references|in-reply-to|content-id|uid)\s*:/i.test(page.before(span.start, 200));
}

/** E-mail addresses of persons. */
export const email: Detector = {
  rule: "email",
  severity: "medium",
  remedy: "Take the e-mail address out of the commit; tests can use one at example.com.",
  find: (page) => {
    const { text } = page;
    const found: Span[] = [];
    for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
      const match = domain.exec(text.slice(at + 1, at + 260));
      if (match === null || files.test(match[1] ?? "")) continue;
      const start = localStart(text, at);
      const escaped = /^[nrt]/.test(text.slice(start)) && text.charAt(start - 1) === "\\";
      const span = { start: escaped ? start + 1 : start, end: at + 1 + match[0].length };
      if (isPersons(text.slice(span.start, at), match[0], page, span)) found.push(span);
    }
    return found;
  },
};
