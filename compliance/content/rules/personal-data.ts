/** Personal data as rules of secretlint: one a detector, and a preset of all. */
import type {
  SecretLintRuleCreator,
  SecretLintRulePresetCreator,
  SecretLintSourceCode,
} from "@secretlint/types";
import { detectors } from "../detectors";
import type { Detector } from "../detectors/detector";
import { Page } from "../page";

/** Rules that look at the same text share what they know of it. */
const pages = new WeakMap<SecretLintSourceCode, Page>();

function pageOf(source: SecretLintSourceCode): Page {
  let page = pages.get(source);
  if (page === undefined) {
    page = new Page(source.content);
    pages.set(source, page);
  }
  return page;
}

/** A detector as a rule; an ignore comment, and a configuration, name it as findings do: `us-ssn`. */
function ruleOf(detector: Detector): SecretLintRuleCreator {
  const messages = { FOUND: { en: () => `Personal data (${detector.rule}). ${detector.remedy}` } };
  return {
    messages,
    meta: { id: detector.rule, type: "scanner", recommended: true, supportedContentTypes: ["text"] },
    create(context) {
      const message = context.createTranslator(messages)("FOUND");
      return {
        file(source) {
          for (const { start, end } of pageOf(source).spansOf(detector)) {
            context.report({ message, range: [start, end] });
          }
        },
      };
    },
  };
}

/** @see Detector */
export const personalDataRules: readonly SecretLintRuleCreator[] = detectors.map(ruleOf);

/** All of them, for a configuration of secretlint. */
export const creator: SecretLintRulePresetCreator = {
  meta: { id: "hms-personal-data", type: "preset", recommended: true },
  rules: [...personalDataRules],
  create(context) {
    for (const rule of personalDataRules) context.registerRule(rule);
  },
};
