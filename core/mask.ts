/** Takes what is known to be a secret by its form out of a line, whoever wrote it: a server that repeats a login, a tool that shows its address. Pure. */

/** What stands before a secret, with the quotes of JSON. */
const called = String.raw`(?:password|passwd|passphrase|secret|token|api[_-]?key)["']?\s*`;

/** What is masked, and what of it is kept. */
const forms: readonly (readonly [RegExp, string])[] = [
  // A login in an address.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/"'<>]*):[^\s@/"'<>]+@/gi, "$1:***@"],
  // HTTP's headers, as tools show them.
  [/\b(bearer|basic|digest|negotiate)(\s+)[A-Za-z0-9._~+/-]{8,}=*/gi, "$1$2***"],
  // The command of FTP that says a password, and what tools call one.
  [/\b(PASS )\S+/g, "$1***"],
  [new RegExp(String.raw`(\b${called}=["']?)[^\s"',;&]{4,}`, "gi"), "$1***"],
  // After a colon stands prose as well: what is quoted is a value, and what has letters and digits.
  [new RegExp(String.raw`(\b${called}:\s*["'])[^"']{4,}`, "gi"), "$1***"],
  [new RegExp(String.raw`(\b${called}:\s*)(?=[^\s,;]*\d)(?=[^\s,;]*[a-z])[^\s"',;]{6,}`, "gi"), "$1***"],
  // Keys and tokens that say what they are.
  [/-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----[^]*?(?:-----END \1-----|$)/g, "***"],
  [
    /\b(?:gh[pousr]_|github_pat_|glpat-|glsa_|xox[abeprs]-|xapp-|whsec_|sk_live_|hf_|npm_|dop_v1_)[A-Za-z0-9_+/=-]{8,}/g,
    "***",
  ],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, "***"],
  [/\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g, "***"],
  [/(\bhooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]+/gi, "$1***"],
];

/** A text with `***` in the place of secrets. */
export function maskSecrets(text: string): string {
  return forms.reduce((masked, [form, kept]) => masked.replace(form, kept), text);
}
