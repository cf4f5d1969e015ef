/** Keeps what somebody makes of the trail up to date in memory, so that no request waits for the disk. */
import fs from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Entry } from "../core/entry";
import { messageOf } from "../core/errors";
import { followTrail } from "../store/follow";
import { entriesFolderOf } from "../store/trail-files";

/** What becomes of the entries. */
export interface TrailReader {
  /** All that was told counts no more: the trail is read from its beginning. */
  restart(): void;
  /** The next entries, oldest first. */
  add(entries: readonly Entry[]): void;
  /** All there is was told, or the trail can't be read: asked after each change. */
  changed(): void;
}

/** A trail that is watched. */
export interface TrailWatch {
  /** `read`: all of it was told; `reading`: not to its end yet; `unreadable`: it can't be read, or is not what was written. */
  readonly state: "read" | "reading" | "unreadable";
  /** How many entries were told. */
  readonly entries: number;
  close(): void;
}

/** Where no news of a change comes, as from a network's disk, a look is taken all the same. */
const lookEachMilliseconds = 500;

/**
 * Watches the trail in a folder.
 *
 * @param say told in one sentence when the trail can't be read, and when it can again
 */
export function watchTrail(folder: string, reader: TrailReader, say: (line: string) => void): TrailWatch {
  let follower = followTrail(folder);
  let state: TrailWatch["state"] = "reading";
  let entries = 0;
  let why = "";
  let reading = false;
  let asked = 0;
  let closed = false;
  let news: fs.FSWatcher | undefined;

  /** Reads what is new. One at a time: a change that comes meanwhile makes it go round once more. */
  async function look(): Promise<void> {
    asked += 1;
    if (reading) {
      return;
    }
    reading = true;
    for (let answered = 0; answered !== asked && !closed;) {
      answered = asked;
      try {
        await readNews();
      } catch (error) {
        fail(messageOf(error));
      }
    }
    reading = false;
  }

  async function readNews(): Promise<void> {
    let isNew = state !== "read";
    for (let found; !closed && (found = follower.next()).length > 0; isNew = true) {
      reader.add(found);
      entries += found.length;
      await setImmediate();
    }
    if (isNew && !closed) {
      if (why !== "") {
        say(`The trail ${folder} can be read again: ${String(entries)} entries.`);
      }
      why = "";
      state = "read";
      reader.changed();
    }
    listen();
  }

  function fail(reason: string): void {
    state = "unreadable";
    if (reason !== why) {
      say(reason);
      why = reason;
    }
    follower = followTrail(folder);
    entries = 0;
    reader.restart();
    reader.changed();
  }

  /** Asks for news of the folder; the next look does it again where that fails. */
  function listen(): void {
    if (news !== undefined || closed) return;
    try {
      news = fs.watch(entriesFolderOf(folder), { persistent: false }, () => void look());
      news.on("error", forget);
    } catch {
      forget();
    }
  }

  function forget(): void {
    news?.close();
    news = undefined;
  }

  const timer = setInterval(() => void look(), lookEachMilliseconds);
  // Not before the caller has what is returned here.
  void setImmediate().then(look);
  return {
    get state() {
      return state;
    },
    get entries() {
      return entries;
    },
    close: () => {
      closed = true;
      clearInterval(timer);
      forget();
    },
  };
}
