/** What steps are given in tests. */
import { type ComplianceSettings, complianceSettings } from "../../../core/config/compliance";
import { noExceptions } from "../../../compliance/exceptions";
import type { Context } from "../../../compliance/steps/step";

/** What the platform demands, with some of it set. */
export const platform = (parts: object): ComplianceSettings => complianceSettings.parse(parts);

/** A context that fails whoever uses of it what the test did not set. */
export const context = (parts: Partial<Context>): Context => ({
  folder: "/nonexistent",
  commit: "8e9a12c0".repeat(5),
  name: "flood-formula",
  service: {
    trigger: { kind: "push" },
    test: "true",
    steps: [],
    build: { context: ".", dockerfile: "Dockerfile" },
    bundle: ["formula.js"],
  },
  platform: platform({}),
  exceptions: noExceptions,
  scan: () => Promise.reject(new Error("Nobody expects a scan.")),
  changedFiles: () => Promise.reject(new Error("Nobody asks for the changed files.")),
  ...parts,
});
