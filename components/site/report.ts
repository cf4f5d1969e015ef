/** Says how far a shipment is: into the run's progress, and on stderr for who runs plain Pulumi. */
import {
  advance,
  describeProgress,
  isDue,
  meter,
  type Meter,
  percent,
  progressOf,
  quietSeconds,
  type Said,
} from "../../core/transfer";
import { currentRun } from "../../store/project";
import { endProgress, writeProgress } from "../../store/progress";
import type { Blob } from "./rsync";

/** What is told of a shipment while it goes on. */
export interface Report {
  /** A try begins: how much the site has of each blob. */
  begins(there: ReadonlyMap<string, number>): void;
  /**
   * How far the try is.
   *
   * @param dealt bytes of the files that rsync has dealt with
   * @param acknowledged bytes that have arrived since the try began; undefined where that can't be known
   */
  at(dealt: number, acknowledged: number | undefined): void;
  /** A try failed, and there is another. */
  readonly waits: () => void;
  /** Whether the last try found more than the one before it. */
  readonly advanced: () => boolean;
  /** Bytes that arrived in tries that broke off. */
  ofBrokenTries(): number;
  end(): void;
}

interface Try {
  /** Bytes that were there, of the blobs that were missing when the shipment began. */
  readonly before: number;
  /** Those among them of blobs that are not whole: rsync counts them once it comes to them. */
  readonly ofParts: number;
}

/** The report of one shipment. Nothing is said of one that is over in two seconds. */
export function reporter(site: string, blobs: readonly Blob[]): Report {
  const { run } = currentRun();
  const seconds = (): number => performance.now() / 1000;
  let began: number | undefined;
  let missing: readonly Blob[] | undefined;
  let first: Try | undefined;
  let current: Try = { before: 0, ofParts: 0 };
  let advanced = false;
  let gauge: Meter | undefined;
  let said: Said | undefined;

  const say = (waits?: string): void => {
    if (gauge === undefined || gauge.bytes === gauge.total || seconds() - (began ?? 0) < quietSeconds) {
      return;
    }
    const progress = progressOf(gauge, waits);
    if (run !== undefined) {
      writeProgress(run, site, progress);
    }
    const now = { at: seconds(), percent: percent(progress) };
    if (isDue(said, now)) {
      said = now;
      process.stderr.write(`${site}: ${describeProgress(progress)}\n`);
    }
  };

  return {
    begins(there) {
      began ??= seconds();
      const sizeThere = ({ sha256, size }: Blob): number => Math.min(size, there.get(sha256) ?? 0);
      missing ??= blobs.filter((blob) => sizeThere(blob) < blob.size);
      const parts = missing.filter((blob) => sizeThere(blob) < blob.size);
      const sum = (some: readonly Blob[]): number => some.reduce((total, blob) => total + sizeThere(blob), 0);
      const next = { before: sum(missing), ofParts: sum(parts) };
      advanced = first !== undefined && next.before > current.before;
      first ??= next;
      current = next;
      const total = missing.reduce((bytes, { size }) => bytes + size, 0);
      gauge = meter(Math.max(gauge?.bytes ?? 0, next.before), total, seconds());
    },
    at(dealt, acknowledged) {
      if (gauge !== undefined) {
        const passed = Math.max(0, dealt - current.ofParts);
        gauge = advance(gauge, current.before + Math.min(passed, acknowledged ?? Infinity), seconds());
        say();
      }
    },
    waits: () => {
      say("the line broke, trying again");
    },
    advanced: () => {
      const answer = advanced;
      advanced = false;
      return answer;
    },
    ofBrokenTries: () => current.before - (first?.before ?? 0),
    end: () => {
      if (run !== undefined) {
        endProgress(run, site);
      }
    },
  };
}
