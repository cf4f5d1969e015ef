/** Settings of the compliance suite. They lie with the platform's stacks, where no service can change them. */
import { z } from "zod";
import { count, file, reference, settings, text } from "./common";

/** The steps that the suite has by itself. */
export const builtInSteps = [
  "tests",
  "ethics",
  "secrets",
  "personal data",
  "banned APIs",
  "governance",
] as const;

/** A step that the suite has by itself. */
export type BuiltInStep = (typeof builtInSteps)[number];

const steps = `a list of steps: ${builtInSteps.join(", ")}`;

/** `hms:compliance`. */
export const complianceSettings = settings({
  /** The steps that every commit must pass. `ethics` and `governance` join them where they are set. */
  mandatory: z
    .array(z.enum(builtInSteps, { error: `one of ${builtInSteps.join(", ")}` }), { error: steps })
    .default(["tests", "secrets", "personal data", "banned APIs"]),
  /** How many tests a service must at least have run, by what its test runner says. @default 0 */
  leastTests: count(0, 1_000_000).default(0),
  /** Seconds that a service's tests may take. @default 600 */
  testTimeoutSeconds: count(1, 86_400).default(600),
  /** The agency's own checks: commands that print findings as JSON. @default none */
  ethics: z
    .array(
      settings({
        /** What the check is called in reports. */
        name: text("a name"),
        /** For `sh -c`, in a copy of the commit; `$PLATFORM` is the project's folder. */
        run: text("a command"),
        /** Seconds that it may take. @default 60 */
        timeoutSeconds: count(1, 3600).default(60),
      }),
      { error: "a list of checks" },
    )
    .default([]),
  /** The agency's governance service: asked last, and what it does not approve does not ship. @default none */
  governance: settings({
    /** Where the question is posted to. */
    url: z.url({ protocol: /^https?$/, error: "a URL, http or https" }),
    /** Seconds that it has to answer. @default 10 */
    timeoutSeconds: count(1, 600).default(10),
    /** The bearer token. @default none */
    token: reference.optional(),
  }).optional(),
  /** The file of the exceptions. @default none */
  exceptions: file.optional(),
  /** Folders with rules on banned APIs, beside those that come with the suite. @default none */
  rules: z.array(text("the path of a folder"), { error: "a list of folders" }).default([]),
})
  .refine(({ mandatory, ethics }) => !mandatory.includes("ethics") || ethics.length > 0, {
    path: ["ethics"],
    error: "at least one check, since ethics is mandatory",
  })
  .refine(({ mandatory, governance }) => !mandatory.includes("governance") || governance !== undefined, {
    path: ["governance"],
    error: "a map of url, timeoutSeconds and token, since governance is mandatory",
  })
  .prefault({});

/** `hms:compliance`, checked. */
export type ComplianceSettings = z.infer<typeof complianceSettings>;
