/** When a schedule comes round. */
import { Cron } from "croner";

/** What a schedule may look like: the words of an error. */
export const scheduleForm =
  "five cron fields (minute hour day month weekday) of a time that comes, e.g. '0 * * * *' for each full hour, UTC";

/**
 * The first time after another at which a schedule comes round.
 *
 * @param schedule five cron fields, read in UTC
 * @returns nothing when it never does, as on 31 February
 * @throws TypeError or RangeError when it is no schedule
 */
export function nextTime(schedule: string, after: Date): Date | undefined {
  const cron = new Cron(schedule, { paused: true, timezone: "UTC" });
  return cron.nextRun(after) ?? undefined;
}

/** Whether a text is a schedule, and one that comes round. */
export function isSchedule(text: string): boolean {
  try {
    return text.trim().split(/\s+/).length === 5 && nextTime(text, new Date(0)) !== undefined;
  } catch {
    return false;
  }
}
