/** Who may roll back by the page: whoever knows the server's token, by a header or, in a browser, by a session. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import fs from "node:fs";
import { messageOf, UserError } from "../core/errors";

/** Fewer characters could be guessed. */
const leastCharacters = 20;

/** How to make one, for messages and docs. */
const howToMake = "Make one: (umask 077; openssl rand -hex 32 > FILE)";

/**
 * Reads the token from its file.
 *
 * @throws UserError when it is not there, others may read it, or it is too short
 */
export function readToken(file: string): string {
  let mode: number;
  let text: string;
  try {
    // Of the file that is read, not of another that takes its place meanwhile.
    const descriptor = fs.openSync(file, "r");
    try {
      mode = fs.fstatSync(descriptor).mode;
      text = fs.readFileSync(descriptor, "utf8").trim();
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    throw new UserError(`The token file ${file} can't be read (${messageOf(error)}). ${howToMake}`);
  }
  if ((mode & 0o077) !== 0) {
    const found = (mode & 0o777).toString(8).padStart(4, "0");
    throw new UserError(
      `The token file ${file} has mode ${found}: others may read it. Run "chmod 600 ${file}", and make another token if they have.`,
    );
  }
  if (text.length < leastCharacters || /\s/.test(text)) {
    throw new UserError(
      `The token in ${file} is no word of at least ${String(leastCharacters)} characters. ${howToMake}`,
    );
  }
  return text;
}

/** What a try with a token came to. */
export type Verdict = "right" | "wrong" | "too-often";

/** Judges tokens and sessions. */
export interface Gate {
  /** @param from the address that it comes from: one that is wrong too often has to wait, right or wrong */
  judge(token: string, from: string): Verdict;
  /** A new session, for a cookie. It says until when it is good, and needs no memory. */
  session(): string;
  isSession(text: string): boolean;
}

/** How long a session is good for, in seconds. */
export const sessionSeconds = 8 * 3600;

/** How many wrong tokens an address may send in a minute. */
const mostWrong = 5;
const windowMilliseconds = 60_000;
/** How many addresses are remembered; when there are more, nobody gets in by a token until a minute is over. */
const mostAddresses = 10_000;

/**
 * A gate for a token.
 *
 * @param now milliseconds since 1970 @default the clock
 */
export function makeGate(token: string, now: () => number = Date.now): Gate {
  // Each start of the server ends all sessions.
  const key = randomBytes(32);
  const sign = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const isSame = (a: string, b: string): boolean => timingSafeEqual(sign(a), sign(b));
  let wrong = new Map<string, number>();
  let windowEnd = 0;

  return {
    judge(given, from) {
      if (now() >= windowEnd) {
        wrong = new Map();
        windowEnd = now() + windowMilliseconds;
      }
      const count = wrong.get(from) ?? 0;
      if (count >= mostWrong || (wrong.size >= mostAddresses && count === 0)) {
        return "too-often";
      }
      if (isSame(given, token)) {
        return "right";
      }
      wrong.set(from, count + 1);
      return "wrong";
    },
    session() {
      const until = String(now() + sessionSeconds * 1000);
      return `${until}.${sign(`session ${until}`).toString("hex")}`;
    },
    isSession(text) {
      const [, until = "", mac = ""] = /^(\d{1,15})\.([0-9a-f]{64})$/.exec(text) ?? [];
      return (
        until !== "" &&
        timingSafeEqual(Buffer.from(mac, "hex"), sign(`session ${until}`)) &&
        Number(until) > now()
      );
    },
  };
}
