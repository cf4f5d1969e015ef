/** The compliance suite: everything that a commit must pass before anything of it ships. */
import { messageOf } from "../core/errors";
import type { Finding, Report, Step } from "../core/report";
import type { Service } from "../core/service";
import { personalData } from "./personal-data";
import { serviceTests } from "./service-tests";

/** What the suite runs on. */
export interface SuiteOptions {
  /** A clean export of the commit. Nothing is written to it. */
  readonly folder: string;
  /** Full commit hash. */
  readonly commit: string;
  /** Hash of the commit's tree. */
  readonly tree: string;
  /** The service's name. */
  readonly name: string;
  /** What the service's own file says. */
  readonly service: Service;
  /** How long the service's own tests may take, in seconds. @default 600 */
  readonly testTimeoutSeconds?: number;
  /** Told of each step when it begins, and when it is done. @default nobody */
  readonly onProgress?: (progress: Progress) => void;
}

/** News of a step. */
export type Progress =
  { readonly kind: "started"; readonly step: string } | { readonly kind: "finished"; readonly step: Step };

/** What a step says. */
export interface StepResult {
  readonly passed: boolean;
  /** One sentence, or the last lines of a failing command's output, without personal data. */
  readonly summary: string;
  readonly tests?: number;
  readonly findings?: readonly Finding[];
  readonly skipped?: Report["skipped"];
}

/** One kind of check. Steps run side by side: none may write to the folder, or need another's result. */
export interface SuiteStep {
  readonly name: string;
  run(options: SuiteOptions): Promise<StepResult>;
}

const steps: readonly SuiteStep[] = [serviceTests, personalData];

/**
 * Runs every step on a commit. A step that can't be run has not passed; no step keeps another from its verdict.
 *
 * @returns the report, whatever the verdict
 */
export async function runSuite(options: SuiteOptions): Promise<Report> {
  const startedAt = new Date().toISOString();
  const results = await Promise.all(steps.map((step) => runStep(step, options)));
  return {
    commit: options.commit,
    tree: options.tree,
    service: options.name,
    steps: results.map(({ step }) => step),
    findings: results.flatMap(({ result }) => result.findings ?? []),
    skipped: results.flatMap(({ result }) => result.skipped ?? []),
    passed: results.every(({ step }) => step.passed),
    startedAt,
    finishedAt: new Date().toISOString(),
  };
}

async function runStep(step: SuiteStep, options: SuiteOptions): Promise<{ step: Step; result: StepResult }> {
  options.onProgress?.({ kind: "started", step: step.name });
  const start = performance.now();
  const result = await step.run(options).catch((error: unknown) => ({
    passed: false,
    summary: `${step.name} could not run: ${messageOf(error)}`,
  }));
  const { passed, summary, tests } = { tests: undefined, ...result };
  const seconds = Math.round(performance.now() - start) / 1000;
  const done: Step = { name: step.name, passed, summary, seconds, ...(tests !== undefined && { tests }) };
  options.onProgress?.({ kind: "finished", step: done });
  return { step: done, result };
}
