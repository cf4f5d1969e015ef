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
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "user-agent": "hms", ...headers },
      body,
      redirect: "manual",
      signal,
    });
  } catch (error) {
    throw new NotTaken(reasonOf(error));
  }
  // What it says is not read, but the connection is let go.
  await answer.body?.cancel().catch(() => undefined);
  if (!answer.ok) {
    const seconds = Number(answer.headers.get("retry-after") ?? 0);
    throw new NotTaken(`it answers ${answer.status}`, Number.isFinite(seconds) ? seconds : 0);
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
