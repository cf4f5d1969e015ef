/** Secrets: the rules of secretlint's recommended preset. */
import type { SecretLintRuleCreator } from "@secretlint/types";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";

const all = rules as readonly SecretLintRuleCreator[];

const commentRule = "@secretlint/secretlint-rule-filter-comments";

/** What finds secrets. */
export const secretRules = all.filter(({ meta }) => meta.id !== commentRule);

/** What reads the comments that ask for findings to be ignored. */
export const commentRules = all.filter(({ meta }) => meta.id === commentRule);

/** A rule's name in findings: `secret-aws`. */
export const secretRuleName = (id: string): string =>
  `secret-${id.replace(/^@secretlint\/secretlint-rule-/, "")}`;

/** What to do about any secret. */
export const secretRemedy =
  "Take the secret out of the commit and replace it with a new one where it is used: the old one is known to all who have the history.";
