/** One connection to a site that all of a try goes over: each log-in costs some 10 KB, and as many round trips. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { Refused, Unreachable } from "../../core/errors";
import { quoteForRsync } from "../../core/quote";
import { explainRsync } from "../../core/rsync";
import { greetingLimit, login, masterArgv, sharedArgv } from "../../core/ssh";
import { projectFolder } from "../../store/project";

/** How long things may take. */
export interface Limits {
  /** Seconds to wait for the site to answer, for each try. */
  readonly dialTimeoutSeconds: number;
  /** Seconds of silence after which a connection counts as broken. */
  readonly stallTimeoutSeconds: number;
  /** Seconds that all tries together may take. */
  readonly transferTimeoutSeconds: number;
  /** When that is over: milliseconds since 1970. */
  readonly until: number;
}

/** How a site is reached. */
export interface Dial extends Omit<Limits, "until"> {
  readonly user: string;
  readonly host: string;
  /** What logs in, as a command line without the host: quoted for a shell. */
  readonly ssh: string;
}

/** A connection on which somebody is logged in. */
export interface Line {
  /** The ssh command that goes over it, as rsync's `-e` takes it. */
  readonly ssh: string;
  /** Number of the process that all bytes go through. */
  readonly pid: number;
  /** Ends it, and tells what has been said of it since the log-in. One that has broken is given a moment to say why. */
  lastWords(): Promise<string>;
}

/** Between two looks at whether somebody is logged in. */
const lookMilliseconds = 50;
/** What a line that broke may need to say so: what went over it may notice first. */
const lastWordsMilliseconds = 500;

/**
 * Logs in, does the work, and ends the connection with all that goes over it.
 *
 * @throws Unreachable when nobody answered; Refused when the site or this machine said no; and what the work throws
 */
export async function overOneLine<T>(
  dial: Dial & Pick<Limits, "until">,
  work: (line: Line) => Promise<T>,
): Promise<T> {
  const folder = fs.mkdtempSync(path.join(socketsFolder(os.tmpdir()), "hms-"));
  const socket = path.join(folder, "ssh");
  const [program = "", ...args] = masterArgv(dial.ssh, login(dial), socket);
  const child = execa(program, args, {
    cwd: projectFolder,
    // What went wrong is read here, in one language.
    env: { LC_ALL: "C" },
    reject: false,
    // Its being closed, by us or by our end, is what ends it.
    stdin: "pipe",
    stdout: "ignore",
    // A group of its own, so that all of it ends at once.
    detached: true,
  });
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const end = (): void => {
    endGroup(child.pid);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", end);
  try {
    await loggedIn(() => fs.existsSync(socket), child, dial);
    // Up to here it may have shown a banner. A timer has brought us here: what waits to be read is read before the turn is over.
    await turn();
    const before = said.length;
    return await work({
      ssh: quoteForRsync(sharedArgv(socket)),
      pid: child.pid ?? 0,
      lastWords: async () => {
        await Promise.race([child, sleep(lastWordsMilliseconds)]);
        end();
        await child;
        return said.slice(before);
      },
    });
  } finally {
    process.off("exit", end);
    end();
    await child;
  }
}

type Result = { readonly exitCode?: number | undefined; readonly stderr: string };

/** Waits until somebody is logged in. */
async function loggedIn(isUp: () => boolean, child: Promise<Result>, limits: Limits): Promise<void> {
  const limit = greetingLimit(limits);
  const began = Date.now();
  for (;;) {
    const ended = await Promise.race([child, sleep(lookMilliseconds)]);
    if (ended !== undefined) {
      throw why(ended);
    }
    if (isUp()) {
      return;
    }
    if (Date.now() > limits.until) {
      throw new Unreachable(`not all has arrived within ${String(limits.transferTimeoutSeconds)} s`);
    }
    if (Date.now() - began > limit * 1000) {
      throw new Unreachable(`nobody has logged us in within ${String(limit)} s`);
    }
  }
}

function why({ exitCode, stderr }: Result): Error {
  if (exitCode === 127) {
    return new Refused("this machine has no ssh. Install OpenSSH's client.");
  }
  const failure = explainRsync(stderr, exitCode);
  return failure.unreachable ? new Unreachable(failure.why) : new Refused(failure.why);
}

/**
 * Where the folder of a socket can be: the system knows 108 bytes of its path, of which ssh takes 17 for a draft of its own, and ssh
 * finds meanings in some letters.
 *
 * @param temporary the folder for what is temporary
 */
export function socketsFolder(temporary: string): string {
  return /^[A-Za-z0-9_/.-]{1,60}$/.test(temporary) ? temporary : "/tmp";
}

/** Ends a process with all that it has started. */
export function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, "SIGKILL");
    }
  } catch {
    // It has ended by itself.
  }
}
