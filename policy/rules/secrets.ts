/** Rules on secrets. */
import { Secret } from "@pulumi/policy";
import { plainSecrets, type PlainSecret } from "../../core/plain-secret";
import { type Rule, rule } from "../rule";

/**
 * What was found in a resource's inputs, by its URN.
 *
 * A validation sees secrets as if they were plain; only what remediates is told which is which. The engine asks for
 * remedies first: there we look, change nothing, and keep what we saw for the validation.
 */
const seen = new Map<string, { readonly found: PlainSecret[]; readonly unknown: string[] }>();

const refused = rule({
  name: "no-plain-secrets",
  reason:
    "What looks like a key or a password is a secret in Pulumi's eyes: else it lies in the state for all to read.",
  remedy: "Give it as pulumi.secret(…), or as a reference to a file or a variable.",
  severity: "critical",
  control: "IA-5",
  checks: [
    function* ({ urn, name, props }) {
      const looked = seen.get(urn);
      seen.delete(urn);
      if (looked === undefined) {
        yield `${name}: secrets can't be told from other values. Leave the enforcement level of no-plain-secrets at remediate.`;
        return;
      }
      for (const { path, what } of looked.found) {
        yield `${name}: ${path} looks like ${what}, and is no secret. Give it as pulumi.secret(…), or as a reference to a file.`;
      }
      for (const path of looked.unknown) {
        // To read it is how a rule says that it can't know.
        path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], props);
      }
    },
  ],
});

/** A secret that is none in Pulumi's eyes lies in the state in plain text, and in each preview. */
export const noPlainSecrets: Rule = {
  ...refused,
  // It remedies nothing. Only so the engine asks for remedies, and says which values are secret.
  enforcementLevel: "remediate",
  remediateResource: ({ urn, type, props }) => {
    const inputs = bare(props);
    seen.set(urn, {
      found: plainSecrets(type, inputs, (value) => value instanceof Secret || isUnknown(value)),
      // As a text, so that its name is looked at.
      unknown: plainSecrets(type, inputs, (value) => value instanceof Secret)
        .filter(({ path }) => isUnknown(at(inputs, path)))
        .map(({ path }) => path),
    });
  },
};

/** The inputs within Pulumi's views, which show a secret as what is in it. */
function bare(inputs: object): object {
  const { __isSpecialProxy, __getSpecialProxyTarget } = inputs as {
    __isSpecialProxy?: boolean;
    __getSpecialProxyTarget?: object;
  };
  return __isSpecialProxy === true && __getSpecialProxyTarget !== undefined
    ? bare(__getSpecialProxyTarget)
    : inputs;
}

function at(inputs: object, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], inputs);
}

/** What stands for a text that a preview can't know. */
function isUnknown(value: unknown): boolean {
  return value === "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
}
