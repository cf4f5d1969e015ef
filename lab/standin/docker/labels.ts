/** Labels: a list of pairs in Pulumi, names with values in the engine. */
import type { Field } from "../provider/schema";
import { isValues, type Value, type Values } from "../provider/values";

/** The property that holds labels. */
export const labelsField = (options: { readonly computed?: boolean } = {}): Field => ({
  type: "block-set",
  replaces: true,
  ...options,
  fields: {
    label: { type: "string", required: true, replaces: true },
    value: { type: "string", required: true, replaces: true },
  },
});

/** Labels for the engine. */
export const labelsToEngine = (labels: Value): Record<string, string> =>
  Object.fromEntries(
    (Array.isArray(labels) ? labels : [])
      .filter(isValues)
      .map(({ label, value }) => [label, value] as [string, string]),
  );

/** Labels from the engine, by name. */
export const labelsFromEngine = (labels: Readonly<Record<string, string>> | null): Values[] =>
  Object.entries(labels ?? {})
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([label, value]) => ({ label, value }));
