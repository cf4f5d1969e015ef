/** Passwords and keys that are only called so: in settings, programs, markup and on command lines. */
import type { SecretLintRuleCreator } from "@secretlint/types";
import { type Meaning, keyword, meaningOf, nameBefore } from "./keys";
import { type Kind, type Span, matching, ruleOf } from "./kind";
import { isLiteralPassword, isPassword, isRandom } from "./literals";

/** Where only what stands in quotes is a value: without, it is a variable. */
const programs =
  /\.(?:[cm]?[jt]sx?|json[5c]?|py|java|kt|scala|groovy|go|rs|rb|php|cs|c|h|cc|cpp|hpp|swift|dart|ex|lua|vue|svelte|html?|css|map|ipynb)$/i;

/** How a value is given to what is called by a word. */
const waysFor = (word: string) => ({
  /** A key, and what gives it a value: `=`, `:`, `=>`, `:=`, a type before it, the bracket of a call, a comma. */
  assignment: new RegExp(
    String.raw`${word}(?:\\{0,2}["'\x60])?\]?(?:[ \t]{0,20}(?::[ \t]?[A-Za-z][\w.<>| ]{0,30}?[ \t]?=(?=[ \t]{0,20}["'\x60])|string[ \t]?=|:=|=>|={1,3}|:\*{0,2})[ \t]{0,20}|(?<=["'])[ \t]{0,4},[ \t]{0,20}(?=["'])|\((?=["'\x60]))`,
    "gi",
  ),
  named: [
    // `name: DB_PASSWORD` and `value: …`, as containers' environments, JSON and XML have them.
    new RegExp(
      String.raw`\b(?:name|key)\\?["']?[ \t]{0,4}[:=][ \t]{0,4}\\?["']?([\w.-]{0,64}?${word})\\?["']?(?:[ \t]{0,4}>\s{0,80}|,?\s{0,80}\\?["']?value\\?["']?[ \t]{0,4}[:=][ \t]{0,4})`,
      "gi",
    ),
    // An element of XML.
    new RegExp(String.raw`<([\w.:-]{0,64}?${word})(?:\s[^<>]{0,200})?>\s{0,80}(?:<!\[CDATA\[)?`, "gi"),
    // Dockerfile's `ENV NAME value`, and an option whose value is the next word.
    new RegExp(String.raw`(?:^ENV[ \t]+|(?<=[\s"'])--?)([\w.-]{0,64}?${word})[ \t]+(?!--?\w)`, "gim"),
  ],
});

const ways = { password: waysFor(keyword.password), access: waysFor(keyword.access) };

