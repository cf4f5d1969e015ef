/** What our own rules on secrets have in common. */
import type { SecretLintRuleCreator } from "@secretlint/types";

/** A stretch of a text that holds a secret. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How a kind of secret is found. */
export interface Kind {
  /** The rule's name in findings and in comments: `secret-jwt`. */
  readonly rule: string;
  /** What a text must hold before anything is looked for: one of these, or a match. */
  readonly hints: readonly string[] | RegExp;
  /** @param file the text's name: what is a literal in settings is a variable in a program */
  readonly find: (text: string, file: string) => Iterable<Span>;
}

/** The matches of a global expression that pass a check, which is given the expression's groups. */
export function* matching(
  text: string,
  expression: RegExp,
  accept: (...groups: string[]) => boolean = () => true,
): Generator<Span> {
  for (const match of text.matchAll(expression)) {
    if (accept(...match.slice(1).map((group: string | undefined) => group ?? "")))
      yield { start: match.index, end: match.index + match[0].length };
  }
}

const mayHold = (text: string, hints: Kind["hints"]): boolean =>
  hints instanceof RegExp ? hints.test(text) : hints.some((hint) => text.includes(hint));

/** A kind as a rule of secretlint. */
export function ruleOf({ rule, hints, find }: Kind): SecretLintRuleCreator {
  const messages = { FOUND: { en: () => `Secret (${rule}).` } };
  return {
    messages,
    meta: { id: rule, type: "scanner", recommended: true, supportedContentTypes: ["text"] },
    create(context) {
      const message = context.createTranslator(messages)("FOUND");
      return {
        file({ content, filePath }) {
          if (!mayHold(content, hints)) return;
          for (const { start, end } of find(content, filePath ?? ""))
            context.report({ message, range: [start, end] });
        },
      };
    },
  };
}
