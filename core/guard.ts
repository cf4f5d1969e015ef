/** Whether a request that needs certain targets may be served now (design §2, "guard"). Pure. */
import type { GuardSettings } from "./config/guard";
import type { Entry, TargetId } from "./entry";
import { type History, historyAfter } from "./staleness";

/** What the trail says of the targets that it knows. */
export type Histories = Map<TargetId, History>;

/** What the guard knows at a moment. */
export interface GuardFacts {
  /** `read`: all of it; `reading`: not to its end yet; `unreadable`: it can't be read, or is not what was written. */
  readonly trail: "read" | "reading" | "unreadable";
  readonly histories: ReadonlyMap<TargetId, History>;
  /** When the pipeline's heart beat last: milliseconds since 1970. @default it never did */
  readonly lastBeat?: number;
}

/** A target for which a request is not served. Field names are stable. */
export interface ClosedTarget {
  readonly target: TargetId;
  /** ISO 8601, UTC. */
  readonly staleSince?: string;
  /** How many runs and syncs have tried in vain. */
  readonly tries?: number;
  /** ISO 8601, UTC: when it last answered. */
  readonly lastSeen?: string;
}

/** The answer. Field names are stable: the body of a 503 is one that is not open. */
export type Verdict =
  | { readonly open: true }
  | {
      readonly open: false;
      /** `stale`: a target is; `unknown-target`: the trail has never heard of one; or nobody can tell. */
      readonly reason: "stale" | "unknown-target" | "trail-unreadable" | "no-heartbeat";
      /** One sentence, without anything about the insides of the platform. */
      readonly message: string;
      readonly targets: readonly ClosedTarget[];
    };

const isOpen: Verdict = { open: true };

/** Notes what one more entry says. */
export function noteEntry(histories: Histories, entry: Entry): void {
  const { body } = entry;
  if (body.type === "site-removed") {
    histories.delete(body.target);
    return;
  }
  for (const target of mentioned(entry)) {
    histories.set(target, historyAfter(histories.get(target) ?? {}, entry, target));
  }
}

function mentioned({ body }: Entry): TargetId[] {
  switch (body.type) {
    case "desired":
    case "receipt":
    case "drift":
    case "site-enrolled":
      return [body.target];
    case "run-finished":
      return Object.keys(body.targets) as TargetId[];
    default:
      return [];
  }
}

/**
 * May a request be served that needs these targets? One that needs none always may.
 *
 * @param now milliseconds since 1970
 */
export function decide(
  needs: readonly TargetId[],
  { trail, histories, lastBeat }: GuardFacts,
  { heartbeatSeconds }: Pick<GuardSettings, "heartbeatSeconds">,
  now: number,
): Verdict {
  if (needs.length === 0) {
    return isOpen;
  }
  const closed = (
    reason: Extract<Verdict, { open: false }>["reason"],
    message: string,
    targets: readonly ClosedTarget[] = needs.map((target) => ({ target })),
  ): Verdict => ({ open: false, reason, message, targets });
  if (trail !== "read") {
    return closed("trail-unreadable", "The record of what runs where can't be read at the moment.");
  }
  if (heartbeatSeconds !== "none" && !isFresh(lastBeat, heartbeatSeconds, now)) {
    return closed("no-heartbeat", "Nobody keeps the record of what runs where up to date at the moment.");
  }
  const unknown = needs.filter((target) => !histories.has(target));
  if (unknown.length > 0) {
    return closed(
      "unknown-target",
      `There is no record of ${unknown.join(", ")}.`,
      unknown.map((target) => ({ target })),
    );
  }
  const stale = needs.flatMap((target) => closedTarget(target, histories.get(target)));
  return stale.length === 0
    ? isOpen
    : closed("stale", `Out of date: ${stale.map(({ target }) => target).join(", ")}.`, stale);
}

/** A clock that is ahead makes no heart beat in the future. */
function isFresh(beat: number | undefined, seconds: number, now: number): boolean {
  return beat !== undefined && Math.abs(now - beat) <= seconds * 1000;
}

function closedTarget(target: TargetId, history: History | undefined): ClosedTarget[] {
  const { stale, lastSeen } = history ?? {};
  return stale === undefined
    ? []
    : [
        {
          target,
          staleSince: stale.staleSince,
          tries: stale.tries,
          ...(lastSeen !== undefined && { lastSeen }),
        },
      ];
}

/** The targets that a request needs. @param path as `plainPath` gives it @param host as `plainHost` gives it */
export function neededBy(
  path: string,
  host: string,
  { routes, otherwise }: Pick<GuardSettings, "routes" | "otherwise">,
): readonly TargetId[] {
  const fitting = routes.filter(
    (route) => (route.host === undefined || route.host === host) && isBelow(path, route.path),
  );
  // A route of the request's own host goes before the others, however long their paths are.
  const rank = (route: (typeof routes)[number]): number =>
    (route.host === undefined ? 0 : 1e6) + route.path.length;
  const [best] = fitting.sort((a, b) => rank(b) - rank(a));
  return best?.needs ?? otherwise;
}

/** `/map/` covers `/map`, too: what serves the one often serves the other. */
function isBelow(path: string, route: string): boolean {
  return path === route || (route.endsWith("/") && `${path}/`.startsWith(route));
}
