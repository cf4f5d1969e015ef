/** IP addresses of somebody's machine: public ones, by the special-purpose registries of IANA (RFC 6890). */
import { BlockList, isIPv6 } from "node:net";
import type { Page } from "../page";
import { type Detector, type Span, isFreeBefore } from "./detector";

const four = /(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d]|\.\d)/g;
const six = /(?<![\w:.])[23][0-9a-f]{3}:[0-9a-f:]{2,35}[0-9a-f:](?![\w:])/gi;

const special = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  special.addSubnet(network, prefix);
}
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  special.addSubnet(network, prefix, "ipv6");
}

/** Resolvers that anybody uses: they point at nobody. */
const resolvers = new Set(
  (
    "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220 " +
    "2001:4860:4860::8888 2001:4860:4860::8844 2606:4700:4700::1111 2606:4700:4700::1001 2620:fe::fe"
  ).split(" "),
);

const word =
  /\b(?:ips?|ip address|ipv4|ipv6|addr|address|host|hosts|client|remote|from|peer|login|logged in|forwarded for|src|source ip|visitor|user|connection|connect|server)\b/;
const version =
  /\b(?:v|version|versions|ver|release|rev|revision|build|section|chapter|clause|oid|assembly|firmware|driver|package|dependency|file version|product version|upgrade|upgraded|update|updated)\b/;

/** Whether four numbers are a version, a section or an object identifier, which are written the same. */
function isVersion(page: Page, written: string, span: Span): boolean {
  const before = page.before(span.start, 40);
  if (/@$/.test(before)) return Math.max(...written.split(".").map(Number)) < 40;
  if (/(?:\bv|[\w)]\/|==|~=|>=|<=|\^|~|[A-Za-z][_-])$/i.test(before)) return true;
  const label = page.labelOf(span.start);
  if (version.test(label)) return true;
  return Math.max(...written.split(".").map(Number)) < 40 && !word.test(label);
}

function isFour(page: Page, written: string, span: Span): boolean {
  const numbers = written.split(".");
  if (numbers.some((number) => Number(number) > 255 || /^0\d/.test(number))) return false;
  if (special.check(written) || resolvers.has(written) || !isFreeBefore(page.text, span.start)) return false;
  // A whole network is nobody's address.
  if (/^\/(?:\d|[12]\d|3[01])(?!\d)/.test(page.text.slice(span.end, span.end + 4))) return false;
  if (/^[-+][\w]/.test(page.text.slice(span.end, span.end + 2))) return false;
  return numbers[0] !== "0" && !isVersion(page, written, span);
}

function isSix(page: Page, written: string, span: Span): boolean {
  if (!isIPv6(written) || resolvers.has(written.toLowerCase())) return false;
  return !special.check(written, "ipv6") && !/^\/\d/.test(page.text.slice(span.end, span.end + 2));
}

/** Public IP addresses. */
export const ipAddress: Detector = {
  rule: "ip-address",
  severity: "low",
  remedy: "Take the IP address out of the commit; tests can use one of 192.0.2.0/24 or 2001:db8::/32.",
  find: (page) => {
    const found: Span[] = [];
    for (const [expression, accept] of [
      [four, isFour],
      [six, isSix],
    ] as const) {
      for (const match of page.text.matchAll(expression)) {
        const span = { start: match.index, end: match.index + match[0].length };
        if (accept(page, match[0], span)) found.push(span);
      }
    }
    return found.sort((a, b) => a.start - b.start);
  },
};