/** A value in quotes, which a program's text may have escaped, with a string's prefix. */
const quoted = /[@$bruL]{0,2}(\\{0,2}["'`])([^\n]{1,200}?)\1/iy;
/** A value without: to the next blank, or what ends it in an address, markup or a list. */
const bare = /(?!["'`\\])[^\s"'`]{1,210}/y;
const endOfBare = /(?:&\w+=|<\/|\\[nrt]|[,;)}\]>]+$)[^]*$/;

/** What follows a value on its line when it was one, and not prose. */
const afterValue = /["'`]|[ \t]*(?:$|[#,;|<}]|\/\/)/my;

interface Value extends Span {
  readonly text: string;
  readonly isQuoted: boolean;
}

function at(expression: RegExp, text: string, place: number): RegExpExecArray | null {
  expression.lastIndex = place;
  return expression.exec(text);
}

function valueAt(text: string, place: number): Value | undefined {
  const inQuotes = at(quoted, text, place);
  if (inQuotes !== null) {
    const [whole, quote = "", value = ""] = inQuotes;
    const end = place + whole.length - quote.length;
    return { text: value, start: end - value.length, end, isQuoted: true };
  }
  const [whole = ""] = at(bare, text, place) ?? [];
  const value = whole.replace(endOfBare, "");
  return value === "" ? undefined : { text: value, start: place, end: place + value.length, isQuoted: false };
}

const isSecret = (meaning: Meaning, value: string): boolean =>
  meaning === "password" ? isLiteralPassword(value) : isRandom(value);

/** Whether a value without quotes stands as settings and command lines have it. */
function standsBare(text: string, key: string, given: string, value: Value, file: string): boolean {
  if (given.endsWith("(")) return false;
  if (programs.test(file))
    return given.endsWith("=") && (key.startsWith("--") || /^[A-Z][A-Z\d_]*$/.test(key));
  if (given.includes("=")) return true;
  return at(afterValue, text, value.end) !== null || (/\d/.test(value.text) && /[^\w./-]/.test(value.text));
}

function* assigned(text: string, file: string, wanted: Meaning): Generator<Span> {
  for (const { 0: whole, index } of text.matchAll(ways[wanted].assignment)) {
    const written = /^[\w.-]+/.exec(whole)?.[0] ?? "";
    const key = nameBefore(text, index) + written;
    if (meaningOf(key) !== wanted) continue;
    const value = valueAt(text, index + whole.length);
    if (value === undefined || !isSecret(wanted, value.text)) continue;
    if (value.isQuoted || standsBare(text, key, whole.slice(written.length), value, file))
      yield { start: value.start, end: value.end };
  }
}

function* named(text: string, wanted: Meaning): Generator<Span> {
  for (const expression of ways[wanted].named) {
    for (const { 0: whole, 1: key = "", index } of text.matchAll(expression)) {
      if (meaningOf(key) !== wanted) continue;
      const value = valueAt(text, index + whole.length);
      if (value !== undefined && isSecret(wanted, value.text)) yield { start: value.start, end: value.end };
    }
  }
}

/** Options and statements in which a password has its place, without being called one. */
const places: readonly RegExp[] = [
  /(?<=\s-p)(["'])([^"'\n]{6,100})\1/g,
  /\b(?:mysql(?:dump|admin|import)?|mariadb(?:-dump|-admin)?|sshpass)\b[^\n|;&]{0,200}?\s-p(["']?)([^\s"']{6,100})\1/g,
  /\b(?:(?:docker|podman|nerdctl|buildah|skopeo|az|helm registry|crane auth|oras) login|sshpass)\b[^\n|;&]{0,200}?\s-p[ \t]+(["']?)([^\s"']{6,100})\1/g,
  /\bcurl\b[^\n|;&]{0,300}?\s(?:-u|--user)[ =]?(["']?)[^\s:"']{1,64}:([^\s"']{6,100})\1/g,
  /\bredis-cli\b[^\n|;&]{0,200}?\s-a[ \t]+(["']?)([^\s"']{6,100})\1/g,
  /\b(?:sqlcmd|bcp)\b[^\n|;&]{0,200}?\s-P[ \t]*(["']?)([^\s"']{6,100})\1/g,
  /\bldap(?:search|modify|add|passwd|whoami)\b[^\n|;&]{0,200}?\s-w[ \t]+(["']?)([^\s"']{6,100})\1/g,
  /\bidentified\s+(?:with\s+\w+\s+)?by\s+(["']?)([^\s"';]{6,100})\1/gi,
  /\b(?:with|encrypted|role|user\s+\w+)\s+password\s+(')([^'\n]{6,100})'/gi,
  /^[ \t]*(?:requirepass|masterauth)[ \t]+(["']?)([^\s"']{6,100})\1/gm,
  /(["']?)[\w-]{1,32}:([^\s"'|:]{6,100})\1\s{0,4}\|\s{0,4}(?:sudo\s+)?chpasswd\b/g,
  /\bConvertTo-SecureString\s+(?:-String\s+)?(["'])([^"'\n]{6,100})\1/gi,
  /\btype=["']?password["']?[^<>]{0,200}?\bvalue=(["'])([^"'\n]{6,100})\1/gi,
  /^()[\w.*-]{1,80}:(?:54\d\d|6432|\*):[\w*-]{1,63}:[\w*-]{1,63}:([^\s:]{6,100})$/gm,
  /\bpass(?:in|out)?[ \t=]+(["']?)pass:([^\s"']{6,100})\1/g,
];

const inPlace =
  /\s-p["'\w]|\s-p[ \t]|curl|redis-cli|sqlcmd|\bbcp\b|ldap|identified\s|password\s+'|requirepass|masterauth|chpasswd|SecureString|type=["']?password|:(?:54\d\d|6432|\*):|pass:/i;

function* placed(text: string): Generator<Span> {
  for (const expression of places) {
    yield* matching(
      text,
      expression,
      (_, password = "") => /[a-z]/i.test(password) && isLiteralPassword(password),
    );
  }
}

/** Passwords as systems keep them: crypt's ways, Apache's, Argon2's, Django's and LDAP's. */
const hashes =
  /(?<![\w$])\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|5\$(?:rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}|6\$(?:rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}|y\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}|argon2id?\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{22,86})(?![./A-Za-z0-9])|\bpbkdf2_sha(?:1|256)\$\d{3,8}\$\w{8,64}\$[A-Za-z0-9+/]{27,43}=|\{S?SHA(?:256|512)?\}[A-Za-z0-9+/]{28,120}={0,2}/g;

const kinds: readonly Kind[] = [
  {
    rule: "secret-password-hash",
    hints: /\$(?:2[abxy]|apr1|1|5|6|y|argon2id?)\$|pbkdf2_sha|\{S?SHA/,
    find: (text) => {
      const all = matching(text, hashes);
      return [...all].filter(({ start, end }) => new Set(text.slice(start + 7, end)).size > 12);
    },
  },
  {
    rule: "secret-connection-string",
    hints: /sqlplus|sqlldr|[ei]mpdp|\bexpdp|rman|connect?\b|userid=|oracle:|:1521/i,
    find: (text) =>
      matching(
        text,
        /(?:\b(?:sqlplus|sqlldr|expdp|impdp|exp|imp|rman|conn(?:ect)?|target|userid|thin)\b(?:[ \t]+-\w+(?:[ \t]+\d)?){0,3}[ \t=:]{1,3}["']?\w{2,30}\/([^\s/@"'<>]{4,64})@(?=[\w/(])|(?<![\w/@.:-])\w{2,30}\/([^\s/@"'<>]{4,64})@(?=(?:\/\/)?[\w.-]{1,80}:1521\b))/gi,
        (password, other) => isPassword(password || other),
      ),
  },
  {
    rule: "secret-token",
    hints: /SK[0-9a-f]{32}|AC[0-9a-f]{32}/,
    find: (text) =>
      matching(
        text,
        /(?<!\w)(?:SK[0-9a-f]{32}|(?<=(?<!\w)AC[0-9a-f]{32}["']?[\s,:]{1,6}["']?)[0-9a-f]{32})(?!\w)/g,
      ),
  },
  {
    rule: "secret-password",
    hints: /pass|pwd/i,
    find: function* (text, file) {
      yield* assigned(text, file, "password");
      yield* named(text, "password");
    },
  },
  { rule: "secret-password", hints: inPlace, find: placed },
  {
    rule: "secret-api-key",
    hints: /secret|token|key/i,
    find: function* (text, file) {
      yield* assigned(text, file, "access");
      yield* named(text, "access");
    },
  },
];

/** @see Kind */
export const passwordRules: readonly SecretLintRuleCreator[] = kinds.map(ruleOf);
