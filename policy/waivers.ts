/** Dated leave for one place to go against one rule. It lies in the pack's configuration, beside the stacks. */
import type { PolicyConfigSchema } from "@pulumi/policy";
import type { Resource } from "./rule";

/** A waiver, under the name of its rule. */
export interface Waiver {
  /** `STACK/NAME` of the target, or of one of its resources. */
  readonly target: string;
  /** The last day that it holds, UTC: `2027-03-31`. */
  readonly until: string;
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
}

/** The schema of the key `waivers`, the same for each rule that has it. */
export const waivers: PolicyConfigSchema["properties"][string] = {
  type: "array",
  description: "Places that may go against this rule, each until a day.",
  items: {
    type: "object",
    properties: {
      target: { type: "string", pattern: "^[^/]+/.+$" },
      until: { type: "string", pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$" },
      reason: { type: "string", minLength: 1 },
      owner: { type: "string", minLength: 1 },
    },
    required: ["target", "until", "reason", "owner"],
    additionalProperties: false,
  },
};

/** What the waivers say of a resource: leave that still holds, or one that is over. */
export function waiverFor(
  resource: Pick<Resource, "urn" | "opts">,
  given: readonly Waiver[],
): { readonly granted?: string; readonly expired?: string } {
  const places = placesOf(resource);
  const fitting = given.filter(({ target }) => places.includes(target));
  const last = fitting.toSorted((a, b) => a.until.localeCompare(b.until)).at(-1);
  if (last === undefined) {
    return {};
  }
  const { target, until, owner, reason } = last;
  return until >= new Date().toISOString().slice(0, 10)
    ? { granted: `Waived for ${target} until ${until} by ${owner} (${reason}).` }
    : {
        expired: `The waiver of ${owner} for ${target} ended on ${until}: mend it, or renew the waiver in policy-config.json.`,
      };
}

/** The places that a resource belongs to, as `STACK/NAME`: its own, and that of the component that declares it. */
export function placesOf({ urn, opts }: Pick<Resource, "urn" | "opts">): string[] {
  return [urn, opts.parent ?? ""].flatMap((each) => {
    // urn:pulumi:STACK::PROJECT::TYPE::NAME, and a name may hold what it likes.
    const [stack, , , ...name] = each.replace(/^urn:pulumi:/, "").split("::");
    return name.length === 0 ? [] : [`${stack ?? ""}/${name.join("::")}`];
  });
}
