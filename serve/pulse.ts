/** What goes on at this moment: the lease, the newest run's log, transfers, the queue, the heartbeat. Read from files beside the trail. */
import path from "node:path";
import type { Entry } from "../core/entry";
import { answerTo, type Request } from "../core/queue";
import { lastBeat } from "../store/heartbeat";
import { isHeld } from "../store/lease";
import { followLog, type LogFollower } from "../store/log-follower";
import { readProgress } from "../store/progress";
import { type LogLine, runLogFile } from "../store/run-log";
import { readItem, waiting } from "../store/spool";
import type { Pulse } from "./views/facts";

/** Reads the pulse of the trail in a folder; a log that did not grow is not read again. */
export function pulseReader(folder: string): (entries: readonly Entry[], newestRun: number) => Pulse {
  const log = logReader(folder);
  return (entries, run) => {
    const isOn = isHeld(folder);
    const beat = lastBeat(folder);
    return {
      isOn,
      log: { run, lines: log(run) },
      transfers: isOn ? readProgress(run) : new Map(),
      queue: pushesIn(path.join(folder, "queue")).filter(({ id }) => {
        const { state } = answerTo(entries, id);
        return state === "waits" || (state === "running" && !isOn);
      }),
      ...(beat !== undefined && { lastBeat: beat }),
    };
  };
}

/** The pushes that wait. Who shows them only reads: a file that is none is left to who takes from the queue. */
function pushesIn(queue: string): Request[] {
  return waiting(queue).flatMap((name) => {
    const item = readItem(queue, name);
    return typeof item === "string"
      ? []
      : [{ ...(item.content as Omit<Request, "id" | "at">), id: item.id, at: item.keptAt }];
  });
}

/** The log of the run that is asked for, of which each line is read once. */
function logReader(folder: string): (run: number) => readonly LogLine[] {
  let of = 0;
  let follower: LogFollower | undefined;
  let lines: readonly LogLine[] = [];
  return (run) => {
    if (follower === undefined || run !== of) {
      of = run;
      follower = followLog(runLogFile(folder, run));
      lines = [];
    }
    const found = newLines(follower);
    if (found.length > 0) lines = [...lines, ...found];
    return lines;
  };
}

/** The log of a run, as far as there is one. */
export const readLog = (folder: string, run: number): LogLine[] =>
  newLines(followLog(runLogFile(folder, run)));

function newLines(follower: LogFollower): LogLine[] {
  const lines: LogLine[] = [];
  try {
    for (let found; (found = follower.next()).length > 0;) lines.push(...found);
  } catch {
    // It has not begun, or the disk is away: the next look goes on from here.
  }
  return lines;
}
