/** Finds secrets among inputs that are not marked as such: by what they look like, and by what they are called. Pure. */

/** A value that looks like a secret. */
export interface PlainSecret {
  /** Where it lies: `connection.privateKey`. */
  readonly path: string;
  /** What it seems to be. Never the value. */
  readonly what: string;
}

/** What secrets look like, wherever they stand. */
const looks: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----|\bAGE-SECRET-KEY-1[0-9A-Z]{20}/],
  ["an AWS access key", /\b(AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["a GitHub token", /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22})/],
  ["a GitLab token", /\bglpat-[\w-]{20}/],
  ["a Slack token", /\bxox[abeoprs]-[\w-]{10}/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}\b/],
  ["a Google API key", /\bAIza[\w-]{35}/],
  ["a Stripe key", /\b[rs]k_live_[A-Za-z0-9]{16}/],
  ["a Pulumi token", /\bpul-[0-9a-f]{40}\b/],
  ["a Vault token", /\bhv[bs]\.[\w-]{24}/],
  ["a signed token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  ["a URL with a password", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']+:[^\s/@"'$*]+@/i],
  ["an authorization header", /\bauthorization: *(basic|bearer) +[^\s"'$]{8}/i],
  ["a password as an argument", /--(password|passwd|token|secret)[= ]["']?[^\s"'$-]/i],
  [
    "a password as a variable",
    /\b[A-Z0-9_]*(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|(API|ACCESS|PRIVATE)_?KEY)=["']?[^\s"'$/&;]/,
  ],
];

/** What secrets are called: the last words of a key. */
const secretName =
  /(^|_)(password|passwd|pwd|passphrase|secret|token|credentials?|(api|access|account|private|secret|signing|encryption)_?key)$/;

/**
 * The values that look like secrets and are none in the eyes of Pulumi.
 *
 * @param type the resource's type
 * @param isHidden whether a value is a secret, or can't be known: what is in it is not looked at
 */
export function plainSecrets(
  type: string,
  inputs: object,
  isHidden: (value: unknown) => boolean = () => false,
): PlainSecret[] {
  const found: PlainSecret[] = [];
  const look = (value: unknown, path: readonly string[]): void => {
    if (isHidden(value)) {
      return;
    }
    if (typeof value === "string") {
      const what = whatIs(value, path, type);
      if (what !== undefined) {
        found.push({ path: path.join("."), what });
      }
      return;
    }
    if (typeof value !== "object" || value === null) {
      return;
    }
    for (const [key, inner] of Object.entries(value)) {
      // What Pulumi adds for itself.
      if (!key.startsWith("__")) {
        look(inner, [...path, key === "value" ? nameOfPair(value, key) : key]);
      }
    }
  };
  look(inputs, []);
  return found;
}

/** A variable is often a pair of name and value: then the name says what the value is. */
function nameOfPair(pair: object, key: string): string {
  const { name, key: other } = pair as { name?: unknown; key?: unknown };
  return typeof name === "string" ? name : typeof other === "string" ? other : key;
}

function whatIs(value: string, path: readonly string[], type: string): string | undefined {
  if (value === "") {
    return undefined;
  }
  if (/^kubernetes:core\/v1:Secret/.test(type) && /^(data|stringData)$/.test(path[0] ?? "")) {
    return "a member of a Kubernetes Secret";
  }
  const text = `${value}\n${decoded(value)}`;
  const look = looks.find(([, pattern]) => pattern.test(text))?.[0];
  if (look !== undefined) {
    return look;
  }
  const json = structure(value);
  if (json !== undefined) {
    return plainSecrets(type, json)[0]?.what;
  }
  const name = snake(path.findLast((part) => !/^\d+$/.test(part)) ?? "");
  return secretName.test(name) ? `a ${name.replaceAll("_", " ")}, by its name` : undefined;
}

/** A key in PEM is often given in base64. */
function decoded(value: string): string {
  return (value.match(/LS0tLS1CRUdJTi[A-Za-z0-9+/]{24,80}/g) ?? [])
    .map((text) =>
      Buffer.from(text, "base64")
        .toString("latin1")
        .replace(/KEY-*$/, "KEY-----"),
    )
    .join("\n");
}

/** The settings of a provider are often JSON in a text. */
function structure(value: string): object | undefined {
  if (!/^\s*[[{]/.test(value)) {
    return undefined;
  }
  try {
    return JSON.parse(value) as object;
  } catch {
    return undefined;
  }
}

function snake(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase();
}
