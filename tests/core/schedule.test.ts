import { expect, test } from "@jest/globals";
import { isSchedule, nextTime } from "../../core/schedule";

test.each([
  ["0 * * * *", "2026-03-01T01:00:00.000Z"],
  ["*/15 * * * *", "2026-03-01T00:45:00.000Z"],
  ["0 9-17 * * MON-FRI", "2026-03-02T09:00:00.000Z"],
  ["0 0 29 2 *", "2028-02-29T00:00:00.000Z"],
])("%s comes round at %s, UTC, whatever the machine's time zone", (schedule, expected) => {
  expect(nextTime(schedule, new Date("2026-03-01T00:30:00Z"))?.toISOString()).toBe(expected);
});

test("a time is after the given one, even if that is one of the schedule's", () => {
  expect(nextTime("0 * * * *", new Date("2026-03-01T01:00:00Z"))?.toISOString()).toBe(
    "2026-03-01T02:00:00.000Z",
  );
});

test("a day that does not exist never comes", () => {
  expect(nextTime("0 0 31 2 *", new Date())).toBeUndefined();
  expect(isSchedule("0 0 31 2 *")).toBe(false);
});

test("five fields are a schedule, nothing else is", () => {
  expect(isSchedule("0 * * * *")).toBe(true);
  for (const text of ["", "@daily", "0 * * *", "0 0 * * * *", "0 24 * * *", "a b c d e"]) {
    expect(isSchedule(text)).toBe(false);
  }
});
