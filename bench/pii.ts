/** How much of the labelled corpus a scan finds, and how fast it is on many files. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { scanPaths } from "../compliance/content";
import { type Labelled, corpus } from "../tests/compliance/corpus";
import { holdOut } from "../tests/compliance/corpus/hold-out";
import { type Marks, type Score, mark } from "../tests/compliance/corpus/score";
import { type Bench, rounded } from "./bench";
import { writeMany } from "./many-files";

/** What is promised. */
const goal = { share: 0.95, seconds: 20 };

const files = 10_000;
const megabytes = 200;

/** @see Bench */
export const bench: Bench = async (tell) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-bench-"));
  try {
    tell("corpus");
    const marks = await marksOf(path.join(folder, "corpus"), corpus());
    const held = await marksOf(path.join(folder, "hold-out"), corpus(7, holdOut));
    tell(`${files} files of ${megabytes} MB: writing`);
    const many = path.join(folder, "many");
    writeMany(many, files, megabytes * 1e6);
    const speed = await speedOf(many, path.join(folder, "cache"), tell);
    const { precision, recall } = marks.whole;
    return {
      numbers: {
        ratio: rounded(Math.max(speed.seconds / goal.seconds, goal.share / precision, goal.share / recall)),
        goal: 1,
        samples: 1,
        unit: "the worst of: seconds for the files over those promised; the share promised over precision, and over recall",
        precision,
        recall,
        rules: Object.fromEntries(
          Object.entries(marks.rules).map(([rule, score]) => [rule, sharesOf(score)]),
        ),
        holdOut: sharesOf(held.whole),
        ...speed,
      },
      text: [...tableOf(marks), rowOf("texts held out", held.whole), "", ...linesOf(speed)].join("\n"),
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
};

async function marksOf(folder: string, documents: readonly Labelled[]): Promise<Marks> {
  fs.mkdirSync(folder);
  for (const { file, content } of documents) fs.writeFileSync(path.join(folder, file), content);
  return mark(documents, (await scanPaths([folder])).findings);
}

interface Speed {
  readonly files: number;
  readonly megabytes: number;
  readonly seconds: number;
  /** Of a second run, in which nothing changed. */
  readonly secondsAgain: number;
  /** The most memory that the process ever held, in MB; and that it held at half of the work. */
  readonly rss: number;
  readonly rssAtHalf: number;
  readonly cores: number;
  /** Whether the second run found what the first one did. */
  readonly same: boolean;
}

async function speedOf(folder: string, cacheFolder: string, tell: (line: string) => void): Promise<Speed> {
  let rssAtHalf = 0;
  let told = 0;
  const onProgress = ({ files: done }: { files: number }): void => {
    if (done >= files / 2 && rssAtHalf === 0) rssAtHalf = peakRss();
    if (done < told + files / 5) return;
    told = done;
    tell(`${done} files`);
  };
  const start = performance.now();
  const scan = await scanPaths([folder], { cacheFolder, onProgress });
  const seconds = secondsSince(start);
  const rss = peakRss();
  const startAgain = performance.now();
  const again = await scanPaths([folder], { cacheFolder });
  return {
    files: scan.files,
    megabytes: Math.round(scan.bytes / 1e6),
    seconds,
    secondsAgain: secondsSince(startAgain),
    rss,
    rssAtHalf,
    cores: os.availableParallelism(),
    same: JSON.stringify(scan) === JSON.stringify(again),
  };
}

const secondsSince = (start: number): number => Math.round((performance.now() - start) / 10) / 100;

/** `maxRSS` is in KiB. */
const peakRss = (): number => Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);

const sharesOf = ({ precision, recall }: Score): { precision: number; recall: number } => ({
  precision,
  recall,
});

function tableOf({ rules, whole }: Marks): string[] {
  const head = `${"".padEnd(20)}${["precision", "recall", "found", "missed", "wrong"].map((title) => title.padStart(10)).join("")}`;
  return [head, ...Object.entries(rules).map(([rule, score]) => rowOf(rule, score)), rowOf("corpus", whole)];
}

function rowOf(title: string, { precision, recall, found, missed, wrong }: Score): string {
  const cells = [precision.toFixed(3), recall.toFixed(3), found, missed, wrong];
  return `${title.padEnd(20)}${cells.map((cell) => String(cell).padStart(10)).join("")}`;
}

function linesOf({
  files: read,
  megabytes: size,
  seconds,
  secondsAgain,
  rss,
  rssAtHalf,
  cores,
  same,
}: Speed): string[] {
  const verdict = seconds < goal.seconds ? "under" : "OVER";
  return [
    `${read} files, ${size} MB: ${seconds} s on ${cores} cores (${verdict} ${goal.seconds} s), ${rss} MB of memory at most, ${rssAtHalf} MB at half`,
    `again, nothing changed: ${secondsAgain} s, ${same ? "the same findings" : "OTHER FINDINGS"}`,
    `goal: precision and recall of ${goal.share} on the whole`,
  ];
}
