/** Which steps a commit must pass: what the platform demands, and what the service adds. */
import type { BuiltInStep, ComplianceSettings } from "../../core/config/compliance";
import type { Service } from "../../core/service";
import { bannedApis, personalData, secrets } from "./content";
import { ethics } from "./ethics";
import { ownStep } from "./own-step";
import { serviceTests } from "./service-tests";
import { standingExceptions } from "./standing-exceptions";
import type { SuiteStep } from "./step";

/** The steps that come by themselves; governance is asked when these are done. */
const builtIn: readonly (SuiteStep & { readonly name: BuiltInStep })[] = [
  serviceTests,
  ethics,
  secrets,
  personalData,
  bannedApis,
] as (SuiteStep & { readonly name: BuiltInStep })[];

/** All steps but governance. None of a service's own takes the place of another: see `core/service.ts`. */
export function stepsOf(service: Service, platform: ComplianceSettings): SuiteStep[] {
  const { mandatory, ethics: checks, exceptions } = platform;
  return [
    ...builtIn.filter(({ name }) => mandatory.includes(name) || (name === "ethics" && checks.length > 0)),
    ...(exceptions === undefined ? [] : [standingExceptions]),
    ...service.steps.map(ownStep),
  ];
}
