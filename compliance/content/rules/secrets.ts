/** Secrets: the rules of secretlint's recommended preset, and ours for what it passes over. */
import type { SecretLintRuleCreator } from "@secretlint/types";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import { credentialRules } from "./credentials";
import { passwordRules } from "./passwords";

const all = rules as readonly SecretLintRuleCreator[];

const commentRule = "@secretlint/secretlint-rule-filter-comments";

/** What finds secrets. Where two find one, the preset's rule is told. */
export const secretRules = [
  ...all.filter(({ meta }) => meta.id !== commentRule),
  ...credentialRules,
  ...passwordRules,
];

/** What reads the comments that ask for findings to be ignored. */
export const commentRules = all.filter(({ meta }) => meta.id === commentRule);

/** A rule's name in findings: `secret-aws`. */
export const secretRuleName = (id: string): string => id.replace(/^@secretlint\/secretlint-rule-/, "secret-");

/** What to do about any secret. */
export const secretRemedy =
  "Take the secret out of the commit and replace it with a new one where it is used: the old one is known to all who have the history.";
