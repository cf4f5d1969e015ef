/** The names of the files that a partner gets, and of those that are still on their way. Pure. */
import type { Release } from "./release";

/** The bundle's name in an inbox, when the settings name none. */
export const defaultFileName = "bundle.zip";

/** What a file name may have in braces: each stands for something of the release. */
const placeholders = {
  /** The release's tag. */
  tag: "[0-9a-f]{7}",
  /** The day on which the release was made, UTC: `2026-11-26`. */
  date: "\\d{4}-\\d{2}-\\d{2}",
  /** The full commit hash. */
  commit: "[0-9a-f]{40}",
} as const;

const placeholder = new RegExp(`\\{(${Object.keys(placeholders).join("|")})\\}`, "g");

/** What a file name may be made of, for the error. */
export const fileNameRule =
  "a file name of letters, digits, dots, hyphens and underscores, a letter or digit first; {tag}, {date} and {commit} stand for those of the release";

/** Whether it is a file name, perhaps with placeholders, that cannot lead out of its folder. */
export function isFileName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text.replaceAll(placeholder, "0"));
}

/** Whether each release has a name of its own. */
export function isVersioned(pattern: string): boolean {
  return new RegExp(placeholder.source).test(pattern);
}

/**
 * The name of a release's bundle.
 *
 * @param made when the release was made: ISO 8601, UTC
 */
export function fileNameOf(
  pattern: string,
  { tag, commit }: Pick<Release, "tag" | "commit">,
  made: string,
): string {
  const values = { tag, commit, date: made.slice(0, 10) };
  return pattern.replaceAll(placeholder, (_, key: keyof typeof values) => values[key]);
}

/** The checksum file's name. */
export function checksumName(fileName: string): string {
  return `${fileName}.sha256`;
}

/** The signature file's name. */
export function signatureName(fileName: string): string {
  return `${fileName}.sig`;
}

/**
 * `.bundle.zip.<8 hex>.part`: in the same folder, so that a rename is all it takes; it tells by its digits of which
 * content it is the beginning.
 */
export function temporaryName(name: string, sha256: string): string {
  return `.${name}.${sha256.slice(0, 8)}.part`;
}

/** Another one for the same content, where the first is held: a server may keep a file locked for a session that is long cut. */
export function otherTemporaryName(name: string, sha256: string): string {
  return temporaryName(name, sha256.slice(8));
}

/**
 * Whether a file is one of ours that an earlier delivery did not finish, of whichever release.
 *
 * @param pattern the bundle's name, perhaps with placeholders
 */
export function isLeftover(file: string, pattern: string): boolean {
  const name = pattern
    .split(placeholder)
    .map((part, n) =>
      n % 2 === 0 ? part.replaceAll(/[.-]/g, "\\$&") : placeholders[part as keyof typeof placeholders],
    )
    .join("");
  return new RegExp(`^\\.${name}(\\.sha256|\\.sig)?\\.[0-9a-f]{8}\\.part$`).test(file);
}
