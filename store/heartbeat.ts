/**
 * The pipeline's heartbeat: a small file in the trail's folder that whoever runs the pipeline keeps fresh. Without it nobody can
 * say that a target which the trail calls current would be found out if it were stale: the guard closes.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { trailFolder } from "./project";
import { writeWholeFile } from "./whole-file";

/** How often a heart should beat, in seconds: several times in the 60 that the guard waits unless told otherwise. */
export const beatSeconds = 10;

/** Where the heartbeat of a trail lies. */
export const heartbeatFile = (folder: string = trailFolder()): string => path.join(folder, "heartbeat");

/** Says that whoever runs the pipeline is alive now. To be called each {@link beatSeconds}. */
export function beat(folder: string = trailFolder()): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o750 });
  const text = JSON.stringify({ time: new Date().toISOString(), host: os.hostname(), pid: process.pid });
  // Guards that run as somebody else read it.
  writeWholeFile(heartbeatFile(folder), `${text}\n`, { mode: 0o644 });
}

/**
 * Beats at once, and then each {@link beatSeconds}, without keeping the process alive. A beat that can't be written is
 * left out: the next may be.
 *
 * @returns what ends it
 */
export function keepBeating(folder: string = trailFolder()): () => void {
  const tryToBeat = (): void => {
    try {
      beat(folder);
    } catch {
      // Its absence says it.
    }
  };
  tryToBeat();
  const timer = setInterval(tryToBeat, beatSeconds * 1000);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** When the heart beat last: milliseconds since 1970; undefined when there is no heartbeat that can be read. */
export function lastBeat(folder: string = trailFolder()): number | undefined {
  try {
    const { time } = JSON.parse(fs.readFileSync(heartbeatFile(folder), "utf8")) as { time?: unknown };
    const at = typeof time === "string" ? Date.parse(time) : NaN;
    return Number.isNaN(at) ? undefined : at;
  } catch {
    return undefined;
  }
}
