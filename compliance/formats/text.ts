/** Findings as people read them: one line each, then a sentence. */
import type { Finding, Objection, Skipped, Step } from "../../core/report";

/** `docs/contact.md:3:12 us-ssn ***-**-****: Remove the number.` */
export function findingLine({ file, line, column, rule, sample, remedy }: Finding): string {
  return `${file}:${line}:${column} ${rule} ${sample}: ${remedy}`;
}

/** `rules/flood.json:1 legal-basis: The rule names no legal basis. Add "legalBasis".` */
export function objectionLine({ file, line, rule, message, remedy }: Objection): string {
  const place = [file, line].filter((part) => part !== undefined).join(":");
  return `${[place, rule].filter(Boolean).join(" ")}: ${[message, remedy].filter(Boolean).join(" ")}`;
}

/** `passed  tests: 12 tests passed (1.2 s)` */
export function stepLine({ name, passed, summary, seconds }: Step): string {
  return `${passed ? "passed" : "failed"}  ${name}: ${summary} (${seconds.toFixed(1)} s)`;
}

/** `docs/scan.pdf: not read: encrypted` */
export function skippedLine({ file, why }: Skipped): string {
  return `${file}: not read: ${why}`;
}

/** How many of each category: `2 personal data, 1 banned API`. */
export function countFindings(findings: readonly Finding[]): string {
  const counts = categories
    .map(({ category, name }) => ({ name, number: findings.filter((f) => f.category === category).length }))
    .filter(({ number }) => number > 0);
  return counts.map(({ name, number }) => `${number} ${name}`).join(", ");
}

const categories = [
  { category: "pii", name: "personal data" },
  { category: "secret", name: "secret" },
  { category: "banned-api", name: "banned API" },
] as const;

/** The sentence that ends a scan. */
export function scanSentence({
  findings,
  skipped,
  files,
}: {
  readonly findings: readonly Finding[];
  readonly skipped: readonly Skipped[];
  readonly files: number;
}): string {
  const kinds = findings.length > 0 ? ` (${countFindings(findings)})` : "";
  const unread = skipped.length > 0 ? `, ${skipped.length} not read` : "";
  return `${counted(findings.length, "finding")}${kinds} in ${counted(files, "file")}${unread}`;
}

/** `1 file`, `2 files`. */
export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
