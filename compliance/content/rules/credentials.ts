/** Secrets that the recommended preset passes over, as rules of secretlint: keys of all kinds, signed tokens, passwords of logins. */
import type { SecretLintRuleCreator } from "@secretlint/types";
import { type Kind, type Span, matching, ruleOf } from "./kind";
import { isPassword, placeholder } from "./literals";

/** Hosts that nobody else reaches, and those of examples (RFC 2606, 6761). */
const nowhere =
  /^(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0|host(?:name)?|server|(?:.*\.)?(?:example(?:\.\w{2,6})?|test|invalid|localhost))$/i;

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString("latin1");

/** The beginning of a key (RFC 7468, RFC 4716, OpenPGP's armour), whatever its algorithm, also an encrypted one. */
const keyBegins = /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;

/** How far a key's end is looked for, and the least of it that is a key: Ed25519's has 64 signs. In characters. */
const longestKey = 20_000;
const shortestKey = 56;

function* privateKeys(text: string): Generator<Span> {
  for (const match of text.matchAll(keyBegins)) {
    const from = match.index + match[0].length;
    const rest = text.slice(from, from + longestKey);
    // What begins before it ended was none; and a text of nothing but beginnings takes no time.
    const end = rest.indexOf("-----");
    const written = end === -1 ? rest.slice(0, 4000) : rest.slice(0, end);
    // In a program's text its lines may be quoted and joined; before it may stand headers, such as `Proc-Type`.
    const body = written.replace(/^[A-Za-z-]+: .*$/gm, "").replace(/\\[nrt]|[\s"'`+,;|\\]/g, "");
    const key = /^[A-Za-z0-9+/=]*/.exec(body)?.[0] ?? "";
    if (key.length >= shortestKey && new Set(key).size > 12)
      yield { start: match.index, end: from + (end === -1 ? 0 : end) };
  }
  // As members of a Kubernetes Secret are written: `-----BEGIN` in base64.
  yield* matching(
    text,
    /(?<![A-Za-z0-9+/])(LS0tLS1CRUdJTi[A-Za-z0-9+/]{100,20000})={0,2}/g,
    (key) => [...privateKeys(decoded(key))].length > 0,
  );
  yield* matching(text, /^PuTTY-User-Key-File-\d: [\w-]+\r?$(?=[^]{0,4000}^Private-Lines: \d)/gm);
}

/** A JSON web token with a signature (RFC 7519), but not the one that the format's own site shows. */
const isToken = (header: string, payload: string): boolean =>
  /"alg"\s*:/.test(decoded(header)) && !/"sub"\s*:\s*"1234567890"/.test(decoded(payload));

/** `user:password` in base64, as HTTP's basic scheme (RFC 7617) and docker's logins have it. */
function isLogin(base64: string): boolean {
  const [, user, password] = /^([\x20-\x7e]+?):([\x20-\x7e]+)$/.exec(decoded(base64)) ?? [];
  return user !== undefined && password !== undefined && isPassword(password);
}

const isOpaque = (token: string): boolean => /\d/.test(token) && /[A-Za-z]/.test(token);

const kinds: readonly Kind[] = [
  {
    rule: "secret-privatekey",
    hints: ["PRIVATE KEY", "LS0tLS1CRUdJTi", "PuTTY-User-Key-File"],
    find: privateKeys,
  },
  {
    rule: "secret-jwt",
    hints: ["eyJ"],
    find: (text) =>
      matching(
        text,
        /(?<![\w-])(eyJ[\w-]{10,2000})\.(eyJ[\w-]{10,8000})\.[\w-]{20,2000}(?![\w-])/g,
        (header, payload) => isToken(header, payload),
      ),
  },
  {
    rule: "secret-authorization",
    hints: ["uthorization", "UTHORIZATION"],
    find: (text) =>
      matching(
        text,
        /\bauthorization["']?\s{0,3}[:=,]\s{0,3}["'`]?(?:basic +([A-Za-z0-9+/]{8,400}={0,2})|bearer +([\w.~+/-]{24,4000})(?![\w.~+/-]))/gi,
        (login, token) => (login === "" ? isOpaque(token) && !placeholder.test(token) : isLogin(login)),
      ),
  },
  {
    rule: "secret-authorization",
    hints: ['"auth"'],
    find: (text) => matching(text, /"auth"\s*:\s*"([A-Za-z0-9+/]{8,400}={0,2})"/g, (login) => isLogin(login)),
  },
  {
    // Of http and ftp, the preset has a rule.
    rule: "secret-connection-string",
    hints: ["://"],
    find: (text) =>
      matching(
        text,
        /:\/\/[^\s/:@"'<>]{0,64}:([^\s/@"'<>`]{1,128})@([\w.-]+)(?<=\b(?!https?:|s?ftps?:)[a-z][a-z\d+.-]{1,20}:\/\/[^\s/@]{1,200}@[\w.-]{1,100})/gi,
        (password, host) => isPassword(password) && !nowhere.test(host),
      ),
  },
  {
    rule: "secret-connection-string",
    hints: ["jdbc:"],
    find: (text) =>
      matching(text, /(?<=\bjdbc:[^\s"'<>]{4,300}[?;&])(?:password|pwd)=([^\s"'<>;&]{1,128})/gi, (password) =>
        isPassword(password),
      ),
  },
  {
    rule: "secret-connection-string",
    hints: ["assword=", "assword =", "wd=", "PASSWORD=", "WD="],
    find: (text) =>
      matching(
        text,
        /(?<=\b(?:server|data source|host|addr(?:ess)?)\s?=[^\n"'<>]{1,300};\s?)(?:password|pwd)\s?=\s?([^\s"'<>;]{1,128})/gi,
        (password) => isPassword(password),
      ),
  },
  {
    rule: "secret-connection-string",
    hints: ["AccountKey=", "SharedAccessKey="],
    find: (text) => matching(text, /\b(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{42,86}={1,2}/g),
  },
  {
    rule: "secret-connection-string",
    hints: ["machine "],
    find: (text) =>
      matching(text, /\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)/g, (password) => isPassword(password)),
  },
  {
    rule: "secret-token",
    hints: ["AIza", "AGE-SECRET-KEY-1", "pul-", "pypi-AgE"],
    find: (text) =>
      matching(
        text,
        /(?<![\w-])(?:AIza[\w-]{35}|AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}|pul-[0-9a-f]{40}|pypi-AgE[\w-]{50,400})(?![\w-])/g,
      ),
  },
];

/** @see Kind */
export const credentialRules: readonly SecretLintRuleCreator[] = kinds.map(ruleOf);
