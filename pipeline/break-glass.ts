/** Breaks the glass: leave, for an hour at most, to ship in a freeze. It lies in the trail, with a name and a reason. */
import { longestLeaveMinutes as longestMinutes, type TargetId } from "../core/entry";
import { UsageError } from "../core/errors";
import { openTrail } from "../store/trail";

/** Who breaks the glass, why, and for how long. */
export interface BreakGlassOptions {
  /** Who answers for it. */
  readonly by: string;
  readonly reason: string;
  /** `STACK/NAME` @default every target */
  readonly target?: string;
  /** 1 to 60. @default 60 */
  readonly minutes?: number;
}

/**
 * Writes the leave into the trail. Returns what was done, in a sentence.
 *
 * @throws UsageError when it is nobody's, without a reason, or for longer than an hour
 */
export function breakGlass({ by, reason, target, minutes = longestMinutes }: BreakGlassOptions): string {
  for (const [option, text] of [
    ["--by", by],
    ["--reason", reason],
  ] as const) {
    if (text.trim() === "") {
      throw new UsageError(`${option} is empty: the trail wants to know.`);
    }
  }
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > longestMinutes) {
    throw new UsageError(
      `--minutes: found ${String(minutes)}; allowed: a whole number from 1 to ${String(longestMinutes)}`,
    );
  }
  if (target !== undefined && !/^[^/]+\/[^/]+$/.test(target)) {
    throw new UsageError(
      `--target: found ${target}; allowed: STACK/NAME, as "npx hms pipeline status" lists them`,
    );
  }
  const until = new Date(Date.now() + minutes * 60_000).toISOString();
  const { number } = openTrail().append({
    type: "waiver",
    rule: "freeze",
    ...(target !== undefined && { target: target as TargetId }),
    reason,
    owner: by,
    until,
  });
  return `The glass is broken for ${target ?? "every target"} until ${until} by ${by} (${reason}): entry ${String(number)} of the trail.`;
}
