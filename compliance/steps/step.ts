/** What a step of the suite is given, and what it says. */
import type { ComplianceSettings } from "../../core/config";
import type { Excepted, Finding, Objection, Skipped } from "../../core/report";
import type { Service } from "../../core/service";
import type { Exceptions } from "../exceptions";
import type { Scan } from "../findings";

/** What every step may use. */
export interface Context {
  /** A clean export of the commit. Nothing is written to it. */
  readonly folder: string;
  /** Full commit hash. */
  readonly commit: string;
  /** The service's name. */
  readonly name: string;
  /** What the service's own file says. */
  readonly service: Service;
  /** What the platform demands. */
  readonly platform: ComplianceSettings;
  readonly exceptions: Exceptions;
  /** Personal data and secrets in the commit's files; they are read once, whoever asks first. */
  readonly scan: () => Promise<Scan>;
  /** Where what scans found is kept. @default nowhere */
  readonly cacheFolder?: string;
  /** The files that changed since the last release; all, when there is none. */
  readonly changedFiles: () => Promise<readonly string[]>;
}

/** What a step says. */
export interface StepResult {
  readonly passed: boolean;
  /** One sentence, or the last lines of a failing command's output, without personal data. */
  readonly summary: string;
  readonly tests?: number;
  readonly failures?: readonly string[];
  readonly objections?: readonly Objection[];
  readonly findings?: readonly Finding[];
  readonly excepted?: readonly Excepted[];
  readonly skipped?: readonly Skipped[];
}

/** One kind of check. Steps run side by side: none may write to the folder, or need another's result. */
export interface SuiteStep {
  readonly name: string;
  run(context: Context): Promise<StepResult>;
}
