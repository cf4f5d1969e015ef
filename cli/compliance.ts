/** `hms compliance`: the checks that a commit must pass, and the same look into any files. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import { Command, Option } from "commander";
import type { Finding, Report, Skipped } from "../core/report";

/** How findings are printed. */
interface Format {
  readonly json?: true;
  readonly sarif?: true;
  readonly junit?: true;
}

/** Seconds until a scan says how far it is. */
const silentSeconds = 2;

/** Adds the verbs. */
export function addCompliance(compliance: Command): void {
  withFormats(
    compliance
      .command("run")
      .argument("[revision]", "the commit to check (default: the branch that hms:build names)")
      .description("run the compliance suite on a commit, and write its verdict into the trail"),
  )
    .addHelpText("after", "\nExample:\n  npx hms compliance run 8e9a12c")
    .action(async (revision: string | undefined, options: Format) => {
      const { complyWith } = require("../pipeline/comply") as typeof import("../pipeline/comply");
      const { report, sentence } = await complyWith(revision);
      print(options, report, () => [...reportLines(report), sentence]);
      process.exitCode = report.passed ? 0 : 1;
    });
  withFormats(
    compliance
      .command("scan")
      .argument("<path...>", "files and folders")
      .description("look for personal data, secrets and banned APIs in any files; needs no stack and no Git"),
  )
    .addHelpText(
      "after",
      "\nExits with 1 when something is found. No exception holds here.\n\nExample:\n  npx hms compliance scan docs rules/flood.json --json",
    )
    .action(async (paths: string[], options: Format) => {
      const { scan } = require("../compliance/findings") as typeof import("../compliance/findings");
      const { scanSentence } =
        require("../compliance/formats/text") as typeof import("../compliance/formats/text");
      const { scanCacheFolder } = require("../store/project") as typeof import("../store/project");
      const result = await scan(paths, { cacheFolder: scanCacheFolder, onProgress: tellProgress() });
      print(options, result, () => [...findingLines(result), scanSentence(result)]);
      process.exitCode = result.findings.length > 0 ? 1 : 0;
    });
}

function withFormats(command: Command): Command {
  const format = (name: string, what: string, others: string[]): Option =>
    new Option(`--${name}`, what).conflicts(others);
  return command
    .addOption(format("json", "print one JSON object on stdout", ["sarif", "junit"]))
    .addOption(format("sarif", "print SARIF 2.1.0 on stdout", ["json", "junit"]))
    .addOption(format("junit", "print JUnit XML on stdout", ["json", "sarif"]));
}

interface Found {
  readonly findings: readonly Finding[];
  readonly skipped: readonly Skipped[];
}

function print(
  format: Format,
  result: Found & { readonly steps?: Report["steps"] },
  lines: () => string[],
): void {
  process.stdout.write(`${textOf(format, result, lines).trimEnd()}\n`);
}

function textOf(
  format: Format,
  result: Found & { readonly steps?: Report["steps"] },
  lines: () => string[],
): string {
  if (format.sarif) {
    const { toSarif } =
      require("../compliance/formats/sarif") as typeof import("../compliance/formats/sarif");
    return JSON.stringify(toSarif(result), null, 2);
  }
  if (format.junit) {
    const { toJunit } =
      require("../compliance/formats/junit") as typeof import("../compliance/formats/junit");
    return toJunit(result);
  }
  return format.json ? JSON.stringify(result, null, 2) : lines().join("\n");
}

function findingLines({ findings, skipped }: Found): string[] {
  const { findingLine, skippedLine } =
    require("../compliance/formats/text") as typeof import("../compliance/formats/text");
  return [...findings.map(findingLine), ...skipped.map(skippedLine)];
}

function reportLines(report: Report): string[] {
  const { objectionLine, stepLine } =
    require("../compliance/formats/text") as typeof import("../compliance/formats/text");
  return [
    ...report.steps.map(stepLine),
    ...report.steps.flatMap(({ objections = [] }) => objections.map(objectionLine)),
    ...findingLines(report),
  ];
}

/** Says on stderr how far a scan is, once it has taken a while. */
function tellProgress(): (done: { files: number; bytes: number }) => void {
  const { formatBytes } = require("../core/format") as typeof import("../core/format");
  const every = silentSeconds * 1000;
  let told = performance.now();
  return ({ files, bytes }) => {
    if (performance.now() - told < every) return;
    told = performance.now();
    process.stderr.write(`${files} files, ${formatBytes(bytes)}\n`);
  };
}
