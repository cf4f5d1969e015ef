/**
 * Runs rules of secretlint on a text. It does what secretlint's own `lintSource` does, without its events and records
 * of time: they take as long as the rules themselves. A test compares the two.
 */
import path from "node:path";
import type { SecretLintRuleContext, SecretLintRuleCreator, SecretLintSourceCode } from "@secretlint/types";

/** One thing that a rule reported. */
export interface Message {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/** A stretch for which a comment asks that a rule, or each (`*`), be ignored. */
export interface Ignored {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/** A text as secretlint's rules want it; what they ask for is worked out when they ask. */
export function sourceOf(file: string, content: string): SecretLintSourceCode {
  let starts: readonly number[] | undefined;
  const lineStarts = (): readonly number[] =>
    (starts ??= [0, ...Array.from(content.matchAll(/\n/g), ({ index }) => index + 1)]);
  const positionToIndex = ({ line, column }: { line: number; column: number }): number =>
    (lineStarts()[line - 1] ?? content.length) + column;
  const indexToPosition = (index: number): { line: number; column: number } => {
    const line = lineStarts().findLastIndex((start) => start <= index) + 1;
    return { line, column: index - (lineStarts()[line - 1] ?? 0) };
  };
  return {
    content,
    filePath: file,
    physicalFilePath: undefined,
    ext: path.extname(file),
    contentType: "text",
    hasBOM: content.startsWith("\uFEFF"),
    getFilePath: () => file,
    getPhysicalFilePath: () => undefined,
    positionToIndex,
    indexToPosition,
    locationToRange: ({ start, end }) => [positionToIndex(start), positionToIndex(end)],
    rangeToLocation: ([start, end]) => ({ start: indexToPosition(start), end: indexToPosition(end) }),
  };
}

/** Runs rules one after the other. */
export async function runRules(
  rules: readonly SecretLintRuleCreator[],
  source: SecretLintSourceCode,
): Promise<{ messages: Message[]; ignored: Ignored[] }> {
  const messages: Message[] = [];
  const ignored: Ignored[] = [];
  for (const rule of rules) {
    const context: SecretLintRuleContext = {
      sharedOptions: {},
      // The words of a message are not ours: a finding has its rule's name and a remedy.
      createTranslator: () => ((messageId: string) => ({ message: "", messageId, data: {} })) as never,
      report({ range: [start, end] }) {
        messages.push({ rule: rule.meta.id, start, end });
      },
      ignore({ targetRuleId, range: [start, end] }) {
        ignored.push({ rule: targetRuleId, start, end });
      },
    };
    const pending = rule.create(context, {}).file?.(source);
    if (pending !== undefined) await pending;
  }
  return { messages, ignored };
}
