/** What rsync prints, and what it and ssh mean by it. Pure. */
import { isUnreachable } from "./ssh";

/**
 * How far rsync says it is, from what `--info=progress2 --no-human-readable` prints: bytes of the files that it has dealt with,
 * counting those that were there of a file that it went on with.
 *
 * @param printed what it has printed; its last whole line counts
 * @returns undefined when it says nothing of it
 */
export function parseProgress(printed: string): number | undefined {
  const found = [...printed.matchAll(/(?:^|[\r\n])\s*(\d+)\s+\d+%\s+[\d.]+[kMGT]?B\/s\s/g)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Bytes that rsync has sent, from what `--stats --no-human-readable` prints. */
export function parseSent(printed: string): number {
  return Number(/^Total bytes sent: (\d+)/m.exec(printed)?.[1] ?? 0);
}

/** Why rsync failed. */
export interface RsyncFailure {
  /** Whether nobody answered, or no longer: then it is worth another try. */
  readonly unreachable: boolean;
  /** What was said of it, on one line. */
  readonly why: string;
}

/** Exit codes that say that the other end fell silent: time-out, daemon's time-out. */
const silence = [30, 35];

/**
 * Exit codes of a session that ended before rsync did: socket, data stream, and ssh's own. Which of them it is depends on who was
 * quicker, and so says little.
 */
const brokenSession = [10, 12, 255];

/**
 * What rsync means by its end, or ssh, when there was nobody to let rsync in.
 *
 * @param said what it, its ssh and the site wrote to stderr
 * @param exitCode undefined when it was killed
 * @param ofLine what was said of the connection that rsync went over: if that broke, it knows best. @default nothing
 */
export function explainRsync(said: string, exitCode = 0, ofLine = ""): RsyncFailure {
  const lines = linesOf(said);
  // What came before the site's first word is its banner, unless that is all there is.
  const spoken = [
    ...linesOf(ofLine),
    ...lines.slice(lines.findLastIndex((line) => line.startsWith("hms ")) + 1),
  ];
  const others = spoken.filter((line) => !line.startsWith("rsync: "));
  const no = spoken.find((line) => refusals.test(line));
  const broke = others.find((line) => isUnreachable(line));
  if (no === undefined && (broke !== undefined || silence.includes(exitCode))) {
    return { unreachable: true, why: broke ?? spoken.at(-1) ?? "silence on the line" };
  }
  if (no === undefined && others.length === 0 && brokenSession.includes(exitCode)) {
    return { unreachable: true, why: spoken.at(-1) ?? "the line broke" };
  }
  // What the site says is the reason; that the session ended thereupon is none.
  return { unreachable: false, why: no ?? others.at(-1) ?? spoken.at(-1) ?? "rsync was ended" };
}

const linesOf = (said: string): string[] =>
  said
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    // rsync's last words say where in its source it stands; ssh draws lines of @ around its worst news.
    .filter((line) => line !== "" && !/^rsync error: |^\(see the rsync manpage|^@+$/.test(line));

const refusals =
  /No space left|quota exceeded|Permission denied|Read-only file system|Host key verification failed|not found/i;
