/** Rules on when something may ship. */
import { isRolledBack } from "../../core/clearance";
import { longestLeaveMinutes } from "../../core/entry";
import { UserError } from "../../core/errors";
import { all, lastReceipt } from "../../core/history";
import { rule } from "../rule";
import { entries, type Given, givenTo, isTarget } from "../trail";

/** A time in which nothing new ships. */
interface Freeze {
  /** ISO 8601 with its zone: `2027-04-10T00:00:00-04:00`. */
  readonly from: string;
  /** ISO 8601 with its zone. */
  readonly to: string;
  readonly reason: string;
}

/** A time of each week in which nothing new ships. */
interface WeeklyFreeze {
  /** Day and time: `Fri 16:00`. */
  readonly from: string;
  /** Day and time: `Mon 07:00`. */
  readonly to: string;
  /** The clock that they are read on: `America/Anchorage`. @default UTC */
  readonly timeZone?: string;
  readonly reason: string;
}

interface Calendar {
  readonly freezes?: readonly Freeze[];
  readonly weekly?: readonly WeeklyFreeze[];
}

const instant = {
  type: "string",
  pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$",
} as const;
const weekTime = {
  type: "string",
  pattern: "^(Sun|Mon|Tue|Wed|Thu|Fri|Sat) ([01][0-9]|2[0-3]):[0-5][0-9]$",
} as const;
const reason = { type: "string", minLength: 1 } as const;

/** The days on which a mistake costs most are not those to make it on. */
export const freeze = rule<Calendar>({
  name: "freeze",
  reason:
    "Nothing new ships in a freeze, but by somebody who breaks the glass, with a reason and for a time.",
  remedy: "Wait until it ends, or break the glass: a name, a reason, an hour.",
  severity: "high",
  control: "CM-3",
  settings: {
    freezes: {
      type: "array",
      description: "Times in which nothing new ships, as ISO 8601 instants.",
      items: {
        type: "object",
        properties: { from: instant, to: instant, reason },
        required: ["from", "to", "reason"],
        additionalProperties: false,
      },
    },
    weekly: {
      type: "array",
      description:
        'Times of each week in which nothing new ships: "Fri 16:00" to "Mon 07:00", in a time zone.',
      items: {
        type: "object",
        properties: { from: weekTime, to: weekTime, timeZone: { type: "string", minLength: 1 }, reason },
        required: ["from", "to", "reason"],
        additionalProperties: false,
      },
    },
  },
  unknown: "violation",
  checks: [
    function* (resource, settings) {
      if (!isTarget(resource)) {
        return;
      }
      const now = new Date();
      const given = givenTo(resource);
      const over = frozenUntil(settings, now);
      if (over !== undefined && !isThere(given) && !isBack(given) && !isBroken(given, now)) {
        yield (
          `${resource.name}: nothing new ships ${over}. Wait, or break the glass: ` +
          `"npx hms policy break-glass --target ${given.target} --by NAME --reason TEXT".`
        );
      }
    },
  ],
});

/** Until when nothing ships, and why; nothing where there is no freeze. */
function frozenUntil({ freezes = [], weekly = [] }: Calendar, now: Date): string | undefined {
  const once = freezes.find(({ from, to }) => instantOf(from) <= now && now < instantOf(to));
  if (once !== undefined) {
    return `until ${once.to} (${once.reason})`;
  }
  const each = weekly.find((window) => isWithin(window, now));
  return each && `until ${each.to} ${each.timeZone ?? "UTC"} (${each.reason})`;
}

/** A day that there is not would be no freeze at all. */
function instantOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new UserError(`policy-config.json: freeze: "${text}" is no time. Mend it.`);
  }
  return time;
}

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Minutes since Sunday began. */
function minuteOfWeek(day: string, hour: string, minute: string): number {
  return (days.indexOf(day) * 24 + Number(hour)) * 60 + Number(minute);
}

function isWithin({ from, to, timeZone = "UTC" }: WeeklyFreeze, now: Date): boolean {
  const clock = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = new Map(clock.formatToParts(now).map(({ type, value }) => [type, value]));
  const at = minuteOfWeek(parts.get("weekday") ?? "", parts.get("hour") ?? "", parts.get("minute") ?? "");
  const [start, end] = [from, to].map((text) => {
    const [day = "", hour = "", minute = ""] = text.split(/[ :]/);
    return minuteOfWeek(day, hour, minute);
  }) as [number, number];
  // A weekend goes over the end of the week.
  return start <= end ? start <= at && at < end : at >= start || at < end;
}

/** Whether a target has what it is given: to see to that moves nothing. */
function isThere({ target, release }: Given): boolean {
  return release !== undefined && lastReceipt(entries(), target)?.tag === release.tag;
}

/** Whether a rollback brings back what the target had: that is nothing new, and must not wait. */
function isBack({ target, release }: Given): boolean {
  const had = all(entries(), "receipt").some(
    ({ body }) => body.target === target && body.tag === release?.tag,
  );
  return had && release !== undefined && isRolledBack(entries(), target, release.tag);
}

/** Whether somebody broke the glass for a target: an entry of the trail, with a name, a reason and an end. */
function isBroken({ target }: Given, now: Date): boolean {
  return all(entries(), "waiver").some(
    ({ time, body }) =>
      body.rule === "freeze" &&
      (body.target === undefined || body.target === target) &&
      body.owner !== "" &&
      body.reason !== "" &&
      now <= new Date(body.until) &&
      now.getTime() - new Date(time).getTime() <= longestLeaveMinutes * 60_000,
  );
}
