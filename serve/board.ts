/** What the status page knows, kept up to date in memory for all who look at it. */
import { standings } from "../core/board";
import type { Entry } from "../core/entry";
import { latestRelease } from "../core/history";
import { releasesIn } from "../core/releases";
import { runsIn, unendedRun } from "../core/run-history";
import { timelineOf } from "../core/timeline";
import { type Ask, makeAsker } from "./asking";
import { pulseReader } from "./pulse";
import { watchTrail } from "./trail-watch";
import type { Asked, Facts, Pulse, TrailFacts } from "./views/facts";

/** What a board is made of. */
export interface BoardOptions {
  /** The trail's folder. */
  readonly folder: string;
  /** Asks every target. */
  readonly ask: Ask;
  /** How long answers are good for, in seconds. */
  readonly everySeconds: number;
  /** Whether the server takes rollbacks. @default false */
  readonly takesRollbacks?: boolean;
  /** Told in one sentence what an operator should know. */
  readonly say: (line: string) => void;
}

/** What is known, and news of it. */
export interface Board {
  /** All that is known now. Whoever asks for it looks: the targets are asked, if it is time, for the next look. */
  facts(): Facts;
  /** Calls back when anything has changed, a few times in a second at most. @returns what ends it */
  watch(onChange: () => void): () => void;
  /** How many watch. */
  readonly watchers: number;
  /** Notes a rollback that was asked for, or what became of it. */
  note(asked: Asked): void;
  close(): void;
}

/** Between two looks at what goes on, and two calls to those who watch. */
const lookMilliseconds = 250;

/** Starts to watch a trail. */
export function startBoard({ folder, ask, everySeconds, takesRollbacks = false, say }: BoardOptions): Board {
  let entries: Entry[] = [];
  let known: Omit<TrailFacts, "state"> | undefined;
  let asked: Asked | undefined;
  let isNew = false;
  let seen = "";
  const watchers = new Set<() => void>();
  const changed = (): void => {
    isNew = true;
  };
  const forget = (): void => {
    known = undefined;
    changed();
  };
  const trail = watchTrail(
    folder,
    {
      restart: () => {
        entries = [];
      },
      add: (found) => {
        entries.push(...found);
      },
      changed: forget,
    },
    say,
  );
  const asker = makeAsker(ask, everySeconds, changed);
  const readPulse = pulseReader(folder);

  /** What the trail says, worked out again only when it has grown, and was read to its end: for each part it would cost more than to read it. */
  function trailFacts(): TrailFacts {
    known ??= {
      entries,
      releases: releasesIn(entries),
      runs: runsIn(entries).reverse(),
      moments: timelineOf(entries).reverse(),
    };
    return { state: trail.state, ...known };
  }

  function pulse({ entries: all, runs }: TrailFacts): Pulse {
    return readPulse(all, runs[0]?.run ?? 0);
  }

  function facts(): Facts {
    asker.look();
    const found = trailFacts();
    const now = pulse(found);
    const on = now.isOn ? unendedRun(found.runs.slice(0, 1))?.run : undefined;
    return {
      service: asker.answers?.service ?? latestRelease(entries)?.service ?? "hms",
      now: Date.now(),
      trail: found,
      standings: standings(found.entries, asker.answers, on),
      pulse: now,
      asking: asker.state,
      // Once it has begun, it is a run like any other.
      ...(asked !== undefined && asked.time > (found.runs[0]?.time ?? "") && { asked }),
      takesRollbacks,
    };
  }

  const timer = setInterval(() => {
    if (watchers.size === 0) return;
    asker.look();
    const { isOn, log, transfers, queue } = pulse(trailFacts());
    // The heart beats all the while: that alone is no news.
    const text = JSON.stringify([isOn, log.run, log.lines.length, [...transfers], queue]);
    if (isNew || text !== seen) {
      isNew = false;
      seen = text;
      for (const tell of watchers) tell();
    }
  }, lookMilliseconds);

  return {
    facts,
    watch: (onChange) => {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
    get watchers() {
      return watchers.size;
    },
    note: (news) => {
      asked = news;
      changed();
    },
    close: () => {
      clearInterval(timer);
      trail.close();
    },
  };
}
