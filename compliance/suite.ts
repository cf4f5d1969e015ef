/** The compliance suite: everything that a commit must pass before anything of it ships. */
import { type ComplianceSettings, complianceSettings } from "../core/config/compliance";
import { messageOf } from "../core/errors";
import type { Report, Step } from "../core/report";
import type { Service } from "../core/service";
import { projectFolder } from "../store/project";
import { scanPaths } from "./content";
import { readExceptions } from "./exceptions";
import { distinct } from "./findings";
import { stepsOf } from "./steps";
import { askGovernance } from "./steps/governance";
import type { Context, StepResult, SuiteStep } from "./steps/step";

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
  /** What the platform demands. @default what `hms:compliance` is when it says nothing */
  readonly platform?: ComplianceSettings;
  /** The files that changed since the last release, for governance. @default none */
  readonly changedFiles?: () => Promise<readonly string[]>;
  /** Where the scan keeps its results. @default nowhere */
  readonly cacheFolder?: string;
  /** Told of each step when it begins, and when it is done. @default nobody */
  readonly onProgress?: (progress: Progress) => void;
}

/** News of a step. */
export type Progress =
  { readonly kind: "started"; readonly step: string } | { readonly kind: "finished"; readonly step: Step };

/** A step that is done. */
interface Done {
  readonly step: Step;
  readonly result: StepResult;
}

/**
 * Runs every step on a commit, side by side; governance last, since it judges what the others found. A step that can't be
 * run has not passed; no step keeps another from its verdict.
 *
 * @returns the report, whatever the verdict
 * @throws UserError when the exceptions can't be read
 */
export async function runSuite(options: SuiteOptions): Promise<Report> {
  const startedAt = new Date().toISOString();
  const context = contextOf(options);
  const { governance } = context.platform;
  const done = await Promise.all(
    stepsOf(options.service, context.platform).map((step) => runStep(step, context, options)),
  );
  if (governance !== undefined) {
    const run = (): Promise<StepResult> => askGovernance(governance, context, collect(done));
    done.push(await runStep({ name: "governance", run }, context, options));
  }
  const { commit, tree, name: service } = options;
  const { findings, excepted, skipped } = collect(done);
  return {
    commit,
    tree,
    service,
    steps: done.map(({ step }) => step),
    findings,
    skipped,
    ...(excepted.length > 0 && { excepted }),
    passed: done.every(({ step }) => step.passed),
    startedAt,
    finishedAt: new Date().toISOString(),
  };
}

function contextOf(options: SuiteOptions): Context {
  const { folder, commit, name, service, cacheFolder } = options;
  const platform = options.platform ?? complianceSettings.parse(undefined);
  let scan: ReturnType<Context["scan"]> | undefined;
  return {
    folder,
    commit,
    name,
    service,
    platform,
    exceptions: readExceptions(platform.exceptions, projectFolder),
    ...(cacheFolder !== undefined && { cacheFolder }),
    scan: () => (scan ??= scanPaths([folder], { cacheFolder })),
    changedFiles: options.changedFiles ?? (() => Promise.resolve([])),
  };
}

function collect(
  done: readonly Done[],
): Required<Pick<StepResult, "findings" | "excepted" | "skipped" | "objections">> {
  return {
    findings: done.flatMap(({ result }) => result.findings ?? []),
    excepted: done.flatMap(({ result }) => result.excepted ?? []),
    skipped: distinct(done.flatMap(({ result }) => result.skipped ?? [])),
    objections: done.flatMap(({ result }) => result.objections ?? []),
  };
}

async function runStep(step: SuiteStep, context: Context, { onProgress }: SuiteOptions): Promise<Done> {
  onProgress?.({ kind: "started", step: step.name });
  const start = performance.now();
  const result = await step.run(context).catch((error: unknown): StepResult => ({
    passed: false,
    summary: `${step.name} could not run: ${messageOf(error)}`,
  }));
  const { passed, summary, tests, failures, objections } = result;
  const done: Step = {
    name: step.name,
    passed,
    summary,
    seconds: Math.round(performance.now() - start) / 1000,
    ...(tests !== undefined && { tests }),
    ...(failures !== undefined && { failures }),
    ...(objections !== undefined && { objections }),
  };
  onProgress?.({ kind: "finished", step: done });
  return { step: done, result };
}
