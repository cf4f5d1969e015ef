/** Posts to somebody who may be slow, gone, or somebody else. */
import { messageOf } from "../core/errors";
import type { Message } from "../core/events";

/** It was not taken. */
export class NotTaken extends Error {
  override readonly name = "NotTaken";
  constructor(
    message: string,
    /** How long the receiver wants to be left alone, in seconds. */
    readonly retryAfterSeconds = 0,
    /** Whether it may have been taken all the same: what was sent got no answer, or that of a proxy. */
    readonly mayHaveArrived = false,
  ) {
    super(message);
  }
}

/**
 * Posts a message. Only an answer from 200 to 299 says that it was taken: a redirection would turn it into a GET.
 *
 * @throws NotTaken
 */
export async function post(url: string, { headers, body }: Message, signal: AbortSignal): Promise<void> {
  const answer = await ask(url, { method: "POST", headers, body }, signal);
  // What it says is not read, but the connection is let go.
  await answer.body?.cancel().catch(() => undefined);
  if (!answer.ok) {
    const seconds = Number(answer.headers.get("retry-after") ?? 0);
    throw new NotTaken(
      `it answers ${answer.status}`,
      Number.isFinite(seconds) ? seconds : 0,
      // Of these, a server says 503 before it begins, and the others also for what it had begun.
      answer.status >= 500 && answer.status !== 503,
    );
  }
}

/** A question. */
export interface Question {
  readonly method: "GET";
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Asks, and returns what was answered: its status, and what its JSON says; undefined when it is none.
 *
 * @throws NotTaken when nobody answers
 */
export async function request(
  url: string,
  question: Question,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly found: unknown }> {
  const answer = await ask(url, question, signal);
  try {
    const text = await answer.text();
    return { status: answer.status, found: text === "" ? undefined : (JSON.parse(text) as unknown) };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { status: answer.status, found: undefined };
    }
    throw new NotTaken(reasonOf(error));
  }
}

async function ask(
  url: string,
  what: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  },
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, {
      ...what,
      headers: { "user-agent": "hms", ...what.headers },
      redirect: "manual",
      signal,
    });
  } catch (error) {
    throw new NotTaken(reasonOf(error), 0, !isBeforeSending(error));
  }
}

/** Node says "fetch failed", and keeps what failed to itself. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string; message?: string } };
  if (name === "TimeoutError" || name === "AbortError") {
    return "it does not answer in time";
  }
  return cause?.code ?? cause?.message ?? messageOf(error);
}

/** Whether there was no connection, or none that could be trusted: then nothing was sent. */
function isBeforeSending(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } };
  const code = cause?.code ?? "";
  return (
    ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"].includes(code) ||
    code === "UND_ERR_CONNECT_TIMEOUT" ||
    /CERT|^ERR_TLS/.test(code)
  );
}
