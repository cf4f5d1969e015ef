/** What the status page's views are made from: all that is known at a moment. */
import type { Standing } from "../../core/board";
import type { Entry } from "../../core/entry";
import type { Request } from "../../core/queue";
import type { ListedRelease } from "../../core/releases";
import type { RunFacts } from "../../core/run-history";
import type { Moment } from "../../core/timeline";
import type { Progress } from "../../core/transfer";
import type { LogLine } from "../../store/run-log";

/** What the trail says, worked out once for all who look. */
export interface TrailFacts {
  /** `read`: all of it; `reading`: not to its end yet; `unreadable`: it can't be read, or is not what was written. */
  readonly state: "read" | "reading" | "unreadable";
  readonly entries: readonly Entry[];
  /** Newest first. */
  readonly releases: readonly ListedRelease[];
  /** Newest first. */
  readonly runs: readonly RunFacts[];
  /** Newest first. */
  readonly moments: readonly Moment[];
}

/** What goes on, as files beside the trail say. */
export interface Pulse {
  /** Whether a run, rollback or sync holds the lease. */
  readonly isOn: boolean;
  /** The log of the newest run. */
  readonly log: { readonly run: number; readonly lines: readonly LogLine[] };
  /** How far each transfer is, by its target. */
  readonly transfers: ReadonlyMap<string, Progress>;
  /** The pushes that wait, oldest first. */
  readonly queue: readonly Request[];
  /** When the pipeline's heart beat last: milliseconds since 1970. @default it never did */
  readonly lastBeat?: number;
}

/** How it goes with asking the targets. */
export interface Asking {
  /** When those that are shown were asked: ISO 8601, UTC. @default nobody was asked yet */
  readonly time?: string;
  readonly isOn: boolean;
  /** Why they can't be asked, in a sentence. @default they can */
  readonly why?: string;
  /** Seconds from one time to the next. */
  readonly everySeconds: number;
}

/** A rollback that was asked for by the page. */
export interface Asked {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly to: string;
  readonly reason: string;
  /** Why it came to nothing, in a sentence. @default it began, or is about to */
  readonly why?: string;
}

/** All that is known at a moment. */
export interface Facts {
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly trail: TrailFacts;
  readonly standings: readonly Standing[];
  readonly pulse: Pulse;
  readonly asking: Asking;
  /** The rollback that the page was asked for last, while it is news. */
  readonly asked?: Asked;
  /** Whether this server takes rollbacks at all. */
  readonly takesRollbacks: boolean;
}
