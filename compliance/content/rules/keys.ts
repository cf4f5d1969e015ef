/** What a value is called, where it is given one: a password, or a key that gives access. */

/** What a key says of its value. */
export type Meaning = "password" | "access";

/** A word that a name of a password, or of a key, holds, and what may come behind it. What comes before is looked up then. */
export const keyword = {
  password: String.raw`(?:pass(?:word|wd|phrase|code)?|pwd)[\w.-]{0,24}`,
  access: String.raw`(?:secret|token|key)[\w.-]{0,24}`,
} as const;

/** What may stand behind: where it holds, or which one it is. `password_min_length` is no password. */
const trailing = new Set(
  "prod production dev development test testing stage staging uat qa live local value old new current previous default plain plaintext admin root user rw ro primary secondary db b64 base64".split(
    " ",
  ),
);

const isPasswordWord =
  /^(?:[a-z]*password|passwd|[a-z]*passphrase|passcode|pwd|pass|(?:db|user|my|smtp|mail|ftp|ssh|root|admin|pg|mysql|redis|key|trust|store|sql|app|ldap)(?:passwd|pass|pwd))$/;

/** Names of keys that are none of a table, a map or a keyboard. */
const ofAccess = new Set(
  "api app access secret auth client account encryption signing master storage service subscription webhook session".split(
    " ",
  ),
);

/** What nobody keeps secret, or tests say is none. */
const harmless = new Set(
  "public publishable csrf xsrf request idempotency next page continuation cursor wrong invalid bad incorrect fake dummy mock example sample no".split(
    " ",
  ),
);

/** The words of a name in any spelling: `dbPassword`, `DB_PASSWORD`, `spring.datasource.password`. */
const wordsOf = (key: string): string[] =>
  key
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");

/** What a key says of its value; undefined when it is no secret. */
export function meaningOf(key: string): Meaning | undefined {
  const words = wordsOf(key);
  while (words.length > 1 && trailing.has(words.at(-1) ?? "")) words.pop();
  const last = words.at(-1) ?? "";
  if (words.some((word) => harmless.has(word))) return undefined;
  if (isPasswordWord.test(last)) return "password";
  if (/^(?:client|app|shared|api|jwt)?secret$|^(?:auth|access|api|bearer|refresh)?token$/.test(last))
    return "access";
  if (/^(?:api|access|secret|auth|app|account)key$/.test(last)) return "access";
  return last === "key" && ofAccess.has(words.at(-2) ?? "") ? "access" : undefined;
}

/** The signs of a name that stand before a place, at most 64. */
export function nameBefore(text: string, place: number): string {
  return /[\w.$-]*$/.exec(text.slice(Math.max(0, place - 64), place))?.[0] ?? "";
}
