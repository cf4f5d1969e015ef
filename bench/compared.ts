/** Two ways to the same end, side by side: one after the other in turns, so that what disturbs the machine disturbs both. */
import { median } from "../core/median";
import { type BenchResult, rounded } from "./bench";

/** What is compared. */
export interface Comparison {
  readonly goal: number;
  readonly samples: number;
  readonly unit: string;
  /** What is done, for people. */
  readonly title: string;
  /** Seconds that our way took. */
  readonly ours: () => Promise<number>;
  /** Seconds that the other way took. */
  readonly theirs: () => Promise<number>;
}

/** Measures both, in turns. */
export async function compared(comparison: Comparison, tell: (line: string) => void): Promise<BenchResult> {
  const { goal, samples, unit, title } = comparison;
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let sample = 1; sample <= samples; sample += 1) {
    ours.push(await comparison.ours());
    theirs.push(await comparison.theirs());
    tell(
      `${title}, ${sample} of ${samples}: ${(ours.at(-1) ?? 0).toFixed(1)} s, the other way ${(theirs.at(-1) ?? 0).toFixed(1)} s`,
    );
  }
  const [our = NaN, their = NaN] = [median(ours), median(theirs)];
  const ratio = rounded(our / their);
  return {
    numbers: {
      ratio,
      goal,
      samples,
      unit,
      seconds: rounded(our),
      otherSeconds: rounded(their),
      all: { ours: ours.map(rounded), theirs: theirs.map(rounded) },
    },
    text: `${title}: ${our.toFixed(1)} s, the other way ${their.toFixed(1)} s: ratio ${ratio.toFixed(2)}, goal ${goal}`,
  };
}
