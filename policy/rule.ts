/** What a rule of the pack is made of, and how it becomes a policy of Pulumi's. */
import type {
  PolicyConfigSchema,
  ReportViolation,
  ResourceValidation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  Severity,
} from "@pulumi/policy";
import { messageOf } from "../core/errors";
import { type Control, frameworkOf } from "./controls";
import { withoutNulls } from "./nulls";
import { type Waiver, waiverFor, waivers } from "./waivers";

/** What a rule sees of a resource. To read a value that a preview can't know throws. */
export type Resource = Pick<ResourceValidationArgs, "type" | "name" | "urn" | "props" | "opts">;

/** The sentences that say what is wrong with a resource, each with its remedy. */
export type Check<S extends object = object> = (resource: Resource, settings: S) => Iterable<string>;

/** What {@link rule} is given. */
export interface RuleArgs<S extends object> {
  /** Its name in the pack's configuration. */
  readonly name: string;
  /** Why it is there: one sentence. */
  readonly reason: string;
  /** What to do about a violation: one sentence. */
  readonly remedy: string;
  readonly severity: Severity;
  /** The NIST SP 800-53 control that it serves. */
  readonly control: Control;
  /** What can be set, each key with its JSON schema. @default nothing */
  readonly settings?: PolicyConfigSchema["properties"];
  /** Whether a dated waiver lets a place pass. @default false */
  readonly waivable?: boolean;
  /**
   * What it means that a preview can't know a value: Pulumi's advice that the rule could not look, or a violation.
   * @default advice
   */
  readonly unknown?: "advice" | "violation";
  /** Types of resource of which a preview can't know all, whatever one does: the update looks at them. @default none */
  readonly knownLater?: readonly string[];
  /** What it looks at. Each looks for itself: what one can't know at preview keeps no other from its answer. */
  readonly checks: readonly Check<S>[];
}

/** A rule of the pack. */
export type Rule = ResourceValidationPolicy &
  Required<Pick<ResourceValidationPolicy, "severity" | "framework">>;

/** A policy of Pulumi's, with the rule's reason, remedy, severity and control in its metadata. */
export function rule<S extends object = object>(args: RuleArgs<S>): Rule {
  const { name, reason, remedy, severity, control, waivable = false, checks } = args;
  const settings = { ...args.settings, ...(waivable && { waivers }) };
  return {
    name,
    description: reason,
    remediationSteps: remedy,
    severity,
    framework: frameworkOf(control),
    ...(Object.keys(settings).length > 0 && { configSchema: { properties: settings } }),
    validateResource: checks.map((check) => validation(check, args)),
  };
}

function validation<S extends object>(check: Check<S>, args: RuleArgs<S>): ResourceValidation {
  return (resource, report) => {
    const settings = resource.getConfig<S & { waivers?: Waiver[] }>();
    const { granted, expired } = waiverFor(resource, settings.waivers ?? []);
    try {
      for (const sentence of check({ ...resource, props: withoutNulls(resource.props) }, settings)) {
        if (granted === undefined) {
          report(expired === undefined ? sentence : `${sentence} ${expired}`);
        } else {
          advise(report, `${granted} ${sentence}`);
        }
      }
    } catch (error) {
      const path = unknownPath(error);
      if (path === undefined) {
        // Pulumi would end with the bare error, and that is no violation in the eyes of who reads its events.
        report(`${resource.name} can't be checked: ${messageOf(error)}`);
      } else if (args.unknown === "violation" && !(args.knownLater ?? []).includes(resource.type)) {
        report(
          `${resource.name}: ${path} can't be known during preview, and so can't be checked. ` +
            "Give it as a plain value, not as an output.",
        );
      } else {
        throw error;
      }
    }
  };
}

/** The path of the value whose reading threw, if it threw since a preview can't know it. */
function unknownPath(error: unknown): string | undefined {
  const { props, unknownTypeSentinel } = error as { props?: string[]; unknownTypeSentinel?: string };
  return unknownTypeSentinel === undefined ? undefined : props?.join(".");
}

/** Says something that stops nothing. The type of `report` is older than what it takes. */
function advise(report: ReportViolation, message: string): void {
  const say = report as unknown as (violation: { message: string; enforcementLevel: "advisory" }) => void;
  say({ message, enforcementLevel: "advisory" });
}
