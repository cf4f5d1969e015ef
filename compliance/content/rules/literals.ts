/** Whether what is written where a password or a key belongs is one, or only stands for one. */

/** What stands for a password: a variable, a word that says so, or what nobody would take for one. */
export const placeholder =
  /^(?:[$%<{[(#].*|.*(?:\$\{|\{\{|%[sdv]\b).*|[*x.•-]+|(?:my|your|the|some|db|new|old)?[-_]?(?:pass(?:word|wd)?|pwd|pw|secret|token|key|change[-_]?(?:me|it)|example|sample|test|dummy|fake|mock|placeholder|redacted|hidden|none|null|undefined|guest|open ?sesame|postgres|root|admin|user|name|foo|bar|baz|abc|hunter)\d{0,4}!?)$/i;

/** Whether it may be a password where only passwords stand, as in an address. */
export const isPassword = (written: string): boolean => written.length >= 4 && !placeholder.test(written);

/** A variable or a template's gap, in the ways of shells, templates, build tools, databases and format strings. */
const variable =
  /\$[{(]|\{\{|\}\}|<%|[#%@]\{|\[\[|%[sdvq]\b|%\(\w+\)s|^\$\w+$|^<.*>?$|^%[^%]+%$|^@[\w.]+@$|^__\w+__$|^\{[^{}]*\}(?!.*\d)|^[[(].*[\])]$|^:\w+$|^\\/;

/** Where else the secret is kept, or that it is encrypted: Vault, vals, 1Password, clouds, sops, Ansible, Jasypt, Spring, Travis. */
const kept =
  /^(?:vault|ref\+\w+|op|ssm|(?:aws-?)?secrets?-?manager|sm|gcp-?sm|akv|key-?vault|env(?:var)?|file|kms|keyring|keychain|conjur|arn|enc|sops|age|secure|encrypted|secret(?:ref|keyref)?|valueFrom|data|https?|s3|gs)[:([{]|^\{(?:cipher|bcrypt|argon2|scrypt|pbkdf2|ssha\d*|sha\d*)\}|^projects\/|^!(?:Ref|Sub|GetAtt|ImportValue|Join|vault|secret|env|reference|encrypted)\b|^\$ANSIBLE_VAULT/i;

/** What a program works out: a call, a member, a name of an object's. */
const code =
  /^[@\w$.:]+[([]|=>|->|\w::\w|^(?:process\.env|os\.environ|System\.|ENV\b|secrets\.|vars?\.|local\.|module\.|import\.meta|args?\.|options?\.|config\.|this\.|self\.|req(?:uest)?\.|params?\.|props\.)|\(\?[:=!]|\[[a-z]-z|\\[dws]/i;

/** Words that say that nothing is meant by it; and Pulumi's mark of a secret, the same in all programs, and OAuth's own tokens (RFC 5849, 6749). */
const says =
  /example|change[-_ ]?(?:me|it|this)|your|placeholder|dummy|redacted|sample|replace|insert|todo|fixme|fake|mock|not[-_]?(?:a[-_])?(?:real|secret)|(?:super|top|very)[-_]?secret|s3cr3t$|x{4}|\*{3}|\.{3}|012345|123456(?!\d{3})|abcdef(?=[g\d]|$)|qwerty|^4dabf18193072939515e22adb298388d$|^2YotnFZFEjr1z|^tGzv3JOkF0XG5Q|^ad180jjd733(.)\1{5}/i;

/** A path, an address, a file's name, a line of `/etc/passwd`, an address for mail, a date, a version, a span of time, an algorithm. */
const otherThing =
  /^--|^(?:[~.]{0,2}\/|[a-z]:[\\/])|:\/\/|^[\w./-]+\.(?:txt|ya?ml|json|xml|env|key|pem|crt|p12|jks|properties|conf|cfg|ini|toml|sh|[cm]?[jt]sx?|py|rb|go|java|html?|md|secret|pw|enc|gpg)$|^[\w.+-]+@[\w-]+\.(?:com|org|net|gov|edu|io|us)$|^\w+:[x*]?:\d+:|^v?\d+(?:[.:/_-]\d+)+\w{0,4}$|^\d+ ?(?:[smhd]|ms|secs?|seconds?|mins?|minutes?|hours?|days?|weeks?|months?|years?|chars?|characters)$|^(?:scram-)?(?:sha|md|base|utf|oauth|aes|hmac|rsa|argon|pbkdf|x|ed|es|hs|rs)[-_]?\d{1,5}(?:[-_+:]\w{0,12})*$/i;

/** Names of settings and members: `DB_PASSWORD`, `user.password2`, `my-secret-token`, `passwordField1`. */
const name =
  /^(?:[A-Z][A-Z\d]*(?:_[A-Z\d]+)+|[A-Za-z_]\w*?[A-Za-z_]\d{0,2}(?:\.[A-Za-z_]+\d{0,2})+|(?=.*(?:passw|pwd|secret|token|credential))[a-z._-]+\d{0,4})$/i;
const named =
  /(?:^|[-_./])(?:pass(?:word|wd|phrase)?|pwd|secrets?|token|key|cred(?:ential)?s?|user(?:name)?)(?:$|[-_./])/i;

const standsFor = (value: string): boolean =>
  variable.test(value) || kept.test(value) || code.test(value) || says.test(value) || otherThing.test(value);

/** Letters alone are words, unless capitals are strewn among them. */
function isStrewn(letters: string): boolean {
  const words = letters.match(/[A-Z]?[a-z]+|[A-Z]+/g) ?? [];
  return letters.length >= 10 && letters.length / words.length < 2.5;
}

/** Text in base64, as in a Kubernetes Secret; undefined when it is none. */
function textIn(base64: string): string | undefined {
  if (base64.length % 4 !== 0 || base64.length < 8 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    return undefined;
  const text = Buffer.from(base64, "base64").toString("latin1").replace(/\n$/, "");
  return /^[\x20-\x7e]{4,}$/.test(text) ? text : undefined;
}

/** The longest password that is looked for, and the shortest: a shorter one may be any word. In characters. */
const longest = 200;
const shortest = 6;

/**
 * Whether a value that is called a password is one. Not what stands for one, and no words: a label says "Password", a
 * translation "Kennwort".
 */
export function isLiteralPassword(written: string): boolean {
  const value = written.replace(/[!?.:*…]+$/, "");
  if (written.length < shortest || written.length > longest || /[\s\u0080-\uffff]/.test(written))
    return false;
  if (placeholder.test(value.replace(/^[$%<{[(#=:-]+/, "")) || standsFor(written) || name.test(value))
    return false;
  const inside = textIn(written);
  if (inside !== undefined) return isLiteralPassword(inside);
  if (/^[a-z]+$/i.test(value)) return isStrewn(value);
  if (/^\d+$/.test(value)) return !/^(?:0?1234|9876)/.test(value) && new Set(value).size > 2;
  if (!/[a-z]/i.test(value)) return false;
  if (!/\d/.test(value)) return /[a-z][!@#$%^&*~+=]+[a-z]/i.test(value) && !/[[\](){}<>|\\,;"'`]/.test(value);
  return !(/^[\w./-]+$/.test(value) && named.test(value));
}

/** Bits of a sign, by how often each occurs. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  return [...counts.values()].reduce(
    (sum, count) => sum - (count / text.length) * Math.log2(count / text.length),
    0,
  );
}

/** Whether a value that is called a key or a token is one: long, and drawn by lot. */
export function isRandom(written: string): boolean {
  if (!/^[\w+/=.~-]{16,200}$/.test(written) || (written.match(/\d/g) ?? []).length < 2) return false;
  if (!/[a-z]/i.test(written) || /^(?:pk[-_]|sha\d+-)/.test(written)) return false;
  if (placeholder.test(written) || standsFor(written) || name.test(written)) return false;
  // Words and numbers with something between them are a name.
  if (written.split(/[-_./]/).every((piece) => /^(?:[A-Za-z]{2,}\d{0,2}|\d{0,4}|v\d+)$/.test(piece)))
    return false;
  const inside = textIn(written);
  if (inside !== undefined) return isLiteralPassword(inside) || isRandom(inside);
  return entropyOf(written) >= (/^[\da-f-]+$/i.test(written) ? 2.9 : 3.4);
}
