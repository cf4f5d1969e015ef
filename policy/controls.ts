/** The controls of NIST SP 800-53, revision 5, that rules serve. */
import type { PolicyComplianceFramework } from "@pulumi/policy";

const titles = {
  "AC-6": "Least Privilege",
  "CM-3": "Configuration Change Control",
  "CM-7": "Least Functionality",
  "IA-3": "Device Identification and Authentication",
  "IA-5": "Authenticator Management",
  "SC-6": "Resource Availability",
  "SC-7": "Boundary Protection",
  "SC-8": "Transmission Confidentiality and Integrity",
  "SI-7": "Software, Firmware, and Information Integrity",
  "SI-11": "Error Handling",
  "SI-13": "Predictable Failure Prevention",
} as const;

/** A control's number. */
export type Control = keyof typeof titles;

/** A control, as Pulumi's metadata names it. */
export function frameworkOf(control: Control): PolicyComplianceFramework {
  return { name: "NIST SP 800-53", version: "5", reference: control, specification: titles[control] };
}
