/** Runs rsync over a line, follows what it says, and ends it when its time is over. */
import { execa, type ResultPromise } from "execa";
import { Refused, Unreachable } from "../../core/errors";
import { explainRsync, parseProgress, parseSent } from "../../core/rsync";
import { greetingLimit, isGreeting } from "../../core/ssh";
import { projectFolder } from "../../store/project";
import { endGroup, type Limits, type Line } from "./line";
import type { Report } from "./report";
import { parseAnswer } from "./rsync";
import { acknowledgedBytes } from "./wire";

/** What a try needs to know. */
export interface Carrier extends Limits {
  readonly line: Line;
  readonly report: Report;
}

const lookMilliseconds = 500;

/**
 * Runs rsync once.
 *
 * @returns the bytes that it sent
 * @throws Unreachable when nobody answered, or no longer; Refused when the site or this machine said no
 */
export async function runRsync(
  [program = "", ...args]: readonly string[],
  carrier: Carrier,
): Promise<number> {
  const { line } = carrier;
  const child = execa(program, args, {
    cwd: projectFolder,
    // What went wrong is read here, in one language.
    env: { LC_ALL: "C" },
    reject: false,
    stdin: "ignore",
    // A group of its own, so that its ssh ends with it, whatever it waits for.
    detached: true,
  });
  const end = (): void => {
    endGroup(child.pid);
  };
  let lastWords = Promise.resolve("");
  child.nodeChildProcess.once("exit", (status) => {
    if (status !== 0) {
      // The line has rsync's stderr, and holds it until all is sent that it has taken in: it is ended, too.
      lastWords = line.lastWords();
    }
  });
  process.once("exit", end);
  const watch = watching(child, carrier, end);
  const { exitCode, stdout, stderr, code } = await child;
  process.off("exit", end);
  const over = watch.stop();
  if (over !== undefined) {
    throw new Unreachable(over);
  }
  if (code === "ENOENT") {
    throw new Refused(`this machine has no ${program}. Install ${program}.`);
  }
  if (exitCode === 0) {
    return parseSent(stdout);
  }
  const { unreachable, why } = explainRsync(stderr, exitCode, await lastWords);
  throw unreachable ? new Unreachable(why) : new Refused(why);
}

interface Watch {
  /** Ends it; says why the process was ended, if it was. */
  stop(): string | undefined;
}

/** Follows a process of rsync, and ends it when the site does not answer, or the time of all tries is over. */
function watching(child: ResultPromise, carrier: Carrier, end: () => void): Watch {
  const { line, report, transferTimeoutSeconds, until } = carrier;
  const answerWithin = greetingLimit(carrier);
  const began = Date.now();
  let printed = "";
  let said = "";
  let asked = false;
  let atBegin = 0;
  let over: string | undefined;
  const acknowledged = (): number | undefined => acknowledgedBytes(line.pid);
  const look = (): void => {
    const arrived = acknowledged();
    const dealt = parseProgress(printed);
    if (dealt !== undefined) {
      report.at(dealt, arrived === undefined ? undefined : arrived - atBegin);
    }
    if (over === undefined && !isGreeting(said) && Date.now() - began > answerWithin * 1000) {
      over = `we are logged in, and nothing has answered within ${String(answerWithin)} s`;
      end();
    } else if (over === undefined && Date.now() > until) {
      over = `not all has arrived within ${String(transferTimeoutSeconds)} s`;
      end();
    }
  };
  child.stdout?.on("data", (data: Buffer) => {
    printed = (printed + data.toString()).slice(-4096);
  });
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString();
    const answer = asked ? undefined : parseAnswer(said);
    if (answer !== undefined) {
      asked = true;
      atBegin = acknowledged() ?? 0;
      report.begins(answer);
    }
  });
  const timer = setInterval(look, lookMilliseconds);
  return {
    stop: () => {
      clearInterval(timer);
      return over;
    },
  };
}
